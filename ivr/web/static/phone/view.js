// The page: shows a call. Words of the line are only ever set as text.

import { act, clock, ending, happened, tongue, whom } from "./words.js";

const at = (id) => document.getElementById(id);
const MAX_KEYED = 12;
const LONG = 75;
const SIDES = { heard: "line", rang: "far", dialled: "far", "hung up": "far" };

/** Everything that is seen of a call. `voice` tells what is spoken and what is only shown. */
export class View {
  #voice;
  #ticking;
  #entry;
  #slow = [];
  #told = "";
  #held = false;
  #tongue;

  constructor(voice) {
    this.#voice = voice;
    this.#language(at("stage").dataset.language);
    this.countdown = this.countdown.bind(this);
  }

  dialling(begun) {
    at("log-list").replaceChildren();
    at("log-empty").hidden = true;
    at("replay").hidden = true;
    at("keyed").textContent = "";
    at("whose").hidden = false;
    this.caption("", "en");
    this.#phase("calling", "Calling…");
    at("screen").scrollIntoView({ block: "nearest" });
    clearInterval(this.#ticking);
    const tick = () => (at("clock").textContent = clock(Date.now() - begun));
    this.#ticking = setInterval(tick, 500);
    tick();
  }

  /** The line is being asked, and no key reaches it meanwhile. */
  busy(busy) {
    at("stage").setAttribute("aria-busy", String(busy));
  }

  /** The call has come so far; `acts` lead here from its start. */
  went(acts) {
    this.#slow = [];
    const page = at("stage").dataset.page;
    const more = page.includes("?") ? "&" : "?";
    at("link").href = acts.length ? `${page}${more}keys=${acts.map(encodeURIComponent).join(",")}` : page;
  }

  speaking(heard) {
    this.#phase("speaking", heard.interruptible ? "Speaking" : "This has to be heard");
    at("stage").classList.toggle("must", !heard.interruptible);
    this.#pass("Skip ahead", heard.interruptible);
    this.#slow.push(heard.slow);
    at("pace-name").textContent = this.#slow.every(Boolean) ? "Slow" : "Normal";
    if (heard.language) this.#language(heard.language);
    this.#entry = this.#add(heard);
    this.#entry.classList.add("now");
  }

  /** A part of what is said begins. */
  caption(words, language) {
    at("caption").textContent = words;
    at("caption").classList.toggle("long", words.length > LONG);
    at("caption").lang = language;
    this.voice();
  }

  spoken(cut) {
    this.#entry.classList.remove("now");
    this.#entry.classList.toggle("cut", cut);
  }

  /** Something happened that is not being spoken just now. */
  did(event) {
    this.#add(event);
  }

  listening(state) {
    const kind = state.keys && state.words ? "" : state.keys ? ": keys" : ": words";
    this.#phase("listening", `Your turn${kind}`);
    this.#language(state.language);
    at("hints").textContent = state.words
      ? `Understood here: ${state.hints.join(", ")} …`
      : "Here the line listens for keys only.";
    at("hints").lang = state.words ? state.language : "en";
    this.#pass("Stay silent", true);
    this.#toEnd();
  }

  countdown(left, share) {
    at("wait-bar").hidden = at("wait-left").hidden = false;
    at("wait-bar").value = share;
    at("wait-left").textContent = this.#held ? "waits" : `${Math.ceil(left)} s`;
  }

  held(held) {
    this.#held = held;
  }

  ringing(state) {
    this.#phase("ringing", "Ringing");
    const who = state.who[0];
    at("rung-name").textContent = who.name || who.number;
    at("rung-number").textContent = [who.name === who.number ? "" : who.number, ...state.who.slice(1).map(whom)]
      .filter(Boolean)
      .join(", ");
    at("rung-star").hidden = !state.star;
    for (const button of document.querySelectorAll("[data-asked]")) button.hidden = !state.asked;
    // The keys are gone, and with them a focus that was on one.
    if (document.activeElement === document.body || at("pad").contains(document.activeElement)) at("rung").focus();
  }

  recording(state) {
    this.#phase("recording", "Recording");
    at("taping-ends").textContent = state.ends ? `It ends with ${state.ends.split("").join(" ")}, or silence.` : "";
    this.#pass("Stop speaking", true);
  }

  ended(state) {
    clearInterval(this.#ticking);
    this.#phase("over", `Call ended. ${ending(state.reason)}`);
    this.caption("", "en");
    this.news(`${ending(state.reason)}.`);
  }

  keyed(key) {
    this.news("");
    at("whose").hidden = true;
    at("keyed").textContent = (at("keyed").textContent + key).slice(-MAX_KEYED);
  }

  /** Tell something in passing, such as a key that was not heard. */
  news(text) {
    at("news").textContent = text;
  }

  trouble(text) {
    at("trouble").textContent = text;
    if (text) this.news("");
  }

  /** Tell how the voice is: what is neither played nor spoken is said to be captions only. */
  voice() {
    const { muted, isKnown } = this.#voice;
    const sounds = this.#voice.sounds(this.#tongue);
    const note = sounds || muted || !isKnown ? "" : `No ${tongue(this.#tongue, "en")} voice: captions only`;
    if (note !== this.#told) at("voice-note").textContent = note;
    this.#told = note;
    at("sound-name").textContent = muted ? " off" : " on";
    at("sound").setAttribute("aria-pressed", String(!muted));
    // What the phone says aloud needs no screen reader to say it, too.
    at("log").setAttribute("aria-live", sounds ? "off" : "polite");
  }

  /** Offer a call to be replayed. */
  offer(acts) {
    at("log-empty").hidden = true;
    at("replay").hidden = false;
    at("replay-acts").textContent = acts.map(act).join(" · ");
  }

  #language(language) {
    at("language-name").textContent = tongue(language);
    at("language-name").lang = language;
    this.#tongue = language;
    this.voice();
  }

  #phase(phase, words) {
    at("stage").dataset.phase = phase;
    at("stage").classList.remove("must");
    at("doing").textContent = words;
    at("bars").hidden = phase !== "speaking";
    this.#pass("Stay silent", false);
    at("wait-bar").hidden = at("wait-left").hidden = true;
    at("pad").hidden = phase === "ringing";
    at("rung").hidden = phase !== "ringing";
    at("taping").hidden = phase !== "recording";
    const isUp = phase !== "over";
    at("call").classList.toggle("up", isUp);
    at("call-name").textContent = isUp ? "Hang up" : "Call";
    if (phase !== "listening") at("hints").textContent = "";
  }

  #pass(name, works) {
    at("pass-name").textContent = name;
    at("pass").setAttribute("aria-disabled", String(!works));
  }

  #add(event) {
    const entry = document.createElement("li");
    entry.className = SIDES[event.kind] ?? "did";
    const words = document.createElement("p");
    words.textContent = event.kind === "heard" ? event.text : happened(event);
    entry.append(words);
    if (event.kind === "heard") {
      words.lang = event.language || "und";
      const manner = [event.interruptible ? "" : "has to be heard", event.slow ? "slow" : ""].filter(Boolean);
      if (manner.length) entry.append(Object.assign(document.createElement("small"), { textContent: manner.join(", ") }));
    }
    at("log-list").append(entry);
    this.#toEnd();
    return entry;
  }

  #toEnd() {
    at("log").scrollTop = at("log").scrollHeight;
  }
}
