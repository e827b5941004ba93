// @ts-check
// What a call is told. The server makes it when the call starts, so that it holds what was said until then.
import { sessionGoneMessage } from "./http.js";
/** @import { Reply } from "./http.js" */

const BUDGET_SPENT = 429;

/**
 * Background for the agent. Of two contexts with one id, the agent keeps the newer.
 * @typedef {object} Context
 * @property {string} id
 * @property {string} text
 */

/**
 * @typedef {object} CallBriefing
 * @property {Record<string, string | number>} variables They fill the agent's prompt and greeting.
 * @property {Context[]} contexts What the agent is sent once it listens.
 * @property {BudgetLimit | null} budget What makes the call shorter than the session.
 */

/** The server says that the session does not exist. Its message is a sentence for the client. */
export class SessionGoneError extends Error {}

/** The budget lets no call start. Its message is a sentence for the client. */
export class BudgetSpentError extends Error {}

/**
 * Why the time left in a call is short: whose budget allows no more, and when (ISO, UTC) there is more again.
 * @typedef {object} BudgetLimit
 * @property {"client_day" | "community_day" | "community_month"} period
 * @property {string} renewed_at
 * @property {number} seconds How long the call may last.
 */

/**
 * Asks the server for the briefing of a call that starts now. Throws where there is none: SessionGoneError where the
 * session does not exist, BudgetSpentError where the budget lets no call start.
 * @param {() => Promise<Reply>} ask Rejects when the network fails.
 * @returns {Promise<CallBriefing>}
 */
export async function fetchBriefing(ask) {
  const reply = await ask();
  const gone = sessionGoneMessage(reply);
  if (gone !== null) throw new SessionGoneError(gone);
  const { variables, contexts, budget = null, error } = reply.answer ?? {};
  if (reply.status === BUDGET_SPENT && typeof error === "string") throw new BudgetSpentError(error);
  if (reply.status !== 200 || !variables || !Array.isArray(contexts))
    throw new Error(error ?? `The briefing was answered with ${reply.status}.`);
  return { variables, contexts, budget };
}
