// One truth about the microphone. What the person wished survives a call; the widget starts every
// call unmuted, so the wish is applied again. Leaving the page silences without changing the wish.
export class Microphone {
  #conversation = null;
  #set = null;
  #silenced = false;

  constructor({ onChange }) {
    this.onChange = onChange;
    this.muted = false;
  }

  /** True while there is a microphone to mute. */
  get live() {
    return this.#conversation !== null;
  }

  attach(conversation) {
    this.release();
    if (conversation.type === "text" || typeof conversation.setMicMuted !== "function") return;
    this.#set = conversation.setMicMuted.bind(conversation);
    this.#conversation = conversation;
    conversation.setMicMuted = (muted) => {
      // The widget resets its own button when a call is over; that is nobody's wish.
      if (this.#conversation !== conversation) return;
      if (!this.#silenced) this.#set(muted);
      this.#record(Boolean(muted));
    };
    if (this.muted || this.#silenced) this.#set(true);
  }

  /** Call as soon as the conversation begins to end. */
  release() {
    this.#conversation = null;
    this.#set = null;
  }

  /** clickWidgetButton(muted) keeps the widget's icon true; the direct call is for when it is absent. */
  wish(muted, clickWidgetButton = () => {}) {
    if (!this.live) return;
    clickWidgetButton(muted);
    if (this.muted !== muted) this.#conversation.setMicMuted(muted);
  }

  silence() {
    this.#silenced = true;
    this.#set?.(true);
  }

  resume() {
    if (!this.#silenced) return;
    this.#silenced = false;
    if (!this.muted) this.#set?.(false);
  }

  #record(muted) {
    if (muted === this.muted) return;
    this.muted = muted;
    this.onChange(muted);
  }
}
