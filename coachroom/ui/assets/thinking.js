// @ts-check
// "I'm thinking": the agent is told to wait, and kept from speaking, until the client says a word. No DOM.
import { VoiceDetector } from "./voice.js";
/** @import { Clock } from "./clock.js" */

const BUSY_EVERY_MS = 1000; // the service waits two seconds after each
const MAX_MS = 5 * 60_000;
export const THINKS =
  'The client has pressed "I\'m thinking": say nothing and wait (skip_turn) until they speak or type again.';
export const THOUGHT = "The client is done thinking. Go on as soon as they have said something.";

/** One stretch of thinking after the other. */
export class Thinking {
  /** Whether the client is thinking. */
  active = false;
  #voice = new VoiceDetector();
  /** @type {number | null} */
  #timer = null;
  #since = 0;

  /**
   * @param {object} parts
   * @param {Clock} parts.clock
   * @param {(text: string) => void} parts.tell Tells the agent something that it need not answer.
   * @param {() => void} parts.busy Tells the agent that the client is busy.
   * @param {() => void} parts.onChange
   */
  constructor({ clock, tell, busy, onChange }) {
    this.clock = clock;
    this.tell = tell;
    this.busy = busy;
    this.onChange = onChange;
  }

  toggle() {
    if (this.active) this.stop();
    else this.#start();
  }

  /** A word was said, or the client presses again. */
  stop() {
    if (!this.active) return;
    this.cancel();
    this.tell(THOUGHT);
  }

  /** The call is over. */
  cancel() {
    if (!this.active) return;
    this.active = false;
    this.clock.cancel(this.#timer);
    this.onChange();
  }

  /** How loud the client is, 0 to 1. @param {number} level */
  hear(level) {
    if (!this.active) return;
    this.#voice.take(level, this.clock.now());
    if (this.#voice.heard) this.stop();
  }

  #start() {
    this.active = true;
    this.#voice = new VoiceDetector();
    this.#since = this.clock.now();
    this.tell(THINKS);
    this.busy();
    this.#timer = this.clock.every(BUSY_EVERY_MS, () => {
      if (this.clock.now() - this.#since < MAX_MS) this.busy();
      else this.stop();
    });
    this.onChange();
  }
}
