// @ts-check
// Notices that the system has taken the microphone from a call, as a phone does when somebody rings: Safari says so of
// the audio context; elsewhere the microphone's track ends while the page is out of sight. A track that ends in sight
// is a microphone that was unplugged, which is no interruption.
/** @import { Conversation } from "./bridge.js" */

/**
 * The parts of the client library's microphone that are looked at.
 * @typedef {object} CallInput
 * @property {EventTarget & { state: string }} [context]
 * @property {{ getAudioTracks: () => (EventTarget & { readyState: string })[] }} [inputStream]
 */

/** Watches one call's microphone after the other. */
export class Interruption {
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {object} parts
   * @param {() => boolean} parts.hidden Whether the page is out of sight.
   * @param {() => void} parts.onInterrupted
   */
  constructor({ hidden, onInterrupted }) {
    this.hidden = hidden;
    this.onInterrupted = onInterrupted;
    /** @type {CallInput} */
    this.input = {};
  }

  /** @param {Conversation} conversation Of the call that goes on from here. */
  watch(conversation) {
    this.stop();
    this.input = /** @type {{ input?: CallInput }} */ (/** @type {unknown} */ (conversation)).input ?? {};
    this.#listen(this.input.context, "statechange");
    for (const track of this.#tracks) this.#listen(track, "ended");
  }

  /** Looks now: the track may have ended a moment before the page went out of sight. */
  look() {
    const { context } = this.input;
    const lost = this.hidden() && this.#tracks.some(({ readyState }) => readyState === "ended");
    if (!lost && context?.state !== "interrupted") return;
    this.stop();
    this.onInterrupted();
  }

  stop() {
    for (const stop of this.#stops.splice(0)) stop();
    this.input = {};
  }

  get #tracks() {
    return this.input.inputStream?.getAudioTracks?.() ?? [];
  }

  /**
   * @param {EventTarget | undefined} target
   * @param {string} event
   */
  #listen(target, event) {
    const look = () => this.look();
    target?.addEventListener?.(event, look);
    this.#stops.push(() => target?.removeEventListener?.(event, look));
  }
}
