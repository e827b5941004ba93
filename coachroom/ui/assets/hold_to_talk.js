// @ts-check
// Hold to talk: the agent hears the client only while a key or a button is held, and does not speak meanwhile. No DOM.
/** @import { Clock } from "./clock.js" */

const BUSY_EVERY_MS = 1000; // the service waits two seconds after each

/** The choice, and whether it is held. */
export class HoldToTalk {
  held = false;
  /** @type {number | null} */
  #timer = null;

  /**
   * @param {object} parts
   * @param {Clock} parts.clock
   * @param {boolean} parts.on Whether it was chosen.
   * @param {(closed: boolean) => void} parts.gate Closes the microphone, or opens it.
   * @param {() => void} parts.busy Tells the agent that the client is busy.
   * @param {() => void} parts.onChange
   */
  constructor({ clock, on, gate, busy, onChange }) {
    this.clock = clock;
    this.on = on;
    this.gate = gate;
    this.busy = busy;
    this.onChange = onChange;
    gate(on);
  }

  toggle() {
    this.release();
    this.on = !this.on;
    this.gate(this.on);
    this.onChange();
  }

  press() {
    if (!this.on || this.held) return;
    this.held = true;
    this.gate(false);
    this.busy();
    this.#timer = this.clock.every(BUSY_EVERY_MS, () => this.busy());
    this.onChange();
  }

  release() {
    if (!this.held) return;
    this.held = false;
    this.clock.cancel(this.#timer);
    this.gate(true);
    this.onChange();
  }
}
