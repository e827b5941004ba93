// @ts-check
// The tools that the agent may use during a call: each asks our server, whose answer goes back to the agent.
import { pause } from "./clock.js";
/** @import { Clock } from "./clock.js" */
/** @import { Reply } from "./http.js" */
/** @import { Note } from "./component_data.js" */

const RETRY_PAUSES_MS = [0, 400, 800, 1600, 2400];
const MAX_ANSWER_MS = 6000;
const FINAL_STATUSES = new Set([400, 403, 404, 413, 422]);
const NOT_NOW = "The app could not do this now. Go on without it.";

/**
 * @typedef {object} ToolAnswer
 * @property {string} result The sentence for the agent.
 * @property {boolean} is_error
 * @property {Note | null} [note] What was noted.
 * @property {string | null} [stage] The stage that was reached.
 */

/** @typedef {{ call_id: string, name: string, parameters: object }} ToolRequest */

/** Runs the agent's tools on our server. */
export class ClientTools {
  /**
   * @param {object} parts
   * @param {(request: ToolRequest) => Promise<Reply>} parts.ask Rejects when the network fails.
   * @param {Clock} parts.clock
   * @param {() => string} parts.newId
   * @param {() => Promise<unknown>} [parts.before] What is waited for before the server is asked.
   * @param {(answer: ToolAnswer) => void} [parts.onAnswer] Gets every answer of the server, also a late one.
   */
  constructor({ ask, clock, newId, before = async () => {}, onAnswer = () => {} }) {
    this.ask = ask;
    this.clock = clock;
    this.newId = newId;
    this.before = before;
    this.onAnswer = onAnswer;
  }

  /**
   * One function for each name, as a call's config takes them.
   * @param {string[]} names
   */
  functions(names) {
    return Object.fromEntries(
      names.map((name) => [name, (/** @type {object} */ parameters) => this.use(name, parameters)]),
    );
  }

  /**
   * The server's sentence for the agent; throws it where the server refuses, or does not answer in time.
   * @param {string} name
   * @param {object} [parameters]
   */
  async use(name, parameters) {
    // One id for all attempts, so that the server runs the tool once.
    const request = { call_id: this.newId(), name, parameters: parameters ?? {} };
    let timer = 0;
    /** @type {Promise<ToolAnswer>} */
    const late = new Promise((resolve) => {
      timer = this.clock.after(MAX_ANSWER_MS, () => resolve({ is_error: true, result: NOT_NOW }));
    });
    const answer = await Promise.race([this.#untilAnswered(request), late]);
    this.clock.cancel(timer);
    if (answer.is_error) throw new Error(answer.result);
    return answer.result;
  }

  /**
   * @param {ToolRequest} request
   * @returns {Promise<ToolAnswer>}
   */
  async #untilAnswered(request) {
    await this.before();
    for (const ms of RETRY_PAUSES_MS) {
      if (ms) await pause(this.clock, ms);
      const reply = await this.ask(request).catch(() => null);
      if (reply?.status === 200 && typeof reply.answer?.result === "string") {
        this.onAnswer(reply.answer);
        return reply.answer;
      }
      if (reply && FINAL_STATUSES.has(reply.status))
        return { is_error: true, result: reply.answer?.error ?? NOT_NOW };
    }
    return { is_error: true, result: NOT_NOW };
  }
}
