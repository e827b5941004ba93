// Permission to start one call: the server hands out a short-lived address, or a sentence.
import { goneFor } from "./http.js";

const FRESH_MS = 10 * 60_000;
const LONGEST_WAIT_MS = 60_000;

export class SignedUrl {
  #url = null;
  #fetchedAt = 0;
  #asking = null;
  #failures = 0;
  #notBefore = 0;

  /** ask() → Promise<{status, answer}> */
  constructor({ ask, now }) {
    Object.assign(this, { ask, now });
  }

  get url() {
    return this.#url;
  }

  get stale() {
    return !this.#url || this.now() - this.#fetchedAt > FRESH_MS;
  }

  /** A new address is wanted, and asking by itself is not too early (or pointless). */
  get due() {
    return this.stale && this.now() >= this.#notBefore;
  }

  /** An address is good for one call. */
  spend() {
    this.#fetchedAt = 0;
  }

  /** { url } · { problem, retryMs: null where only the person may try again } · { over } — one request at a time. */
  refresh() {
    this.#asking ??= this.#request().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #request() {
    let reply;
    try {
      reply = await this.ask();
    } catch {
      return this.#refused("The room cannot be reached at the moment. Your internet connection may be down.");
    }
    const { status, answer } = reply;
    if (status === 200 && typeof answer?.signed_url === "string") {
      this.#url = answer.signed_url;
      this.#fetchedAt = this.now();
      this.#failures = 0;
      this.#notBefore = 0;
      return { url: this.#url };
    }
    const gone = goneFor(reply);
    if (gone !== null) return { over: gone };
    return this.#refused(
      answer?.error ?? "The coach is not available at the moment. We keep trying.",
      answer?.retry_after,
    );
  }

  #refused(problem, retryAfterSeconds) {
    this.#failures += 1;
    const backoff = Math.min(1000 * 2 ** this.#failures, LONGEST_WAIT_MS);
    const told = Number(retryAfterSeconds) * 1000 || 0;
    const retryMs = retryAfterSeconds === null ? null : Math.max(told, backoff);
    this.#notBefore = this.now() + (retryMs ?? Infinity);
    return { problem, retryMs };
  }
}
