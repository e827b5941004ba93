// @ts-check
// The countdown to the session's end, by the server's clock. agent_view.js draws it.
/** @import { Clock } from "./clock.js" */

const STOP_AFTER_MS = 10_000; // the server ends the session by itself; this is for when that news does not arrive
const MIN_WRONG_CLOCK_MS = 5000;
/** @type {[number, string][]} */
const ANNOUNCEMENTS = [
  [180_000, "Three minutes left."],
  [60_000, "One minute left."],
  [0, "Time is up."],
];

/** Shows the time that is left, warns the agent when it is short, and stops the call when it is over. */
export class Countdown {
  /** @type {string | null | undefined} What the server's latest answer says; undefined before the first. */
  #endsAt = undefined;
  /** @type {number | null} */
  #leftMs = null;
  /** @type {number | null} */
  #overSince = null;
  #warned = false;
  #skewMs = 0;

  /**
   * @param {object} parts
   * @param {Clock} parts.clock
   * @param {(label: string | null, announcement: string | null, leftMs: number | null) => void} parts.show
   * @param {(leftMs: number) => boolean} parts.warn Called when little time is left; returns whether the agent was warned.
   * @param {() => void} parts.stop Called when the end is long past.
   */
  constructor({ clock, show, warn, stop }) {
    this.clock = clock;
    this.show = show;
    this.warn = warn;
    this.stop = stop;
  }

  /**
   * The end as the server's latest answer has it: newer than the page's own data. Null while the clock stands still.
   * @param {string | null} endsAt
   */
  setEnd(endsAt) {
    this.#endsAt = endsAt;
  }

  /**
   * Corrects a wrong clock of this machine, which must not end a session early.
   * @param {string | null | undefined} date A Date header.
   */
  setServerDate(date) {
    const skew = Date.parse(date ?? "") - this.clock.now();
    if (Number.isFinite(skew)) this.#skewMs = Math.abs(skew) > MIN_WRONG_CLOCK_MS ? skew : 0;
  }

  /** Whether the time is up, as of the last look. */
  get isUp() {
    return this.#leftMs !== null && this.#leftMs <= 0;
  }

  /** @param {{ ends_at: string | null, warn_seconds: number }} data */
  tick({ ends_at: endsAt, warn_seconds: warnSeconds }) {
    const now = this.clock.now() + this.#skewMs;
    const before = this.#leftMs;
    const after = remainingMs(this.#endsAt === undefined ? endsAt : this.#endsAt, now);
    this.#leftMs = after;
    this.show(after === null ? null : leftLabel(after), announcement(before, after), after);
    if (after === null) return;
    if (after > warnSeconds * 1000) this.#warned = false;
    else if (!this.#warned) this.#warned = this.warn(after);
    if (after > 0) this.#overSince = null;
    else this.#overSince ??= now;
    if (this.#overSince !== null && now - this.#overSince > STOP_AFTER_MS) this.stop();
  }
}

/**
 * Milliseconds until `endsAt`, 0 when it is past; null where there is no such time.
 * @param {string | null} endsAt
 * @param {number} now
 */
export function remainingMs(endsAt, now) {
  if (!endsAt) return null;
  // The server writes UTC without a zone.
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/.test(endsAt) ? endsAt : `${endsAt}Z`;
  const end = Date.parse(zoned);
  return Number.isNaN(end) ? null : Math.max(0, end - now);
}

/**
 * The time left, as the page shows it.
 * @param {number} ms
 */
export function leftLabel(ms) {
  if (ms <= 0) return "Time is up";
  const seconds = Math.ceil(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  return hours
    ? `${hours}:${two(minutes)}:${two(seconds % 60)} left`
    : `${minutes}:${two(seconds % 60)} left`;
}

/**
 * What a screen reader says when the time left went from `before` to `after`; mostly null.
 * @param {number | null} before
 * @param {number | null} after
 */
export function announcement(before, after) {
  if (before === null || after === null) return null;
  const passed = ANNOUNCEMENTS.filter(([mark]) => before > mark && after <= mark);
  return passed.at(-1)?.[1] ?? null;
}
