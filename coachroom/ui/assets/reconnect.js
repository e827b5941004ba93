// @ts-check
// Takes up a call whose line broke, by itself: it waits until our server can be reached, then tries some times. No DOM.
/** @import { Clock } from "./clock.js" */

const MAX_TRIES = 3;
const LOOK_AFTER_MS = 200; // since the line broke
const PAUSES_MS = [0, 1300, 3800]; // before the first, second and third try, where the network was there all along
const LOOK_EVERY_MS = 500; // while our server cannot be reached
const MAX_AWAY_MS = 10 * 60_000;
const STEADY_MS = 10_000; // a call that stood so long was taken up

/** One broken line after the other. */
export class Reconnect {
  #tries = 0;
  /** Names the one run that may go on. */
  #run = 0;
  /** @type {number | null} */
  #timer = null;
  /** @type {(() => void) | null} Ends the pause between two looks. */
  #lookNow = null;

  /**
   * @param {object} parts
   * @param {Clock} parts.clock
   * @param {() => Promise<boolean>} parts.reachable Whether our server answers.
   * @param {() => Promise<boolean>} parts.start Starts a call; whether one began.
   * @param {() => void} parts.onChange
   */
  constructor({ clock, reachable, start, onChange }) {
    this.clock = clock;
    this.reachable = reachable;
    this.start = start;
    this.onChange = onChange;
    /** Whether a call is being taken up. */
    this.active = false;
    /** Whether it waits for the network. */
    this.away = false;
  }

  /** A call broke off, or a try to take it up failed. */
  lineBroke() {
    if (this.#tries >= MAX_TRIES) {
      this.stop();
      return;
    }
    this.active = true;
    this.clock.cancel(this.#timer);
    const run = ++this.#run;
    this.#timer = this.clock.after(LOOK_AFTER_MS, () => this.#goOn(run));
    this.onChange();
  }

  /** The call stands. */
  stands() {
    this.#run += 1;
    this.clock.cancel(this.#timer);
    this.#timer = this.clock.after(STEADY_MS, () => (this.#tries = 0));
    this.#set({ active: false, away: false });
  }

  /** From now on only the person starts a call. */
  stop() {
    this.#run += 1;
    this.#tries = 0;
    this.clock.cancel(this.#timer);
    this.#lookNow?.();
    this.#set({ active: false, away: false });
  }

  /** The network may be back: looks at once. */
  wake() {
    this.#lookNow?.();
  }

  /** @param {number} run */
  async #goOn(run) {
    const found = await this.#found(run);
    if (run !== this.#run) return;
    if (!found) {
      this.stop();
      return;
    }
    this.#set({ away: false });
    if (this.#tries > 0) await this.#pause(PAUSES_MS[this.#tries]);
    if (run !== this.#run) return;
    this.#tries += 1;
    const began = await this.start();
    if (!began && run === this.#run) this.lineBroke();
  }

  /** Waits until our server answers; false where it does not. @param {number} run */
  async #found(run) {
    const since = this.clock.now();
    while (run === this.#run && this.clock.now() - since < MAX_AWAY_MS) {
      if (await this.reachable()) return true;
      if (run !== this.#run) return false;
      this.#tries = 0; // no try is lost on a network that is away
      this.#set({ away: true });
      await this.#pause(LOOK_EVERY_MS);
    }
    return false;
  }

  /** @param {number} ms Less where somebody wants to go on at once. */
  #pause(ms) {
    return new Promise((resolve) => {
      const timer = this.clock.after(ms, () => this.#lookNow?.());
      this.#lookNow = () => {
        this.#lookNow = null;
        this.clock.cancel(timer);
        resolve(undefined);
      };
    });
  }

  /** @param {{ active?: boolean, away?: boolean }} state */
  #set({ active = this.active, away = this.away }) {
    if (active === this.active && away === this.away) return;
    this.active = active;
    this.away = away;
    this.onChange();
  }
}
