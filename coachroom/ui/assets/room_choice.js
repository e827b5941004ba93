// @ts-check
// What the client chose in this tab, kept over a reload: to be muted, and to type only. No DOM.

const KEY = "coachroom.choice";

/** @typedef {{ muted: boolean, typing: boolean }} Choice */

/**
 * What was chosen in this session before the page was loaded, or null.
 * @param {string} sessionId
 * @returns {Choice | null}
 */
export function keptChoice(sessionId) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return kept?.session === sessionId ? { muted: kept.muted, typing: kept.typing } : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} sessionId
 * @param {Choice} choice
 */
export function keepChoice(sessionId, choice) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ session: sessionId, ...choice }));
  } catch {
    // A browser may refuse; then the choice lasts as long as the page.
  }
}
