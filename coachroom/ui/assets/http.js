// @ts-check
// The two ways to the server: fetch while the page lives, a beacon, which can set no header, when it goes.

/**
 * @typedef {object} Reply
 * @property {number} status
 * @property {any} answer The body, where it is JSON; otherwise null.
 * @property {string | null} [date] The server's clock, as in the Date header.
 */

/** A large body takes a while on a slow network. @param {string} text */
const timeoutFor = (text) => (text.length > 64_000 ? 120_000 : 20_000);

/**
 * Posts JSON; rejects when the network fails or the server takes too long.
 * @param {string} url
 * @param {string} text
 * @param {string} token Says which session the page is for before the server reads the body.
 * @returns {Promise<Reply>}
 */
export async function postJson(url, text, token) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "coachroom-token": token },
    body: text,
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(timeoutFor(text)),
  });
  const answer = await response.json().catch(() => null);
  return { status: response.status, answer, date: response.headers.get("date") };
}

/**
 * Our own server's sentence that the session does not exist, or null. Other refusals (a proxy's page, a wrong
 * host, 403, 410) say nothing about the session.
 * @param {Reply | null} reply
 * @returns {string | null}
 */
export const sessionGoneMessage = (reply) =>
  (reply?.status === 404 && typeof reply.answer?.error === "string" && reply.answer.error) || null;

/**
 * Hands `text` to the browser, which sends it even when the page closes; false where it is too large.
 * @param {string} url
 * @param {string} text
 */
export const sendBeacon = (url, text) => navigator.sendBeacon(url, new Blob([text], { type: "text/plain" }));
