// @ts-check
// How loud a sound was in each 8 ms, and when on the page's clock. The page looks ten times a second; what was heard
// between two looks is still in the analyser, so a busy page measures as exactly as an idle one.

const BLOCK_MS = 8;
const KEPT_SAMPLES = 32_768; // the most an analyser keeps: two seconds of the widget's sound
// Sound is rendered in bursts: the earliest look of the last second tells when it was heard. Over a longer time, sound
// that a busy computer lost would shift what came after it.
const CLOCK_MS = 1000;
const MAX_LOOKS = 3;

/** How loud one moment was: root mean square, 0 to 1. It lasted `ms`, until `at`. @typedef {{ at: number, ms: number, level: number }} Level */

/**
 * The parts of an AnalyserNode that are used.
 * @typedef {object} Analyser
 * @property {number} fftSize
 * @property {(samples: Float32Array<ArrayBuffer>) => void} getFloatTimeDomainData
 * @property {{ currentTime: number, sampleRate: number }} context
 */

/** Reads one analyser. */
export class SoundLevels {
  /** How many samples were read; null before the first look. @type {number | null} */
  #read = null;
  /** How far the page's clock was ahead of the sound at each look. @type {{ at: number, ahead: number }[]} */
  #looks = [];

  /**
   * @param {Analyser} analyser
   * @param {() => number} now In milliseconds.
   */
  constructor(analyser, now) {
    analyser.fftSize = KEPT_SAMPLES;
    this.analyser = analyser;
    this.now = now;
    this.samples = new Float32Array(KEPT_SAMPLES);
    this.block = Math.round((analyser.context.sampleRate * BLOCK_MS) / 1000);
  }

  /** What was heard since the last look, whole blocks only; what the analyser has forgotten is left out. @returns {Level[]} */
  look() {
    const { block, samples } = this;
    const rate = this.analyser.context.sampleRate;
    const heard = this.#capture();
    const ahead = this.#ahead((heard / rate) * 1000);
    const begin = Math.max(this.#read ?? heard, heard - samples.length);
    const levels = [];
    let end = begin + block;
    for (; end <= heard; end += block) {
      const from = samples.length - (heard - end) - block;
      levels.push({
        at: (end / rate) * 1000 + ahead,
        ms: (block / rate) * 1000,
        level: rootMeanSquare(samples, from, block),
      });
    }
    this.#read = end - block;
    return levels;
  }

  /** Takes the samples; how many there were from the beginning until the newest of them. */
  #capture() {
    const { context } = this.analyser;
    for (let looks = 1; ; looks += 1) {
      const before = context.currentTime;
      this.analyser.getFloatTimeDomainData(this.samples);
      // Where more was rendered meanwhile, nobody knows whether it is among the samples.
      if (context.currentTime === before || looks === MAX_LOOKS)
        return Math.round(before * context.sampleRate);
    }
  }

  /** @param {number} heardMs The sound's own time. */
  #ahead(heardMs) {
    const at = this.now();
    this.#looks = this.#looks.filter((look) => at - look.at <= CLOCK_MS);
    this.#looks.push({ at, ahead: at - heardMs });
    return Math.min(...this.#looks.map((look) => look.ahead));
  }
}

/**
 * @param {Float32Array} samples
 * @param {number} from
 * @param {number} length
 */
function rootMeanSquare(samples, from, length) {
  let sum = 0;
  for (let i = from; i < from + length; i += 1) sum += samples[i] ** 2;
  return Math.sqrt(sum / length);
}
