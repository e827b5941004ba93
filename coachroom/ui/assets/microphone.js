// @ts-check
// The microphone's one state. Whether the client muted it outlives a call: the widget starts every call unmuted,
// so the mute is applied again. While the page is left, the microphone is silenced, and while a button is to be held to
// talk it is gated: neither is a mute.
/** @import { Conversation } from "./bridge.js" */

/** The microphone of the current call. */
export class Microphone {
  /** @type {Conversation | null} */
  #conversation = null;
  /** @type {((muted: boolean) => void) | null} The conversation's own method. */
  #set = null;
  #silenced = false;
  #gated = false;

  /** @param {{ onChange: (muted: boolean) => void, muted?: boolean }} given muted: how the first call begins. */
  constructor({ onChange, muted = false }) {
    this.onChange = onChange;
    this.muted = muted;
  }

  /** Whether there is a microphone to mute. */
  get live() {
    return this.#conversation !== null;
  }

  /** Whether nothing may be heard, in this call or the next. */
  get closed() {
    return this.muted || this.#silenced || this.#gated;
  }

  /** @param {Conversation} conversation */
  attach(conversation) {
    this.release();
    if (conversation.type === "text" || typeof conversation.setMicMuted !== "function") return;
    const set = conversation.setMicMuted.bind(conversation);
    this.#set = set;
    this.#conversation = conversation;
    conversation.setMicMuted = (muted) => {
      // The widget resets its own button after a call; nobody asked for that.
      if (this.#conversation !== conversation) return;
      if (!this.#silenced) set(muted || this.#gated);
      this.#record(Boolean(muted));
    };
    if (this.closed) set(true);
  }

  /** Call as soon as the conversation begins to end. */
  release() {
    this.#conversation = null;
    this.#set = null;
  }

  /**
   * Mutes or unmutes, where there is a microphone.
   * @param {boolean} muted
   * @param {(muted: boolean) => unknown} [pressWidgetButton] Keeps the widget's own button right, where it has one.
   */
  setMuted(muted, pressWidgetButton = () => {}) {
    if (!this.#conversation) return;
    pressWidgetButton(muted);
    if (this.muted !== muted) this.#conversation.setMicMuted?.(muted);
  }

  /** Silences the microphone until `resume`, whatever the client or the widget does meanwhile. */
  silence() {
    this.#silenced = true;
    this.#set?.(true);
  }

  resume() {
    if (!this.#silenced) return;
    this.#silenced = false;
    if (!this.closed) this.#set?.(false);
  }

  /** Closes the microphone until it is opened again by this, unless something else keeps it closed. @param {boolean} closed */
  gate(closed) {
    if (this.#gated === closed) return;
    this.#gated = closed;
    this.#set?.(this.closed);
  }

  /** @param {boolean} muted */
  #record(muted) {
    if (muted === this.muted) return;
    this.muted = muted;
    this.onChange(muted);
  }
}
