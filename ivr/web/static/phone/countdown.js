// How long silence is waited for: real seconds, which can be held.

const TICK = 100;

export class Countdown {
  #timer;
  #left = 0;
  #last = 0;
  held = false;

  /** Count down; `tick` gets what is left, in seconds and as a share, and `end` comes at the end. */
  start(seconds, tick, end) {
    this.stop();
    this.#left = seconds;
    this.#last = performance.now();
    tick(seconds, 1);
    this.#timer = setInterval(() => {
      const now = performance.now();
      if (!this.held) this.#left -= (now - this.#last) / 1000;
      this.#last = now;
      if (this.#left > 0) {
        tick(this.#left, this.#left / seconds);
        return;
      }
      this.stop();
      end();
    }, TICK);
  }

  stop() {
    clearInterval(this.#timer);
  }
}
