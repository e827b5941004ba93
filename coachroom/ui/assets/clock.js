// @ts-check
// Time, timers and random ids: the one place that tests replace.

/** @typedef {typeof clock} Clock */

/** The browser's clock and timers; all times are in milliseconds. */
export const clock = {
  now: () => Date.now(),
  /** For durations: never set back or forward. */
  steady: () => performance.now(),
  /** @type {(ms: number, f: () => void) => number} */
  after: (ms, f) => setTimeout(f, ms),
  /** @type {(ms: number, f: () => void) => number} */
  every: (ms, f) => setInterval(f, ms),
  /** Clears timeouts and intervals. @type {(timer: number | null) => void} */
  cancel: (timer) => clearTimeout(timer ?? undefined),
};

/** A promise that resolves after `ms`. @type {(clock: Clock, ms: number) => Promise<void>} */
export const pause = (clock, ms) => new Promise((resolve) => clock.after(ms, () => resolve()));

/** A time as ISO 8601 in UTC. @type {(ms: number) => string} */
export const isoAt = (ms) => new Date(ms).toISOString();

/** 24 random hexadecimal digits. */
export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
