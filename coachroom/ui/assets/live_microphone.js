// @ts-check
// The client's microphone as the human coach hears it. In a call it is a copy of the widget's, as the widget stops its
// own when the call ends; between two calls it is a copy of one that is captured for the coach alone. No DOM.
import { stopTracks } from "./media.js";

/** One microphone after the other, on one connection after the other. */
export class LiveMicrophone {
  /** @type {MediaStreamTrack | null} What the coach is sent. */
  track = null;
  /** @type {MediaStreamTrack | null} What that is a copy of. */
  #copied = null;
  /** @type {MediaStream | null} Captured for the coach alone. */
  #own = null;
  #capturing = false;

  /**
   * @param {object} parts
   * @param {() => MediaStreamTrack | null} parts.ofWidget The microphone as the widget captured it.
   * @param {() => boolean} parts.needed Whether there is a connection to send it on.
   * @param {() => boolean} parts.mayCapture Whether one may be captured for the coach where the widget has none.
   * @param {() => boolean} parts.open Whether the coach hears it.
   * @param {() => Promise<MediaStream | null>} parts.capture
   * @param {(track: MediaStreamTrack) => Promise<unknown>} parts.send
   */
  constructor({ ofWidget, needed, mayCapture, open, capture, send }) {
    this.ofWidget = ofWidget;
    this.needed = needed;
    this.mayCapture = mayCapture;
    this.open = open;
    this.capture = capture;
    this.send = send;
  }

  /** Sends what is to be sent now. Call when the widget's microphone, its call or the connection is another one. */
  async follow() {
    const track = this.ofWidget();
    if (track && track.readyState !== "ended") {
      this.#letOwnGo();
      this.#sendCopyOf(track);
      return;
    }
    if (!this.needed() || this.#capturing || !this.mayCapture()) return;
    if (!this.#own) {
      this.#capturing = true;
      const stream = await this.capture();
      this.#capturing = false;
      if (!this.needed() || this.ofWidget()) {
        stopTracks(stream);
        return;
      }
      this.#own = stream;
    }
    const own = this.#own?.getAudioTracks()[0];
    if (own) this.#sendCopyOf(own);
  }

  /** Call when `open` may say something else. */
  openOrClose() {
    if (this.track) this.track.enabled = this.open();
  }

  /** The coach is gone. */
  release() {
    this.track?.stop();
    this.track = this.#copied = null;
    this.#letOwnGo();
  }

  /** @param {MediaStreamTrack} track */
  #sendCopyOf(track) {
    if (!this.needed() || this.#copied === track) return;
    const before = this.track;
    this.#copied = track;
    this.track = track.clone();
    this.openOrClose();
    this.send(this.track).finally(() => before?.stop());
  }

  #letOwnGo() {
    stopTracks(this.#own);
    this.#own = null;
  }
}
