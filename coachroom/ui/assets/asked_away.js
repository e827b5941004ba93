// @ts-check
// Which human coach the client has asked to leave, kept for pages of this browser that begin before the server knows of
// it: none of them lets that coach in again. No DOM.

const KEY = "coachroom.asked-away";

/** @param {string} joinId */
export function keepAskedAway(joinId) {
  try {
    localStorage.setItem(KEY, joinId);
  } catch {
    // A browser may refuse; then only this page knows.
  }
}

/** @param {string} joinId */
export function wasAskedAway(joinId) {
  try {
    return localStorage.getItem(KEY) === joinId;
  } catch {
    return false;
  }
}
