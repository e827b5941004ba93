// @ts-check
// How events are cut into request bodies. Pure: no network, no time.

/**
 * Something that happened in the room. `n` counts 1, 2, 3 … within one load of the page.
 * @typedef {{ n: number, at: string, kind: string, text?: unknown, truncated?: boolean, [field: string]: unknown }} RoomEvent
 */

/** What goes around the events: token, epoch, … @typedef {Record<string, unknown>} Envelope */

export const MAX_BODY_BYTES = 48 * 1024;
export const MAX_BEACON_BYTES = 60 * 1024; // browsers refuse beacons above 64 KiB in all
const MAX_CUT_CHARS = 12_000; // at most 4 bytes each once encoded
const CUT_MARK = "[…]"; // as the server's

const encoder = new TextEncoder();

/** The length in bytes. @param {string} text */
export const size = (text) => encoder.encode(text).length;

/**
 * A request's body.
 * @param {Envelope} envelope
 * @param {RoomEvent[]} events
 */
export const body = (envelope, events) => JSON.stringify({ ...envelope, events });

/**
 * The most events from the front whose body fits into `maxBytes`; empty when not even the first fits.
 * @param {Envelope} envelope
 * @param {RoomEvent[]} events
 * @param {number} maxBytes
 */
export function prefixThatFits(envelope, events, maxBytes) {
  let total = size(body(envelope, []));
  let count = 0;
  for (const event of events) {
    total += size(JSON.stringify(event)) + (count ? 1 : 0);
    if (total > maxBytes) break;
    count += 1;
  }
  return events.slice(0, count);
}

/**
 * The next request's events: those that fit, or one event alone however large it is.
 * @param {Envelope} envelope
 * @param {RoomEvent[]} events
 */
export function nextChunk(envelope, events) {
  const fitting = prefixThatFits(envelope, events, MAX_BODY_BYTES);
  return fitting.length ? fitting : events.slice(0, 1);
}

/**
 * What the last beacon of a closing page carries: the oldest events that fit, so that the server never sees a gap.
 * Where even the oldest is too large it is cut and marked, since a closing page has no second chance.
 * @param {Envelope} envelope
 * @param {RoomEvent[]} events
 */
export function finalBeaconEvents(envelope, events) {
  const fitting = prefixThatFits(envelope, events, MAX_BEACON_BYTES);
  if (fitting.length || !events.length) return fitting;
  return prefixThatFits(envelope, [shortened(events[0]), ...events.slice(1)], MAX_BEACON_BYTES);
}

// Half a character at the end would keep the server from seeing that the whole text begins with this.
/** @param {string} text */
const beginning = (text) => text.slice(0, MAX_CUT_CHARS).replace(/[\ud800-\udbff]$/, "");

/**
 * The event with its text cut and marked; the same event where its text is short.
 * @param {RoomEvent} event
 * @returns {RoomEvent}
 */
export function shortened(event) {
  if (typeof event.text !== "string" || event.text.length <= MAX_CUT_CHARS) return event;
  return { ...event, text: beginning(event.text) + CUT_MARK, truncated: true };
}
