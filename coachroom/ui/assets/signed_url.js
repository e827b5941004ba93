// @ts-check
// The signed address that each call needs: the server hands it out, or says why not.
import { sessionGoneMessage } from "./http.js";
/** @import { Reply } from "./http.js" */

const MAX_AGE_MS = 10 * 60_000;
const MAX_RETRY_MS = 60_000;
const UNREACHABLE = "The room cannot be reached at the moment. Your internet connection may be down.";
const UNAVAILABLE = "The coach is not available at the moment. We keep trying.";

/**
 * An address; or a problem and when to try again (null: when the person asks); or a session that does not exist.
 * @typedef {{ url: string } | { problem: string, retryMs: number | null } | { gone: string }} UrlResult
 */

/** Fetches signed addresses, one request at a time, and keeps the latest. */
export class SignedUrl {
  /** @type {string | null} */
  #url = null;
  #fetchedAt = 0;
  /** @type {Promise<UrlResult> | null} */
  #request = null;
  #failures = 0;
  #notBefore = 0;

  /** @param {{ ask: () => Promise<Reply>, now: () => number }} parts ask: rejects when the network fails. */
  constructor({ ask, now }) {
    this.ask = ask;
    this.now = now;
  }

  get url() {
    return this.#url;
  }

  /** Whether a new address is needed. */
  get stale() {
    return !this.#url || this.now() - this.#fetchedAt > MAX_AGE_MS;
  }

  /** Whether a new address is needed and it is time to ask for it unasked. */
  get due() {
    return this.stale && this.now() >= this.#notBefore;
  }

  /** An address is good for one call. */
  markUsed() {
    this.#fetchedAt = 0;
  }

  /** Asks the server; callers that come meanwhile get the same answer. */
  refresh() {
    this.#request ??= this.#fetch().finally(() => {
      this.#request = null;
    });
    return this.#request;
  }

  /** @returns {Promise<UrlResult>} */
  async #fetch() {
    const reply = await this.ask().catch(() => null);
    if (!reply) return this.#failed(UNREACHABLE);
    const { status, answer } = reply;
    if (status === 200 && typeof answer?.signed_url === "string") {
      this.#failures = 0;
      this.#notBefore = 0;
      this.#fetchedAt = this.now();
      this.#url = /** @type {string} */ (answer.signed_url);
      return { url: this.#url };
    }
    const gone = sessionGoneMessage(reply);
    if (gone !== null) return { gone };
    return this.#failed(answer?.error ?? UNAVAILABLE, answer?.retry_after);
  }

  /**
   * @param {string} problem
   * @param {number | null} [retryAfterSeconds] How long the server asks to wait; null where trying again is pointless.
   */
  #failed(problem, retryAfterSeconds) {
    this.#failures += 1;
    const backoff = Math.min(1000 * 2 ** this.#failures, MAX_RETRY_MS);
    const asked = Number(retryAfterSeconds) * 1000 || 0;
    const retryMs = retryAfterSeconds === null ? null : Math.max(asked, backoff);
    this.#notBefore = this.now() + (retryMs ?? Infinity);
    return { problem, retryMs };
  }
}
