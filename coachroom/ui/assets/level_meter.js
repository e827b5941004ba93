// @ts-check
// How loud the microphone is, drawn as a bar, and whether somebody was heard. The sound does not leave the page.
import { soundRuns } from "./sound.js";
import { VoiceDetector } from "./voice.js";

/** Draws the level of a stream by scaling a bar. */
export class LevelMeter {
  /** @type {AudioContext | null} */
  #context = null;
  #frame = 0;

  /**
   * @param {HTMLElement} bar
   * @param {() => void} [onHeard] Called once when somebody is heard.
   */
  constructor(bar, onHeard = () => {}) {
    this.bar = bar;
    this.onHeard = onHeard;
    this.voice = new VoiceDetector();
  }

  /** @param {MediaStream | null} stream */
  listen(stream) {
    this.stop();
    if (!stream?.getAudioTracks().length) return;
    const voice = (this.voice = new VoiceDetector());
    this.#context = new AudioContext();
    // Before the first click a browser may keep it suspended; the bar then stays still.
    this.#context.resume().catch(() => {});
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 512;
    this.#context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    const draw = () => {
      analyser.getByteTimeDomainData(samples);
      const level = rootMeanSquare(samples);
      this.bar.style.transform = `scaleX(${loudness(level).toFixed(2)})`;
      this.#frame = requestAnimationFrame(draw);
      if (voice.heard || this.#context?.state !== "running") return;
      voice.take(level, performance.now());
      if (voice.heard) this.onHeard();
    };
    draw();
  }

  /** Whether the page can play sound, as far as a microphone in use tells; true without one. */
  async soundRuns() {
    return this.#context === null || (await soundRuns(this.#context));
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#context?.close().catch(() => {});
    this.#context = null;
    this.bar.style.transform = "scaleX(0)";
  }
}

/**
 * 0 to 1 from 8-bit samples around 128.
 * @param {Uint8Array} samples
 */
function rootMeanSquare(samples) {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  return Math.sqrt(sum / samples.length);
}

/** 0 to 1; the root makes quiet speech visible. @param {number} level */
const loudness = (level) => Math.min(1, Math.sqrt(level) * 1.3);
