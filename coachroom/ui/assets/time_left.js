// The time a session has left by the server's clock: shown, told to the coach when it is short, and over.
import { announcement, leftLabel, remainingMs } from "./countdown.js";

const PAST_THE_END_MS = 10_000; // the server ends a session by itself; this is for when its word does not arrive
const WRONG_CLOCK_MS = 5000;

export class TimeLeft {
  #endsAt = null;
  #leftMs = null;
  #overtime = null;
  #warned = false;
  #skew = 0;

  /** show(label, announced); warn(): little is left, returns whether it was told; stop(): long past the end. */
  constructor({ clock, show, warn, stop }) {
    Object.assign(this, { clock, show, warn, stop });
  }

  /** The time runs from the coach's first answer, which the page's own data may not know yet. */
  endsAt(moment) {
    this.#endsAt = moment ?? this.#endsAt;
  }

  /** The time left is the server's: a clock that is wrong here must not end a session early. */
  serverSays(date) {
    const skew = Date.parse(date ?? "") - this.clock.now();
    if (Number.isFinite(skew)) this.#skew = Math.abs(skew) > WRONG_CLOCK_MS ? skew : 0;
  }

  tick({ ends_at: endsAt, warn_seconds: seconds }) {
    const now = this.clock.now() + this.#skew;
    const before = this.#leftMs;
    const after = remainingMs(this.#endsAt ?? endsAt, now);
    this.#leftMs = after;
    this.show(after === null ? null : leftLabel(after), announcement(before, after));
    if (after === null) return;
    if (after > seconds * 1000) this.#warned = false;
    else if (!this.#warned) this.#warned = this.warn();
    if (after > 0) this.#overtime = null;
    else this.#overtime ??= now;
    if (this.#overtime !== null && now - this.#overtime > PAST_THE_END_MS) this.stop();
  }
}
