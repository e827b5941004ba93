// @ts-check
// When to ask the server how the session stands: it may have ended while this page slept, was hidden or offline. No DOM.
import { pause } from "./clock.js";
import { SleepDetector } from "./sleep.js";
/** @import { Clock } from "./clock.js" */

const MAX_UNANSWERED_MS = 20_000;
const ASK_AGAIN_MS = [0, 200, 400, 800, 1600, 3200];

/** Asks as soon as the page may have missed something, and now and then where nothing else does. */
export class SessionWatch {
  #answeredAt = 0;
  #asking = false;

  /**
   * @param {object} parts
   * @param {Clock} parts.clock
   * @param {() => Promise<boolean>} parts.ask Whether there was an answer.
   */
  constructor({ clock, ask }) {
    this.clock = clock;
    this.ask = ask;
    this.sleep = new SleepDetector(clock.now());
    this.#answeredAt = clock.now();
  }

  /** Call it each second. */
  tick() {
    const now = this.clock.now();
    if (this.sleep.slept(now) || now - this.#answeredAt > MAX_UNANSWERED_MS) this.wake();
  }

  /** Call it at each answer of the server. */
  answered() {
    this.#answeredAt = this.clock.now();
  }

  /** Asks now, and again where the page is still offline. */
  async wake() {
    if (this.#asking) return;
    this.#asking = true;
    this.answered(); // the next look is as far away as after an answer
    for (const ms of ASK_AGAIN_MS) {
      if (ms) await pause(this.clock, ms);
      if (await this.ask()) break;
    }
    this.#asking = false;
  }
}
