// A call from the page: what the caller does goes to the line, what the line says is spoken and shown.
// What happens in a call is not decided here: the server's phone does what the line's documents say.

import { Countdown } from "./countdown.js";
import { step } from "./line.js";
import { wait } from "./voice.js";

const BETWEEN_ACTS = 800;
const ACTS = new Set(["pressed", "said", "silent", "dialled", "recorded", "answered", "hung up"]);

/** One caller with one phone. `view` shows; `voice` speaks. */
export class Call {
  acts = [];
  state = null; // what the line waits for, as the server tells it; null: no call
  #speaking = null; // what is being said just now
  #busy = false;
  #count = 0;
  #when = "";
  #begun = 0;
  #taping = 0;
  #queue = [];
  #turn = 0;
  #hush = new AbortController();
  #countdown = new Countdown();

  constructor(url, voice, view) {
    this.url = url;
    this.voice = voice;
    this.view = view;
  }

  get isUp() {
    return this.#busy || (this.state !== null && (this.state.kind !== "ended" || this.#speaking !== null));
  }

  /** Call the line. `acts` were done before; the rest of a call in `queue` follows turn by turn; `when` as in line.js. */
  dial(acts = [], queue = [], when = "") {
    this.#quiet();
    Object.assign(this, { acts: [], state: null });
    this.#count = 0;
    this.#when = when;
    this.#begun = Date.now();
    this.#queue = [...queue];
    this.view.dialling(this.#begun);
    return this.#go(acts);
  }

  hangUp() {
    if (!this.isUp) return;
    const recording = this.state?.kind === "recording" && this.#seconds() > 0;
    if (recording) step(this.url, [...this.acts, `record:${this.#seconds()}:hangup`], 0, this.#when).catch(() => {});
    this.#quiet();
    this.state = { kind: "ended", reason: "caller hung up" };
    this.view.did({ kind: "hung up" });
    this.#show();
  }

  press(key) {
    if (this.#isDeaf(`Key ${key}`)) return;
    this.view.keyed(key);
    if (this.state.kind === "ringing") {
      if (this.state.star && key === "*") this.#act(key);
      else this.view.news("That key goes to whom is called. Choose how that call ends.");
    } else if (this.state.kind === "recording") {
      if (this.state.ends.includes(key)) this.#act(`record:${Math.max(1, this.#seconds())}:${key}`);
      else this.view.news(`Key ${key} does not end the recording.`);
    } else if (this.state.keys) {
      this.#act(key);
    } else {
      this.view.news("The line listens for words here, not for keys.");
    }
  }

  say(words) {
    // Acts stand in a link with commas between.
    const said = words.replace(/[,\s]+/g, " ").trim();
    if (said && !this.#isDeaf("That") && this.#listens()) this.#act(`say:${said}`);
  }

  ends(status) {
    if (this.state?.kind === "ringing" && !this.#speaking && !this.#busy) this.#act(status);
  }

  /** Skip what is being said, if it may be cut short; else let the silence pass at once. */
  pass(byHand = true) {
    if (!this.isUp || this.#busy) return;
    if (this.#speaking) {
      if (this.#speaking.interruptible) this.#hush.abort();
      else this.view.news("This has to be heard to its end.");
    } else if (this.state.kind === "recording") {
      this.#act(this.#seconds() ? `record:${this.#seconds()}` : "-", byHand);
    } else if (this.#listens()) {
      this.#act("-", byHand);
    }
  }

  /** Hold the countdown of silence, or let it go on. */
  hold(held) {
    this.#countdown.held = held;
    this.view.held(held);
  }

  /** Tell whether the line cannot hear the caller just now, and say why. */
  #isDeaf(what) {
    if (!this.isUp) this.view.news("There is no call yet. Press Call first.");
    else if (this.#busy) this.view.news(`${what} was not heard: the line was busy for a moment.`);
    else if (this.#speaking && !this.#speaking.interruptible)
      this.view.news(`${what} was not heard: this has to be heard to its end.`);
    else return false;
    return true;
  }

  #listens() {
    if (this.state.kind === "listening") return true;
    this.view.news("The line is not listening now.");
    return false;
  }

  #act(token, byHand = true) {
    if (byHand) this.#queue = [];
    return this.#go([...this.acts, token]);
  }

  /** Stop whatever goes on; whoever still awaits something of it finds that its turn is over. */
  #quiet() {
    this.#turn += 1;
    this.#hush.abort();
    this.voice.hush();
    this.#countdown.stop();
    this.#speaking = null;
    this.#isBusy(false);
    return this.#turn;
  }

  async #go(acts) {
    const turn = this.#quiet();
    this.#isBusy(true);
    this.view.trouble("");
    let answer;
    try {
      answer = await step(this.url, acts, this.#count, this.#when);
    } catch (error) {
      if (turn === this.#turn) this.#fail(error);
      return;
    }
    if (turn !== this.#turn) return;
    this.#isBusy(false);
    this.acts = acts;
    this.#count = answer.count;
    this.state = answer.state;
    this.view.went(acts);
    await this.#hear(answer.events, turn);
    if (turn !== this.#turn) return;
    if (answer.trouble) this.view.trouble(answer.trouble);
    this.#show();
    this.#wait();
  }

  #fail(error) {
    this.#isBusy(false);
    this.#queue = [];
    this.state ??= { kind: "ended", reason: "never began" };
    this.#show();
    this.view.trouble(error.message);
  }

  /** Show what is new; speak what was heard since the last act. */
  async #hear(events, turn) {
    const fresh = events.findLastIndex((event) => ACTS.has(event.kind)) + 1;
    let skipped = false;
    for (const [i, event] of events.entries()) {
      if (i < fresh || event.kind !== "heard") this.view.did(event);
      else if (!(skipped && event.interruptible)) skipped = await this.#listenTo(event);
      if (turn !== this.#turn) return;
    }
  }

  /** Speak something; return whether it was cut short. */
  async #listenTo(heard) {
    this.#hush = new AbortController();
    const { signal } = this.#hush;
    this.#speaking = heard;
    this.view.speaking(heard);
    // A clip has no language of its own; if it cannot be played, its words are spoken in the call's.
    const said = { ...heard, language: heard.language || this.state.language || "" };
    await this.voice.speak(said, (words) => this.view.caption(words, said.language), signal);
    this.view.spoken(signal.aborted);
    if (this.#hush.signal === signal) this.#speaking = null;
    return signal.aborted;
  }

  #show() {
    this.view[this.state.kind](this.state);
  }

  /** Let time pass as on the line: silence comes to an end, and a replayed call goes on. */
  async #wait() {
    const turn = this.#turn;
    this.#taping = performance.now();
    const seconds = { listening: this.state.timeout, recording: this.state.longest }[this.state.kind];
    if (seconds !== undefined) this.#countdown.start(seconds, this.view.countdown, () => this.pass(false));
    if (!this.#queue.length) return;
    this.#hush = new AbortController();
    await wait(BETWEEN_ACTS, this.#hush.signal);
    if (turn === this.#turn) this.#act(this.#queue.shift(), false);
  }

  #isBusy(busy) {
    this.#busy = busy;
    this.view.busy(busy);
  }

  #seconds() {
    return Math.round((performance.now() - this.#taping) / 1000);
  }
}
