// @ts-check
// How loud the microphone is, drawn as a bar. The sound does not leave the page.

/** Draws the level of a stream by scaling a bar. */
export class LevelMeter {
  /** @type {AudioContext | null} */
  #context = null;
  #frame = 0;

  /** @param {HTMLElement} bar */
  constructor(bar) {
    this.bar = bar;
  }

  /** @param {MediaStream | null} stream */
  listen(stream) {
    this.stop();
    if (!stream?.getAudioTracks().length) return;
    this.#context = new AudioContext();
    // Before the first click a browser may keep it suspended; the bar then stays still.
    this.#context.resume().catch(() => {});
    const analyser = this.#context.createAnalyser();
    analyser.fftSize = 512;
    this.#context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    const draw = () => {
      analyser.getByteTimeDomainData(samples);
      this.bar.style.transform = `scaleX(${loudness(samples).toFixed(2)})`;
      this.#frame = requestAnimationFrame(draw);
    };
    draw();
  }

  stop() {
    cancelAnimationFrame(this.#frame);
    this.#context?.close().catch(() => {});
    this.#context = null;
    this.bar.style.transform = "scaleX(0)";
  }
}

/**
 * 0 to 1 from 8-bit samples around 128; the roots make quiet speech visible.
 * @param {Uint8Array} samples
 */
export function loudness(samples) {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  return Math.min(1, Math.sqrt(Math.sqrt(sum / samples.length)) * 1.3);
}
