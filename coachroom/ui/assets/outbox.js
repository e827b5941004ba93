// Carries what happened in the room to the server, at least once and in order. The server answers
// with the highest number it has stored; until then an event stays here and is sent again.
import { isoAt } from "./clock.js";
import { goneFor } from "./http.js";
import { body, lastWords, nextChunk, prefixThatFits, BEACON_LIMIT, shortened } from "./payload.js";

const COALESCE_MS = 20;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
const INDIGESTIBLE = new Set([400, 413, 422]);

export class Outbox {
  #events = [];
  #lastNumber = 0;
  #inFlight = false;
  #timer = null;
  #retryMs = FIRST_RETRY_MS;
  #batchLimit = Infinity;
  #waiting = [];
  #closed = false;

  /**
   * post(text) → Promise<{status, answer}>, rejects when the network fails; beacon(text) → boolean;
   * identity() → what goes around the events (token, conversation id); onAnswer(answer), onOver(sentence).
   */
  constructor({ epoch, identity, post, beacon, clock, onAnswer = () => {}, onOver = () => {} }) {
    Object.assign(this, { epoch, identity, post, beacon, clock, onAnswer, onOver });
  }

  get pending() {
    return this.#events.length;
  }

  add(kind, fields = {}) {
    const event = { n: ++this.#lastNumber, at: isoAt(this.clock.now()), kind, ...fields };
    if (this.#closed) return event;
    this.#events.push(event);
    if (!this.#inFlight && this.#timer === null) this.#sendAfter(COALESCE_MS);
    return event;
  }

  /** Resolves when nothing is waiting, or when the time is up. */
  flushed(withinMs) {
    if (!this.#events.length || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.clock.after(withinMs, resolve);
      this.#waiting.push(() => {
        this.clock.cancel(timer);
        resolve();
      });
    });
  }

  /** For a page that may be about to go. Nothing counts as delivered: the resend stays armed. */
  lastWords(why, { final }) {
    if (this.#closed || !this.#events.length) return;
    const envelope = this.#envelope(why);
    const events = final
      ? lastWords(envelope, this.#events)
      : prefixThatFits(envelope, this.#events, BEACON_LIMIT);
    if (events.length) this.beacon(body(envelope, events));
  }

  close() {
    this.#closed = true;
    this.clock.cancel(this.#timer);
    this.#timer = null;
    this.#events = [];
    this.#release();
  }

  #envelope(why) {
    // With its own time the server sees how wrong this clock is, and how long a resent event was on its way.
    return { ...this.identity(), epoch: this.epoch, why, sent_at: isoAt(this.clock.now()) };
  }

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
    const chunk = nextChunk(envelope, this.#events.slice(0, this.#batchLimit));
    let reply = null;
    try {
      reply = await this.post(body(envelope, chunk));
    } catch {
      // Offline, restarting, timed out: the same as any other answer without an acknowledgement.
    }
    this.#inFlight = false;
    if (!this.#closed) this.#settle(reply, chunk);
  }

  #settle(reply, chunk) {
    const gone = goneFor(reply);
    if (gone !== null) {
      this.close();
      this.onOver(gone);
      return;
    }
    if (reply && INDIGESTIBLE.has(reply.status)) {
      this.#isolate(chunk);
      this.#sendAfter(this.#nextDelay());
      return;
    }
    const acknowledged = reply?.status === 200 ? Number(reply.answer?.ack) : NaN;
    const before = this.#events.length;
    if (acknowledged >= 0) this.#events = this.#events.filter((event) => event.n > acknowledged);
    if (this.#events.length < before) {
      this.#retryMs = FIRST_RETRY_MS;
      this.#batchLimit = Infinity;
      if (this.#events.length) this.#sendAfter(0);
    } else {
      this.#sendAfter(this.#nextDelay());
    }
    if (!this.#events.length) this.#release();
    if (reply?.status === 200) this.onAnswer(reply.answer);
  }

  /** A body the server cannot take: halve it, then shorten the one event, then let that one go. */
  #isolate(chunk) {
    if (chunk.length > 1) {
      this.#batchLimit = Math.floor(chunk.length / 2);
      return;
    }
    const [event] = chunk;
    const cut = shortened(event);
    if (cut === event || event.truncated) this.#events = this.#events.filter((other) => other.n !== event.n);
    else this.#events = this.#events.map((other) => (other.n === event.n ? cut : other));
  }

  #nextDelay() {
    const delay = this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
    return delay;
  }

  #release() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
