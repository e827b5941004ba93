// @ts-check
// Whether this computer slept, or the page was frozen, between two ticks of a second. No DOM.

const ASLEEP_MS = 5000;

/** What ticks each second asks it. */
export class SleepDetector {
  #tickedAt;

  /** @param {number} now When the ticks begin, in milliseconds. */
  constructor(now) {
    this.#tickedAt = now;
  }

  /** Whether the time since the last tick was slept through. @param {number} now */
  slept(now) {
    const slept = now - this.#tickedAt > ASLEEP_MS;
    this.#tickedAt = now;
    return slept;
  }
}
