// @ts-check
// Whether somebody was heard: sound that stands out from the room's own noise. No DOM.

const SETTLE_MS = 500; // a microphone that has just been opened is silent at first, and then too loud
const NOISE_MS = 3000; // the noise is the quietest moment of the last seconds
const TIMES_NOISE = 3;
const MIN_LEVEL = 0.01; // of full scale; below it is no voice, however quiet the room
const MIN_MS = 60;

/** Listens to one microphone. */
export class VoiceDetector {
  /** Whether somebody was heard since the beginning. */
  heard = false;
  /** @type {number | null} */
  #began = null;
  /** @type {number | null} Since when the sound stands out. */
  #loudSince = null;
  /** @type {{ at: number, level: number }[]} */
  #levels = [];

  /**
   * Takes in how loud it is.
   * @param {number} level 0 to 1 of full scale.
   * @param {number} at In milliseconds, of any clock.
   */
  take(level, at) {
    this.#began ??= at;
    if (this.heard || at - this.#began < SETTLE_MS) return;
    this.#levels = this.#levels.filter((each) => at - each.at <= NOISE_MS);
    this.#levels.push({ at, level });
    const noise = Math.min(...this.#levels.map((each) => each.level));
    if (level < MIN_LEVEL || level < TIMES_NOISE * noise) this.#loudSince = null;
    else this.#loudSince ??= at;
    if (this.#loudSince !== null && at - this.#loudSince >= MIN_MS) this.heard = true;
  }
}
