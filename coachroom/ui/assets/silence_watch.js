// @ts-check
// Whether the agent answers: after the client's words it is to be heard or read within some seconds. No DOM.
import { SleepDetector } from "./sleep.js";
import { hasWords } from "./words.js";
/** @import { Clock } from "./clock.js" */

const SAY_MS = 6000;
const ASK_MS = 10_000;
const GIVE_UP_MS = 15_000;
const MAX_LATER_MS = 20_000; // in a noisy room somebody seems to speak for ever

/** @typedef {"late" | "asked"} Silence The client reads that it takes long; the agent was asked once more. */

/** Watches one answer after the other. */
export class SilenceWatch {
  /** @type {number | null} Since when an answer is due. */
  #since = null;
  #saidAt = 0;
  #answeredUpTo = 0; // the latest event of this call that the agent answered

  /**
   * @param {object} parts
   * @param {Clock} parts.clock
   * @param {() => void} parts.ask Asks the agent once more.
   * @param {() => void} parts.giveUp Gives up this call.
   * @param {() => void} parts.onChange
   */
  constructor({ clock, ask, giveUp, onChange }) {
    this.clock = clock;
    this.ask = ask;
    this.giveUp = giveUp;
    this.onChange = onChange;
    this.sleep = new SleepDetector(clock.now());
    /** @type {Silence | null} */
    this.silence = null;
  }

  /**
   * Takes in one of the bridge's events.
   * @param {string} kind
   * @param {Record<string, any>} event
   */
  take(kind, { sender, text, event_id: event = null }) {
    if (kind !== "turn") return;
    if (sender === "agent") {
      this.#answeredUpTo = Math.max(this.#answeredUpTo, event ?? 0);
      this.answered();
    } else if (event !== null && event <= this.#answeredUpTo)
      return; // the words came after their answer
    else if (hasWords(text)) {
      this.#saidAt = this.clock.now();
      this.#begin(this.#saidAt);
    }
  }

  /** A call begins, whose events are numbered anew. */
  callBegins() {
    this.#answeredUpTo = 0;
    this.answered();
  }

  /** The agent is heard or read, or the call is over: nothing is due. */
  answered() {
    this.#begin(null);
  }

  /** The agent works, or the client speaks on: the answer is due later. */
  later() {
    const now = this.clock.now();
    if (this.#since === null || this.silence === "asked" || now - this.#saidAt > MAX_LATER_MS) return;
    this.#begin(now);
  }

  /** Call it each second. @param {boolean} waiting Whether an agent is there that may speak. */
  tick(waiting) {
    const now = this.clock.now();
    const slept = this.sleep.slept(now);
    if (!waiting) this.answered();
    // Nothing could be heard meanwhile.
    else if (slept && this.#since !== null) this.#begin(now);
    if (this.#since === null) return;
    const ms = now - this.#since;
    if (ms >= GIVE_UP_MS) {
      this.answered();
      this.giveUp();
    } else if (ms >= ASK_MS && this.silence !== "asked") {
      this.#show("asked");
      this.ask();
    } else if (ms >= SAY_MS && this.silence === null) this.#show("late");
  }

  /** @param {number | null} since */
  #begin(since) {
    this.#since = since;
    if (this.silence !== null) this.#show(null);
  }

  /** @param {Silence | null} silence */
  #show(silence) {
    this.silence = silence;
    this.onChange();
  }
}
