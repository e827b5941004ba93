// @ts-check
// Whether the line to the agent's server still carries anything. A network that goes away does not close it: the server's
// pings stop, and after a change of network they never come back. No DOM.
import { SleepDetector } from "./sleep.js";
/** @import { Clock } from "./clock.js" */

const DEAD_MS = 8000; // the service sends something every two seconds
const DEAD_AFTER_RETURN_MS = 3000; // since the browser says that the network is back
const TIMES_LONGEST_GAP = 3; // a server that sends less often is given longer
const MIN_SIGNS = 3;

/** Watches one call after the other. */
export class LineWatch {
  #signs = 0;
  #heardAt = 0;
  #longestGap = 0;
  #returned = false;

  /** @param {{ clock: Clock, onDead: () => void }} parts onDead: called once a call. */
  constructor({ clock, onDead }) {
    this.clock = clock;
    this.onDead = onDead;
    this.sleep = new SleepDetector(clock.now());
  }

  /** A call begins. */
  begin() {
    this.#signs = this.#longestGap = 0;
    this.#heardAt = this.clock.now();
    this.#returned = false;
  }

  /** The agent's server sent something. */
  heard() {
    const now = this.clock.now();
    if (this.#signs > 0) this.#longestGap = Math.max(this.#longestGap, now - this.#heardAt);
    this.#signs += 1;
    this.#heardAt = now;
    this.#returned = false;
  }

  /** The browser says that the network is back: what is heard from now on tells whether the line came with it. */
  networkIsBack() {
    if (this.#signs < MIN_SIGNS) return;
    this.#heardAt = this.clock.now();
    this.#returned = true;
  }

  /** Call it each second. @param {boolean} inCall */
  tick(inCall) {
    const now = this.clock.now();
    if (this.sleep.slept(now)) this.#heardAt = now; // nothing was heard because nobody listened
    if (!inCall || this.#signs < MIN_SIGNS) return;
    const least = this.#returned ? DEAD_AFTER_RETURN_MS : DEAD_MS;
    if (now - this.#heardAt <= Math.max(least, TIMES_LONGEST_GAP * this.#longestGap)) return;
    this.#signs = 0;
    this.onDead();
  }
}
