// The two ways to the server: fetch while the page lives, a beacon when it goes.

/** The server takes as long as it takes; a large message on a slow line as well. */
const timeoutFor = (text) => (text.length > 64_000 ? 120_000 : 20_000);

export async function postJson(url, text) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: text,
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(timeoutFor(text)),
  });
  const answer = await response.json().catch(() => null);
  return { status: response.status, answer, date: response.headers.get("date") };
}

/**
 * Our own server's sentence that the session is not there, or null. Other refusals (a proxy's page, a wrong
 * host, 403, 410) say nothing about the session: what waits goes on waiting.
 */
export const goneFor = (reply) =>
  (reply?.status === 404 && typeof reply.answer?.error === "string" && reply.answer.error) || null;

export const sendBeacon = (url, text) => navigator.sendBeacon(url, new Blob([text], { type: "text/plain" }));
