// How events are cut into request bodies. Pure: no network, no time.

const encoder = new TextEncoder();
export const size = (text) => encoder.encode(text).length;

export const BODY_LIMIT = 48 * 1024;
export const BEACON_LIMIT = 60 * 1024; // browsers refuse beacons above 64 KiB in all
const CUT_TEXT = 12_000; // characters; at most 4 bytes each once encoded

export const body = (envelope, events) => JSON.stringify({ ...envelope, events });

/** The longest run of events from the front whose body fits; empty when not even the first does. */
export function prefixThatFits(envelope, events, limit) {
  let total = size(body(envelope, []));
  let count = 0;
  for (const event of events) {
    total += size(JSON.stringify(event)) + (count ? 1 : 0);
    if (total > limit) break;
    count += 1;
  }
  return events.slice(0, count);
}

/** The next request's events: what fits, or one event alone however large it is. */
export function nextChunk(envelope, events, limit = BODY_LIMIT) {
  const fitting = prefixThatFits(envelope, events, limit);
  return fitting.length ? fitting : events.slice(0, 1);
}

/**
 * What the last beacon carries: the oldest events that fit, so that the server never sees a gap.
 * When even the oldest is too large it goes cut and marked: a page that closes has no second chance.
 */
export function lastWords(envelope, events, limit = BEACON_LIMIT) {
  const fitting = prefixThatFits(envelope, events, limit);
  if (fitting.length || !events.length) return fitting;
  return prefixThatFits(envelope, [shortened(events[0]), ...events.slice(1)], limit);
}

export function shortened(event) {
  if (typeof event.text !== "string" || event.text.length <= CUT_TEXT) return event;
  return { ...event, text: event.text.slice(0, CUT_TEXT), truncated: true };
}
