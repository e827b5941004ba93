// A call that fails before it exists is shown by the widget and told to nobody. Two signs: its start
// button went away and came back, or nothing at all happens for 20 seconds.

const LOOK_EVERY_MS = 100;
const LIMIT_MS = 20_000;

export class StartWatch {
  #timer = null;

  /** canStart() → is the widget's start button there; onFailed("refused" | "timeout"). */
  constructor({ canStart, onFailed, clock }) {
    Object.assign(this, { canStart, onFailed, clock });
  }

  begin() {
    this.stop();
    const began = this.clock.now();
    let gone = false;
    this.#timer = this.clock.every(LOOK_EVERY_MS, () => {
      const there = this.canStart();
      if (!there) gone = true;
      if (gone && there) this.#fail("refused");
      else if (this.clock.now() - began >= LIMIT_MS) this.#fail("timeout");
    });
  }

  stop() {
    this.clock.cancel(this.#timer);
    this.#timer = null;
  }

  #fail(why) {
    this.stop();
    this.onFailed(why);
  }
}
