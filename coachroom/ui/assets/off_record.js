// @ts-check
// Taking the session off the record: asked once, and for good. No DOM.
/** @import { Reply } from "./http.js" */

const FAILED = "That did not work: the session is still on the record. Please try again.";
// What is said of a line that breaks, and is not so off the record.
const KEPT = "What you said is kept. ";

/** Whether the session is off the record, and the question whether it shall be. */
export class OffRecord {
  #taking = false;

  /**
   * @param {object} parts
   * @param {boolean} parts.on
   * @param {() => Promise<Reply>} parts.ask Tells the server.
   * @param {(tell: string) => void} parts.onTaken `tell` is for the agent.
   * @param {() => void} parts.onChange
   */
  constructor({ on, ask, onTaken, onChange }) {
    this.on = on;
    this.ask = ask;
    this.onTaken = onTaken;
    this.onChange = onChange;
    /** Whether the client is asked now. */
    this.asking = false;
    /** @type {string | null} Why it could not be done. */
    this.problem = null;
  }

  /** Asks the client whether they are sure, or leaves it. */
  toggleQuestion() {
    if (this.on || this.#taking) return;
    this.asking = !this.asking;
    this.problem = null;
    this.onChange();
  }

  async take() {
    if (this.on || this.#taking) return;
    this.#taking = true;
    const reply = await this.ask().catch(() => null);
    this.#taking = false;
    if (reply?.status === 200 && reply.answer?.off_record === true) {
      this.on = true;
      this.asking = false;
      this.problem = null;
      this.onTaken(reply.answer.tell);
    } else this.problem = reply?.answer?.error ?? FAILED;
    this.onChange();
  }

  /** @param {string} sentence What is true of it off the record. */
  trueOf(sentence) {
    return this.on ? sentence.replaceAll(KEPT, "") : sentence;
  }
}
