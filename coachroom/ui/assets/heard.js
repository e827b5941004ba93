// @ts-check
// When somebody was heard, from how loud it was. Somebody is heard from the first loud moment to the last one; that they
// have stopped is known only HANGOVER_MS later, which is no part of the time. Pure: no clock, no DOM.
/** @import { Level } from "./sound_levels.js" */

export const HANGOVER_MS = 200; // shorter gaps are between words
const NOISE_MS = 8000; // the noise is the quietest moment of the last seconds; nobody speaks for so long without a gap
const MAX_KEPT = 50;

/** One stretch of sound; `loudMs`: how much of it was loud. @typedef {{ from: number, to: number, loudMs: number }} Stretch */

/** How one side is heard. */
export class Heard {
  /** The latest stretches, the oldest first; the last one may still go on. @type {Stretch[]} */
  stretches = [];
  /** @type {Stretch | null} Loud, but not yet for long enough. */
  #begun = null;
  /** @type {{ at: number, level: number }[]} */
  #noise = [];
  #lastAt = 0;
  #cutAt = Infinity;

  /**
   * @param {object} how
   * @param {number} how.minLevel Below it is nothing, however quiet it is else.
   * @param {number} [how.timesNoise] How far it stands out from the noise of the last seconds.
   * @param {number} [how.minMs] Less is a click.
   */
  constructor({ minLevel, timesNoise = 0, minMs = 0 }) {
    this.minLevel = minLevel;
    this.timesNoise = timesNoise;
    this.minMs = minMs;
  }

  /** Until when somebody was heard; null before the first time. */
  get until() {
    return this.stretches.at(-1)?.to ?? null;
  }

  /** Whether somebody was heard just now. */
  get going() {
    return this.until !== null && this.#lastAt - this.until < HANGOVER_MS;
  }

  /** What is heard from this moment on is something else, even without a gap. @param {number} at */
  cut(at) {
    this.#cutAt = at;
  }

  /**
   * Takes in the next moment; the stretch that begins with it, if one does.
   * @param {Level} moment
   * @returns {Stretch | null}
   */
  take({ at, ms, level }) {
    this.#lastAt = at;
    const noise = this.#noiseUntil(at, level);
    if (level < this.minLevel || level < this.timesNoise * noise) return null;
    const open = this.#begun ?? this.stretches.at(-1);
    const cut = at > this.#cutAt;
    if (cut) this.#cutAt = Infinity;
    if (open && !cut && at - ms - open.to < HANGOVER_MS) {
      open.to = at;
      open.loudMs += ms;
    } else {
      this.#begun = { from: at - ms, to: at, loudMs: ms };
    }
    if (!this.#begun || this.#begun.loudMs < this.minMs) return null;
    const found = this.#begun;
    this.#begun = null;
    this.stretches = [...this.stretches.slice(1 - MAX_KEPT), found];
    return found;
  }

  /**
   * @param {number} at
   * @param {number} level
   */
  #noiseUntil(at, level) {
    if (!this.timesNoise) return 0;
    // The quietest first, and only those that may become the quietest.
    while (this.#noise.length && (this.#noise.at(-1)?.level ?? 0) >= level) this.#noise.pop();
    this.#noise.push({ at, level });
    while (at - this.#noise[0].at > NOISE_MS) this.#noise.shift();
    return this.#noise[0].level;
  }
}
