// The tools the agent may use during a call: each asks our server, and the answer goes back to the agent.
const PAUSES_MS = [0, 400, 800, 1600, 2400];
const WITHIN_MS = 6000;
const FINAL = new Set([400, 403, 404, 413, 422]);
const NOT_NOW = "The app could not do this now. Go on without it.";

export class ClientTools {
  /**
   * ask(request) → Promise<{status, answer}>, rejects when the network fails; before() → Promise: what must be on
   * its way first; onAnswer(answer): every answer of the server, however late.
   */
  constructor({ ask, clock, newId, before = async () => {}, onAnswer = () => {} }) {
    Object.assign(this, { ask, clock, newId, before, onAnswer });
  }

  /** What a call's config takes: one function for each name. */
  functions(names) {
    return Object.fromEntries(names.map((name) => [name, (parameters) => this.use(name, parameters)]));
  }

  /** The server's sentence for the agent; throws it where the server refused, or did not answer in time. */
  async use(name, parameters) {
    // One id for all attempts, so that none is done twice.
    const request = { call_id: this.newId(), name, parameters: parameters ?? {} };
    let timer;
    const late = new Promise((resolve) => {
      timer = this.clock.after(WITHIN_MS, () => resolve({ is_error: true, result: NOT_NOW }));
    });
    const answer = await Promise.race([this.#untilAnswered(request), late]);
    this.clock.cancel(timer);
    if (answer.is_error) throw new Error(answer.result);
    return answer.result;
  }

  async #untilAnswered(request) {
    await this.before();
    for (const pause of PAUSES_MS) {
      if (pause) await new Promise((resolve) => this.clock.after(pause, resolve));
      const reply = await this.ask(request).catch(() => null);
      if (reply?.status === 200 && typeof reply.answer?.result === "string") {
        this.onAnswer(reply.answer);
        return reply.answer;
      }
      if (FINAL.has(reply?.status)) return { is_error: true, result: reply.answer?.error ?? NOT_NOW };
    }
    return { is_error: true, result: NOT_NOW };
  }
}
