// Permission to start one call: the server hands out a short-lived address, or a sentence.

const FRESH_MS = 10 * 60_000;
const LONGEST_WAIT_MS = 60_000;

export class Access {
  #url = null;
  #fetchedAt = 0;
  #asking = null;
  #failures = 0;

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

  /** An address is good for one call. */
  spend() {
    this.#fetchedAt = 0;
  }

  /** { url } · { problem, retryMs } · { over: status, problem } — one request at a time. */
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
      return { url: this.#url };
    }
    if ([403, 404, 410].includes(status)) return { over: status, problem: answer?.error ?? null };
    return this.#refused(
      answer?.error ?? "The coach is not available at the moment. We keep trying.",
      answer?.retry_after,
    );
  }

  #refused(problem, retryAfterSeconds) {
    this.#failures += 1;
    const told = Number(retryAfterSeconds) * 1000;
    return { problem, retryMs: told > 0 ? told : Math.min(1000 * 2 ** this.#failures, LONGEST_WAIT_MS) };
  }
}
