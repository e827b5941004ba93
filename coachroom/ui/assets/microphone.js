// @ts-check
// The microphone's one state. Whether the client muted it outlives a call: the widget starts every call unmuted,
// so the mute is applied again. While the page is left, the microphone is silenced, and while a button is to be held to
// talk it is gated: neither is a mute. While a human coach is in the room, a detour closes the client's way to both
// coaches: the widget's own mute would cut the human coach off from the AI coach as well.
/** @import { Conversation } from "./bridge.js" */

/** Closes or opens the client's way; whether that closes it to the agent too. @typedef {(closed: boolean) => boolean} Detour */

/** The microphone of the current call. */
export class Microphone {
  /** @type {Conversation | null} */
  #conversation = null;
  /** @type {((muted: boolean) => void) | null} The conversation's own method. */
  #set = null;
  #silenced = false;
  #gated = false;
  /** @type {Detour | null} */
  #detour = null;

  /** @param {{ onChange: (muted: boolean) => void, muted?: boolean }} given muted: how the first call begins. */
  constructor({ onChange, muted = false }) {
    this.onChange = onChange;
    this.muted = muted;
  }

  /** Whether there is a microphone to mute. */
  get live() {
    return this.#conversation !== null || this.#detour !== null;
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
      this.#mute(Boolean(muted));
    };
    if (this.closed) this.#apply();
  }

  /** Goes this way from now on; null: straight to the agent again. @param {Detour | null} detour */
  setDetour(detour) {
    const before = this.#detour;
    this.#detour = detour;
    this.#apply();
    if (before && before !== detour) before(false);
  }

  /** Called when the detour leads elsewhere, as with a new call. */
  takeDetour() {
    if (this.#detour) this.#apply();
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
    if (!this.live) return;
    if (this.#conversation) pressWidgetButton(muted);
    if (this.muted !== muted) this.#mute(muted);
  }

  /** Silences the microphone until `resume`, whatever the client or the widget does meanwhile. */
  silence() {
    this.#silenced = true;
    this.#apply();
  }

  resume() {
    if (!this.#silenced) return;
    this.#silenced = false;
    if (!this.closed || this.#detour) this.#apply();
  }

  /** Closes the microphone until it is opened again by this, unless something else keeps it closed. @param {boolean} closed */
  gate(closed) {
    if (this.#gated === closed) return;
    this.#gated = closed;
    this.#apply();
  }

  /** @param {boolean} muted */
  #mute(muted) {
    const changed = muted !== this.muted;
    this.muted = muted;
    if (!this.#silenced) this.#apply();
    if (changed) this.onChange(muted);
  }

  /** Who leaves the page is cut off where it is surest. */
  #apply() {
    const gated = this.#detour?.(this.closed) ?? false;
    this.#set?.(this.#silenced || (this.closed && !gated));
  }
}
