// The time left, as words. Pure.

export function remainingMs(endsAt, now) {
  if (!endsAt) return null;
  // A time without a zone is UTC: that is how the server writes it.
  const written = /(?:Z|[+-]\d\d:?\d\d)$/.test(endsAt) ? endsAt : `${endsAt}Z`;
  const end = Date.parse(written);
  return Number.isNaN(end) ? null : Math.max(0, end - now);
}

export function leftLabel(ms) {
  if (ms <= 0) return "Time is up";
  const seconds = Math.ceil(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (value) => String(value).padStart(2, "0");
  return hours
    ? `${hours}:${two(minutes)}:${two(seconds % 60)} left`
    : `${minutes}:${two(seconds % 60)} left`;
}

const ANNOUNCED = [
  [180_000, "Three minutes left."],
  [60_000, "One minute left."],
  [0, "Time is up."],
];

/** What to say aloud when the time left went from `before` to `after`; silence most of the time. */
export function announcement(before, after) {
  if (before === null || after === null) return null;
  const passed = ANNOUNCED.filter(([mark]) => before > mark && after <= mark);
  return passed.length ? passed.at(-1)[1] : null;
}
