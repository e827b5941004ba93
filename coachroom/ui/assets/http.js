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

export const sendBeacon = (url, text) => navigator.sendBeacon(url, new Blob([text], { type: "text/plain" }));
