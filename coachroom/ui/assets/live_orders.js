// @ts-check
// What the client's page does when the human coach steers the AI coach: hints, quiet, waiting, taking over. No DOM.
/** @import { Bridge } from "./bridge.js" */
/** @import { Clock } from "./clock.js" */
/** @import { LiveMix } from "./live_mix.js" */

/** @typedef {"listening" | "both" | "private"} LiveMode */
/** @typedef {"listening" | "both" | "hint" | "say" | "hush" | "hold" | "take_over" | "hand_back"} Act */
/** @typedef {{ id: string, n: number, act: Act, text?: string | null }} Order */
/** @typedef {{ done: boolean, why?: string }} Done */

const MAX_HOLD_MS = 60_000;
const BUSY_EVERY_MS = 1000; // the service waits two seconds after each
const QUIET_MS = 1500; // pieces of one answer come closer together than that

/** @type {Done} */
const DONE = { done: true };

/** Carries out one join's orders. */
export class LiveOrders {
  /** @type {LiveMode} */
  mode = "listening";
  /** Whether the AI coach is made to wait. */
  held = false;
  /** Whether the AI coach's answer is not to be heard. */
  hushed = false;
  /** @type {number | null} */
  #busyTimer = null;
  /** @type {number | null} */
  #endTimer = null;
  /** @type {number | null} */
  #quietTimer = null;
  /** @type {Map<number, Done>} What became of each order: one that comes again is done once. */
  #done = new Map();

  /**
   * @param {object} parts
   * @param {Clock} parts.clock
   * @param {Pick<Bridge, "inCall" | "mode" | "typing" | "sendContext" | "sendActivity" | "hangUp" | "conversation">} parts.bridge
   * @param {Pick<LiveMix, "route" | "canMix" | "gated">} parts.mix
   * @param {string} parts.coach The coach's name.
   * @param {() => void} parts.onLapsed Called when the AI coach can wait no longer, and its call was ended.
   * @param {() => void} parts.onChange
   */
  constructor({ clock, bridge, mix, coach, onLapsed, onChange }) {
    this.clock = clock;
    this.bridge = bridge;
    this.mix = mix;
    this.coach = coach;
    this.onLapsed = onLapsed;
    this.onChange = onChange;
  }

  /** @param {Order} order @returns {Done} */
  obey({ n, act, text }) {
    const before = this.#done.get(n);
    if (before) return before;
    const done = this.#obey(n, act, text ?? "");
    this.#done.set(n, done);
    this.onChange();
    return done;
  }

  /** The server's word for who talks with whom; it holds where an order went astray. @param {LiveMode} mode */
  setMode(mode) {
    if (mode === "private" && this.mode !== "private" && this.bridge.inCall) this.#hold();
    if (mode !== "private") this.#release();
    this.#enter(mode);
    this.onChange();
  }

  /** Called whenever the call's status or mode has changed. */
  callChanged() {
    // A call that begins while the two talk alone waits as well.
    if (this.bridge.inCall && this.mode === "private") this.#hold();
    if (!this.bridge.inCall) {
      this.#stopHolding();
      this.#stopHushing();
    } else if (this.hushed && this.bridge.mode !== "speaking")
      this.#quietTimer ??= this.clock.after(QUIET_MS, () => this.#unhush());
    else if (this.#quietTimer !== null) {
      this.clock.cancel(this.#quietTimer);
      this.#quietTimer = null;
    }
  }

  /** The AI coach says something new: that is heard. */
  agentAnswers() {
    if (this.hushed) this.#unhush();
  }

  /** The coach is gone. */
  stop() {
    this.#release();
    this.#unhush();
    this.#enter("listening");
  }

  /** @param {number} n @param {Act} act @param {string} text @returns {Done} */
  #obey(n, act, text) {
    switch (act) {
      case "hint":
        return this.#tell(n, `The human coach says, for you alone: ${text}`);
      case "say":
        this.#tell(n, `The human coach ${this.coach} has written to the client: ${text}`);
        return DONE;
      case "hush":
        return this.#hush();
      case "hold":
        this.#enter("private");
        return this.#hold();
      case "take_over":
        this.#enter("private");
        this.#hangUp();
        return DONE;
      case "hand_back":
        if (this.held) this.#tell(n, `The human coach hands back to you. In their words: ${text}`);
        this.#release();
        this.#enter("listening");
        return DONE;
      case "both":
        if (this.bridge.inCall && !this.mix.canMix) return { done: false, why: "mixer" };
        this.#release();
        this.#enter("both");
        return DONE;
      default:
        this.#release();
        this.#enter("listening");
        return DONE;
    }
  }

  /** @param {number} n @param {string} text @returns {Done} */
  #tell(n, text) {
    if (!this.bridge.inCall) return { done: false, why: "no_call" };
    this.bridge.sendContext(text, `coach-${n}`);
    return DONE;
  }

  /** @param {LiveMode} mode */
  #enter(mode) {
    this.mode = mode;
    this.mix.route({ apart: mode === "private", coachOpen: mode === "both" });
  }

  /** @returns {Done} */
  #hush() {
    if (!this.bridge.inCall) return { done: false, why: "no_call" };
    this.hushed = true;
    this.#silenceAgent();
    this.callChanged();
    return DONE;
  }

  #unhush() {
    if (!this.hushed) return;
    this.#stopHushing();
    if (!this.held) this.#setVolume(1);
    this.onChange();
  }

  #stopHushing() {
    this.clock.cancel(this.#quietTimer);
    this.#quietTimer = null;
    this.hushed = false;
  }

  /** @returns {Done} */
  #hold() {
    if (!this.bridge.inCall) return { done: false, why: "no_call" };
    if (this.held) return DONE;
    if (!this.bridge.typing && !this.mix.gated) {
      // Its way from the client cannot be closed: it would hear the two.
      this.#letGo();
      return DONE;
    }
    this.held = true;
    this.#silenceAgent();
    this.bridge.sendActivity();
    this.#busyTimer = this.clock.every(BUSY_EVERY_MS, () => this.bridge.sendActivity());
    this.#endTimer = this.clock.after(MAX_HOLD_MS, () => this.#letGo());
    return DONE;
  }

  /** The AI coach cannot wait, or not any longer. */
  #letGo() {
    this.#hangUp();
    this.onLapsed();
  }

  #release() {
    if (!this.held) return;
    this.#stopHolding();
    if (!this.hushed) this.#setVolume(1);
  }

  #stopHolding() {
    this.clock.cancel(this.#busyTimer);
    this.clock.cancel(this.#endTimer);
    this.held = false;
  }

  #hangUp() {
    this.#stopHolding();
    this.bridge.hangUp("coach");
  }

  #silenceAgent() {
    this.bridge.conversation?.output?.interrupt?.();
    this.#setVolume(0);
  }

  /** @param {number} volume */
  #setVolume(volume) {
    this.bridge.conversation?.setVolume?.({ volume });
  }
}
