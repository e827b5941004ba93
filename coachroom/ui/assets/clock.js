// One place for what tests replace: time, timers and chance.
export const clock = {
  now: () => Date.now(),
  after: (ms, f) => setTimeout(f, ms),
  every: (ms, f) => setInterval(f, ms),
  cancel: (timer) => clearTimeout(timer), // clears intervals as well
};

export const isoAt = (ms) => new Date(ms).toISOString();

export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
