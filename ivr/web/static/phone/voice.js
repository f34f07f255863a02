// The line's voice: a clip if there is one, else the browser's speech, else time to read the captions.

import { pieces } from "./pieces.js";

// Most voices speak about 160 words a minute at rate 1; the line speaks 130 (and 104 when it is slow).
const RATE = 0.85;
const SLOW_RATE = 0.68;
const START_LIMIT = 5000;
const VOICES_LIMIT = 4000;

/** Speaks what is heard. `muted` is the caller's wish; `broken` that this browser could not do it. */
export class Voice {
  muted = false;
  broken = false;
  /** Whether the last words have a clip that can be played, or before any call whether the line has clips. */
  plays = false;
  #synth = window.speechSynthesis;
  #voices = this.#synth?.getVoices() ?? [];
  #known = new AbortController();

  /** Call back when the browser knows its voices, or seems to have none; that may take a moment. */
  whenKnown(tell) {
    const know = () => {
      this.#voices = this.#synth?.getVoices() ?? [];
      this.#known.abort();
      tell();
    };
    this.#synth?.addEventListener?.("voiceschanged", know);
    if (!this.#synth || this.#voices.length) know();
    else wait(VOICES_LIMIT, this.#known.signal).then(know);
  }

  get isKnown() {
    return this.#known.signal.aborted;
  }

  /** Return whether words in a language ("es-US") are spoken, or only shown. */
  speaks(language) {
    return !this.muted && !this.broken && Boolean(this.#match(language));
  }

  /** Return whether words in a language are heard: played as a clip, or spoken. */
  sounds(language) {
    return !this.muted && (this.plays || this.speaks(language));
  }

  /** Speak, and show each piece as it begins. Ends when all is said, or at once on the signal. */
  async speak(heard, show, signal) {
    this.plays = Boolean(heard.audio);
    if (this.plays && !this.muted) {
      if (await played(heard, show, signal)) return;
      this.plays = false;
    }
    if (!this.isKnown) await wait(VOICES_LIMIT, AbortSignal.any([signal, this.#known.signal]));
    for (const piece of pieces(heard)) {
      if (signal.aborted) return;
      show(piece.text);
      await this.#say(piece, heard, signal);
      await wait(piece.pause, signal);
    }
  }

  /** Stop whatever is being said. */
  hush() {
    this.#synth?.cancel();
  }

  async #say(piece, heard, signal) {
    const began = performance.now();
    // Of a clip without known words there is "[audio …]", which nobody wants read out.
    if (this.speaks(heard.language) && !heard.text.startsWith("[")) {
      try {
        await this.#utter(piece, heard, signal);
        return;
      } catch {
        this.broken = true;
      }
    }
    await wait(piece.ms - (performance.now() - began), signal);
  }

  #utter(piece, heard, signal) {
    return new Promise((resolve, reject) => {
      const words = new SpeechSynthesisUtterance(piece.text);
      words.voice = this.#match(heard.language);
      words.lang = heard.language;
      words.rate = heard.slow ? SLOW_RATE : RATE;
      // Without a loudspeaker some browsers neither speak nor tell.
      let late = setTimeout(() => reject(new Error("silent")), START_LIMIT);
      const done = (settle) => (event) => {
        clearTimeout(late);
        signal.removeEventListener("abort", stop);
        settle(event);
      };
      const stop = done(() => {
        this.hush();
        resolve();
      });
      words.onstart = () => {
        clearTimeout(late);
        late = setTimeout(stop, piece.ms * 3 + START_LIMIT);
      };
      words.onend = done(resolve);
      words.onerror = done((e) => (["canceled", "interrupted"].includes(e.error) ? resolve() : reject(e)));
      signal.addEventListener("abort", stop);
      this.#synth.speak(words);
    });
  }

  /** Return the best voice for a language: the same country, on this machine; else any of the language. */
  #match(language) {
    const wanted = (language || "").toLowerCase();
    const tongue = wanted.split("-")[0];
    const tag = (voice) => voice.lang.toLowerCase().replace("_", "-");
    const score = (voice) => (tag(voice) === wanted ? 2 : 0) + (voice.localService ? 1 : 0);
    return this.#voices
      .filter((voice) => tongue && tag(voice).split("-")[0] === tongue)
      .sort((a, b) => score(b) - score(a))[0];
  }
}

/** Play a clip to its end; return false if it cannot be played. */
function played(heard, show, signal) {
  return new Promise((resolve) => {
    const clip = new Audio(heard.audio);
    show(heard.text);
    clip.onended = () => resolve(true);
    clip.onerror = () => resolve(false);
    signal.addEventListener("abort", () => {
      clip.pause();
      resolve(true);
    });
    clip.play().catch(() => resolve(signal.aborted));
  });
}

/** Let time pass, unless the signal comes first. */
export function wait(ms, signal) {
  return new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
