// @ts-check
// What a call is told. The server makes it when the call starts, so that it holds what was said until then.
import { sessionGoneMessage } from "./http.js";
/** @import { Reply } from "./http.js" */

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
 */

/** The server says that the session does not exist. Its message is a sentence for the client. */
export class SessionGoneError extends Error {}

/**
 * Asks the server for the briefing of a call that starts now. Throws where there is none, SessionGoneError where the
 * session does not exist.
 * @param {() => Promise<Reply>} ask Rejects when the network fails.
 * @returns {Promise<CallBriefing>}
 */
export async function fetchBriefing(ask) {
  const reply = await ask();
  const gone = sessionGoneMessage(reply);
  if (gone !== null) throw new SessionGoneError(gone);
  const { variables, contexts } = reply.answer ?? {};
  if (reply.status !== 200 || !variables || !Array.isArray(contexts))
    throw new Error(reply.answer?.error ?? `The briefing was answered with ${reply.status}.`);
  return { variables, contexts };
}
