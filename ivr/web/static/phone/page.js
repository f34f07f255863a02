// The browser phone: puts the call, the voice and the page together, and takes mouse, touch and keyboard.

import { Call } from "./call.js";
import { hears, listen } from "./ear.js";
import * as tones from "./tones.js";
import { View } from "./view.js";
import { Voice } from "./voice.js";

const at = (id) => document.getElementById(id);
const DOUBLE_CLICK = 500;

const { call: url, acts } = at("stage").dataset;
const voice = new Voice();
voice.plays = at("stage").dataset.clips === "true";
const view = new View(voice);
const call = new Call(url, voice, view);
let offered = JSON.parse(acts);
let called = 0;
let deafen = null;

const isLoud = () => at("tones").checked && !voice.muted;

function dial(done = [], queue = []) {
  offered = [];
  called = Date.now();
  if (isLoud()) tones.ring();
  hold();
  call.dial(done, queue, at("when").value);
}

function press(key) {
  if (call.isUp && isLoud()) tones.key(key);
  call.press(key);
}

function callOrHangUp() {
  if (!call.isUp) dial(offered);
  else if (Date.now() - called > DOUBLE_CLICK) call.hangUp();
}

/** Whoever types or speaks is not silent, and a caller may ask for all the time there is. */
function hold() {
  call.hold(!at("flows").checked || at("words").value !== "" || deafen !== null);
}

// ── Mouse and touch ────────────────────────────────────────────────────────
at("call").addEventListener("click", callOrHangUp);
at("again").addEventListener("click", () => dial());
at("pass").addEventListener("click", () => call.pass());
at("pad").addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (key) press(key);
});
at("rung").addEventListener("click", (event) => {
  const status = event.target.closest("[data-ends]")?.dataset.ends;
  if (status) call.ends(status);
});
at("rung-star").addEventListener("click", () => press("*"));
at("language").addEventListener("click", () => press("6"));
at("pace").addEventListener("click", () => press("7"));
at("sound").addEventListener("click", () => {
  voice.muted = !voice.muted;
  if (voice.muted) voice.hush();
  view.voice();
});
at("flows").addEventListener("change", hold);

// ── Keyboard ───────────────────────────────────────────────────────────────
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "Escape") {
    call.hangUp();
    return;
  }
  if (!at("shortcuts").checked || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
  if (event.key === "Enter") {
    if (event.target.closest("a, button, summary, input") || call.isUp) return;
    event.preventDefault();
    dial(offered);
  } else if (/^[0-9*#]$/.test(event.key)) {
    event.preventDefault();
    const button = at("pad").querySelector(`[data-key="${event.key}"]`);
    button.classList.add("down");
    setTimeout(() => button.classList.remove("down"), 150);
    press(event.key);
  }
});

// ── Words ──────────────────────────────────────────────────────────────────
at("words").addEventListener("input", hold);
at("say").addEventListener("submit", (event) => {
  event.preventDefault();
  call.say(at("words").value);
  at("words").value = "";
  hold();
});

if (hears) {
  at("mic").hidden = false;
  at("mic-note").hidden = false;
  at("mic").addEventListener("click", () => {
    if (deafen) {
      deafen();
      return;
    }
    voice.hush();
    deafen = listen(call.state?.language ?? "en-US", (words) => call.say(words), (trouble) => {
      deafen = null;
      at("mic").setAttribute("aria-pressed", "false");
      hold();
      if (trouble) view.news(`No words came from the microphone (${trouble}). Type them instead.`);
    });
    at("mic").setAttribute("aria-pressed", "true");
    hold();
  });
}

// ── A call that a link replays, and the link to this one ───────────────────
if (offered.length) view.offer(offered);
at("replay-all").addEventListener("click", () => dial([], offered));
if (!navigator.clipboard) at("copy").hidden = true;
at("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText(at("link").href);
  view.news("The link is copied.");
});

window.addEventListener("pagehide", () => voice.hush());
voice.hush();
voice.whenKnown(() => view.voice());
