// @ts-check
// Keeps the second click of a double click from another button that came to the first one's place meanwhile.

export const DOUBLE_CLICK_MS = 500;
const SAME_PLACE_PX = 24; // a finger does not come down on quite the same point

/** @typedef {{ button: EventTarget, at: number, x: number, y: number }} Press */

/** @param {Event} event @returns {EventTarget | undefined} The button that is pressed, in whatever shadow it stands. */
const buttonOf = (event) =>
  event.composedPath().find((each) => /** @type {Partial<Element>} */ (each).localName === "button");

/**
 * From here on a click right after a press, at its place but on another button, does nothing. A click of the keyboard
 * has no place and always counts.
 * @param {EventTarget} page
 * @returns {() => void} Call when the clicks are no more to be looked at.
 */
export function ignoreSecondClicks(page) {
  /** @type {Press | null} */
  let last = null;

  /** @param {Event} event */
  function look(event) {
    const { detail, clientX: x, clientY: y, timeStamp: at } = /** @type {MouseEvent} */ (event);
    const button = buttonOf(event);
    if (!button || detail === 0) return;
    const again = last !== null && at - last.at < DOUBLE_CLICK_MS;
    const here = last !== null && Math.hypot(x - last.x, y - last.y) <= SAME_PLACE_PX;
    if (last !== null && again && here && button !== last.button) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    last = { button, at, x, y };
  }

  page.addEventListener("click", look, { capture: true });
  return () => page.removeEventListener("click", look, { capture: true });
}
