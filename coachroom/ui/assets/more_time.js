// @ts-check
// More time near the session's end: the server offers it, the client takes it. No DOM.
/** @import { Reply } from "./http.js" */

const FAILED = "That did not work. Please try again.";

/** The offer of more time. */
export class MoreTime {
  #asking = false;

  /**
   * @param {object} parts
   * @param {() => Promise<Reply>} parts.ask
   * @param {(longer: { ends_at: string, tell: string }) => void} parts.onLonger
   * @param {() => void} parts.onChange
   */
  constructor({ ask, onLonger, onChange }) {
    this.ask = ask;
    this.onLonger = onLonger;
    this.onChange = onChange;
    /** How many minutes are offered; 0 where none are. */
    this.minutes = 0;
    /** @type {string | null} Why they could not be had. */
    this.problem = null;
  }

  /** @param {number} minutes By the server's latest answer. */
  offered(minutes) {
    if (minutes === this.minutes) return;
    this.minutes = minutes;
    this.problem = null;
    this.onChange();
  }

  async take() {
    if (this.#asking || !this.minutes) return;
    this.#asking = true;
    const reply = await this.ask().catch(() => null);
    this.#asking = false;
    const longer = reply?.status === 200;
    this.problem = longer ? null : (reply?.answer?.error ?? FAILED);
    if (longer) {
      this.minutes = 0;
      this.onLonger(reply.answer);
    }
    this.onChange();
  }
}
