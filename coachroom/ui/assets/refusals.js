// @ts-check
// Whose part it is to mend a call that failed. The server tells the cause from the same code and reason
// (elevenlabs/refusals.py), for who runs the app.

/** @typedef {"connection" | "place" | "community"} Mender The client's connection, the coach's side, or the set-up. */

/** How the provider closed a call. @typedef {{ closeCode?: number | null, closeReason?: string | null }} Closing */

/** What a call that stood broke off for: an error, a line that carries nothing any more, an agent that says nothing. */
export const BROKE_OFF = new Set(["error", "line", "silent"]);

const REFUSED = 1008;
const BROKE_DOWN = new Set([1002, 1011, 1013]);
const SET_UP = /quota|credits|exceeds your|payment/i;
/** What goes by itself: too many calls, or an address that was too old. */
const PASSES = /too many|concurren|rate.?limit|call limit|busy|expired|(?:invalid|wrong) signature/i;

/** How an agent's server says what another one told it. */
const HANDED_ON = /^received (\d{4}) \([^)]*\) (.*?)(?:; then sent .*)?$/s;

/**
 * @param {{ why?: string | null } & Closing} failure why: the page's own word for it.
 * @returns {Mender}
 */
export function menderOf({ why = null, closeCode = null, closeReason = null }) {
  if (why === "silent") return "place";
  if (why === "policy" || why === "not_begun") return "community";
  if (closeCode === null) return "connection";
  if (SET_UP.test(closeReason ?? "")) return "community";
  if (PASSES.test(closeReason ?? "") || BROKE_DOWN.has(closeCode)) return "place";
  return closeCode === REFUSED ? "community" : "connection";
}

/**
 * What the agent's server says is wrong, as if it had closed the call with it. Such a message has its parts within
 * `error_event`, or is a sentence alone.
 * @param {any} event
 * @returns {Required<Closing>}
 */
export function closingSaid(event) {
  const { code = null, message, reason } = event?.error_event ?? event ?? {};
  const text = String(message || reason || "");
  const [, handedOn, said] = HANDED_ON.exec(text) ?? [];
  return { closeCode: handedOn ? Number(handedOn) : code, closeReason: said ?? text };
}
