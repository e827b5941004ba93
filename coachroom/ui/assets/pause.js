// @ts-check
// Whether the session is paused, as far as this page knows, and what the room says then. No DOM.
import { remainingMs } from "./countdown.js";
/** @import { Bridge } from "./bridge.js" */

/** Why: the client pressed the button, or the system took the microphone. @typedef {"paused" | "interrupted"} Cause */

/** The session's pause. A call that begins ends it. */
export class Pause {
  /** @type {string | null} When the session ends unless the client goes on, as the server says. */
  #until;
  /** Whether it began on this page, and the server has not said until when it may last. */
  #begun = false;
  /** @type {Cause} As far as this page knows. */
  #cause = "paused";

  /**
   * @param {object} parts
   * @param {string | null} [parts.until] As the page was loaded.
   * @param {Pick<Bridge, "inCall" | "busy" | "hangUp">} parts.bridge
   * @param {() => void} parts.onChange
   */
  constructor({ until = null, bridge, onChange }) {
    this.#until = until;
    this.bridge = bridge;
    this.onChange = onChange;
  }

  /** Whether the session is paused and no call is about to end that. */
  get on() {
    return (this.#begun || this.#until !== null) && !this.bridge.busy;
  }

  /** Whether there is something to pause. */
  get possible() {
    return this.bridge.inCall;
  }

  /** Ends the call; its end tells the server. @param {Cause} cause */
  async begin(cause) {
    if (!this.possible) return;
    this.#begun = true;
    this.#cause = cause;
    await this.bridge.hangUp(cause);
    this.onChange();
  }

  /** A call begins: until the server knows of it, its answers may still tell of the pause. */
  callBegins() {
    this.#begun = false;
  }

  /** @param {string | null | undefined} until As the server's latest answer has it. */
  answered(until) {
    if (until === undefined || until === this.#until) return;
    this.#until = until;
    if (until !== null) this.#begun = false;
    this.onChange();
  }

  /**
   * What the room says while it is paused, in place of what it says of a call.
   * @param {number} now Milliseconds.
   */
  look(now) {
    const left = remainingMs(this.#until, now);
    const minutes = left === null ? null : Math.ceil(left / 60_000);
    const waits =
      minutes === null ? "" : ` The room waits ${minutes} minute${minutes === 1 ? "" : "s"} for you.`;
    const taken = this.#cause === "interrupted" ? "Your device took the microphone away. " : "";
    return {
      label: "Paused",
      sentence: `${taken}The session is paused.`,
      hint: `${taken}You are paused: the time stands still, and nothing reaches the coach.${waits}`,
      startLabel: "Go on",
    };
  }
}
