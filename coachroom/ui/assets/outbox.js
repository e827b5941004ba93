// @ts-check
// Carries the room's events to the server, at least once and in order. The server answers with the highest
// number it has stored; an event stays here and is sent again until then.
import { isoAt } from "./clock.js";
import { sessionGoneMessage } from "./http.js";
import {
  body,
  finalBeaconEvents,
  MAX_BEACON_BYTES,
  nextChunk,
  prefixThatFits,
  shortened,
} from "./payload.js";
/** @import { Clock } from "./clock.js" */
/** @import { Reply } from "./http.js" */
/** @import { Envelope, RoomEvent } from "./payload.js" */

const COALESCE_MS = 20;
const MIN_RETRY_MS = 500;
const MAX_RETRY_MS = 5000;
const BODY_REFUSED = new Set([400, 413, 422]);
const BODY_TOO_SLOW = 408;

/** The events that the server has not acknowledged. */
export class Outbox {
  /** @type {RoomEvent[]} */
  #events = [];
  #lastNumber = 0;
  #inFlight = false;
  /** @type {number | null} */
  #timer = null;
  #retryMs = MIN_RETRY_MS;
  #maxBatch = Infinity;
  /** @type {(() => void)[]} */
  #waiting = [];
  #closed = false;

  /**
   * @param {object} parts
   * @param {string} parts.epoch Names this load of the page.
   * @param {() => Record<string, unknown>} parts.identity What goes around the events: token, conversation id.
   * @param {(text: string) => Promise<Reply>} parts.post Rejects when the network fails.
   * @param {(text: string) => unknown} parts.beacon
   * @param {Clock} parts.clock
   * @param {(answer: any) => void} [parts.onAnswer] Gets each acknowledgement.
   * @param {(sentence: string) => void} [parts.onGone] Called when the session does not exist.
   */
  constructor({ epoch, identity, post, beacon, clock, onAnswer = () => {}, onGone = () => {} }) {
    this.epoch = epoch;
    this.identity = identity;
    this.post = post;
    this.beacon = beacon;
    this.clock = clock;
    this.onAnswer = onAnswer;
    this.onGone = onGone;
  }

  /** How many events wait for their acknowledgement. */
  get pending() {
    return this.#events.length;
  }

  /**
   * Numbers an event and sends it soon.
   * @param {string} kind
   * @param {Record<string, unknown>} [fields]
   * @returns {RoomEvent}
   */
  add(kind, fields = {}) {
    const event = { n: ++this.#lastNumber, at: isoAt(this.clock.now()), kind, ...fields };
    if (this.#closed) return event;
    this.#events.push(event);
    if (!this.#inFlight && this.#timer === null) this.#sendAfter(COALESCE_MS);
    return event;
  }

  /**
   * Asks how the session stands when there is nothing to tell; the answer goes where all answers go.
   * @returns {Promise<boolean>} Whether there was an answer.
   */
  async ask() {
    if (this.#closed) return true;
    const reply = await this.post(body(this.#envelope("ask"), [])).catch(() => null);
    const gone = sessionGoneMessage(reply);
    if (gone !== null) {
      this.close();
      this.onGone(gone);
    } else if (reply?.status === 200) this.onAnswer(reply.answer);
    return gone !== null || reply?.status === 200;
  }

  /**
   * Resolves when nothing is waiting, or when the time is up.
   * @param {number} withinMs
   * @returns {Promise<void>}
   */
  flushed(withinMs) {
    if (!this.#events.length || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.clock.after(withinMs, () => resolve());
      this.#waiting.push(() => {
        this.clock.cancel(timer);
        resolve();
      });
    });
  }

  /**
   * Sends what waits by beacon, for a page that may be about to close. Events stay until they are acknowledged.
   * @param {string} why
   * @param {{ final: boolean }} page final: it closes, so that an event too large for a beacon is cut.
   */
  sendBeacon(why, { final }) {
    if (this.#closed || !this.#events.length) return;
    const envelope = this.#envelope(why);
    const events = final
      ? finalBeaconEvents(envelope, this.#events)
      : prefixThatFits(envelope, this.#events, MAX_BEACON_BYTES);
    if (events.length) this.beacon(body(envelope, events));
  }

  close() {
    this.#closed = true;
    this.clock.cancel(this.#timer);
    this.#timer = null;
    this.#events = [];
    this.#resolveWaiting();
  }

  /**
   * @param {string} why
   * @returns {Envelope}
   */
  #envelope(why) {
    // The server compares sent_at with its own clock: how wrong ours is, and how long a resent event was on its way.
    return { ...this.identity(), epoch: this.epoch, why, sent_at: isoAt(this.clock.now()) };
  }

  /** @param {number} ms */
  #sendAfter(ms) {
    this.clock.cancel(this.#timer);
    this.#timer = this.clock.after(ms, () => {
      this.#timer = null;
      this.#send();
    });
  }

  async #send() {
    if (this.#inFlight || this.#closed || !this.#events.length) return;
    this.#inFlight = true;
    const envelope = this.#envelope("live");
    const chunk = nextChunk(envelope, this.#events.slice(0, this.#maxBatch));
    // Offline, restarting, timed out: the same as any other answer without an acknowledgement.
    const reply = await this.post(body(envelope, chunk)).catch(() => null);
    this.#inFlight = false;
    if (!this.#closed) this.#handle(reply, chunk);
  }

  /**
   * @param {Reply | null} reply
   * @param {RoomEvent[]} chunk
   */
  #handle(reply, chunk) {
    const gone = sessionGoneMessage(reply);
    if (gone !== null) {
      this.close();
      this.onGone(gone);
    } else if (reply && BODY_REFUSED.has(reply.status)) {
      this.#isolate(chunk);
      this.#sendAfter(this.#nextDelay());
    } else if (reply?.status === BODY_TOO_SLOW) {
      // Less comes in time; one event is sent again as it is, since the network may get better.
      if (chunk.length > 1) this.#isolate(chunk);
      this.#sendAfter(this.#nextDelay());
    } else {
      this.#acknowledge(reply?.status === 200 ? Number(reply.answer?.ack) : NaN);
      if (reply?.status === 200) this.onAnswer(reply.answer);
    }
  }

  /** @param {number} number The highest that is stored, or NaN. */
  #acknowledge(number) {
    const before = this.#events.length;
    if (number >= 0) this.#events = this.#events.filter((event) => event.n > number);
    if (this.#events.length < before) {
      this.#retryMs = MIN_RETRY_MS;
      this.#maxBatch = Infinity;
      if (this.#events.length) this.#sendAfter(0);
    } else {
      this.#sendAfter(this.#nextDelay());
    }
    if (!this.#events.length) this.#resolveWaiting();
  }

  /**
   * A body that the server refuses is halved; a single event is cut, and dropped when even that is refused.
   * @param {RoomEvent[]} chunk
   */
  #isolate(chunk) {
    if (chunk.length > 1) {
      this.#maxBatch = Math.floor(chunk.length / 2);
      return;
    }
    const [event] = chunk;
    const cut = shortened(event);
    if (cut === event || event.truncated) this.#events = this.#events.filter((other) => other.n !== event.n);
    else this.#events = this.#events.map((other) => (other.n === event.n ? cut : other));
  }

  #nextDelay() {
    const delay = this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
    return delay;
  }

  #resolveWaiting() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
