// @ts-check
// Keeps the screen on while a call goes on: a phone that locks itself takes the microphone away. No DOM.

/**
 * What holds the screen on, until it is let go or the browser takes it.
 * @typedef {{ release: () => Promise<void>, addEventListener: (name: "release", listener: () => void) => void }} Held
 */

/** The browser's way to ask for it. @type {() => Promise<Held | null>} */
export const requestWakeLock = async () => (await navigator.wakeLock?.request("screen")) ?? null;

/** One call's hold on the screen. The browser takes it whenever the page is out of sight. */
export class WakeLock {
  #wanted = false;
  #asking = false;
  /** @type {Held | null} */
  #held = null;

  /** @param {() => Promise<Held | null>} request */
  constructor(request) {
    this.request = request;
  }

  /** @param {boolean} wanted Whether a call goes on. */
  want(wanted) {
    this.#wanted = wanted;
    if (wanted) return this.#take();
    return this.#letGo();
  }

  /** The page is in sight again. */
  wake() {
    return this.#take();
  }

  async #take() {
    if (!this.#wanted || this.#held || this.#asking) return;
    this.#asking = true;
    try {
      const held = await this.request();
      held?.addEventListener("release", () => {
        if (this.#held === held) this.#held = null;
      });
      this.#held = held;
    } catch {
      // A page out of sight, or a battery that is low: the call goes on, and the screen may go dark.
    }
    this.#asking = false;
    if (!this.#wanted) await this.#letGo();
  }

  async #letGo() {
    const held = this.#held;
    this.#held = null;
    await held?.release().catch(() => {});
  }
}
