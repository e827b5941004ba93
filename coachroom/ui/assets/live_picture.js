// @ts-check
// The other side's picture and voice. It stays on a media element as long as there is one: without that some browsers
// hand silence to whoever mixes the voice. A camera that is off sends no frames, and is shown as such.
import { button, el, setHidden, setText } from "./dom.js";

const LOOK_EVERY_MS = 1000;

/** A video with words in its place while there is no picture. */
export class LivePicture {
  #frames = 0;
  #timer = 0;
  /** @type {MediaStream | null} */
  #stream = null;

  /**
   * @param {object} parts
   * @param {string} parts.label
   * @param {() => void} [parts.onHear] Called when the person presses the button that switches on the sound.
   */
  constructor({ label, onHear = () => {} }) {
    this.onHear = onHear;
    this.video = el("video", { class: "cr-video cr-other", playsinline: true, ariaLabel: label });
    this.video.autoplay = true;
    this.placeholder = el("p", { class: "cr-placeholder" });
    this.hear = button("Switch on the sound", () => this.#hear());
    setHidden(this.hear, true);
    this.node = el("div", { class: "cr-stage cr-live-stage" }, this.video, this.placeholder, this.hear);
    this.#setShown(false);
  }

  /**
   * @param {MediaStream | null} stream
   * @param {string} without What is said where there is no picture.
   */
  show(stream, without) {
    setText(this.placeholder, without);
    if (this.#stream === stream) return;
    this.#stream = stream;
    this.video.srcObject = stream;
    this.#frames = 0;
    this.#setShown(false);
    clearInterval(this.#timer);
    if (!stream) return;
    this.#timer = window.setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#play();
  }

  stop() {
    clearInterval(this.#timer);
    this.#stream = null;
    this.video.srcObject = null;
  }

  /** Call in a press of a button: some browsers play sound only on an element that began to in one. */
  prepare() {
    if (this.#stream) return;
    this.video.srcObject = new MediaStream();
    this.video.play().catch(() => {});
  }

  #hear() {
    this.#play();
    this.onHear();
  }

  #play() {
    this.video.play().then(
      () => setHidden(this.hear, true),
      (error) => setHidden(this.hear, error?.name !== "NotAllowedError"),
    );
  }

  #look() {
    const frames = this.video.getVideoPlaybackQuality().totalVideoFrames;
    this.#setShown(frames > this.#frames);
    this.#frames = frames;
  }

  /** @param {boolean} shown */
  #setShown(shown) {
    // Not hidden: a hidden video may play no sound.
    this.video.style.opacity = shown ? "1" : "0";
    setHidden(this.placeholder, shown);
  }
}
