// @ts-check
// The room's keys: the space bar is held to talk, where that was chosen, and F2 says that one is thinking. A key that
// the element in focus uses itself is left to it.

const OWN_SPACE =
  "input, textarea, select, button, a, summary, [contenteditable], [role=textbox], [role=button]";

/**
 * @param {object} given
 * @param {() => boolean} given.holds Whether the space bar is held to talk.
 * @param {() => void} given.press
 * @param {() => void} given.release
 * @param {() => void} given.think
 * @param {HTMLElement} given.button The button that is held too.
 * @returns {() => void} Stops listening.
 */
export function listenForKeys({ holds, press, release, think, button }) {
  const down = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "F2" && !event.repeat) {
      event.preventDefault();
      think();
    }
    if (event.key !== " " || !holds()) return;
    const [target] = event.composedPath();
    if (target instanceof Element && target !== button && target.closest(OWN_SPACE)) return;
    event.preventDefault(); // the page would scroll
    if (!event.repeat) press();
  };
  const up = (/** @type {KeyboardEvent} */ { key }) => {
    if (key === " ") release();
  };
  window.addEventListener("keydown", down);
  window.addEventListener("keyup", up);
  window.addEventListener("blur", release); // the key is let go of elsewhere
  return () => {
    window.removeEventListener("keydown", down);
    window.removeEventListener("keyup", up);
    window.removeEventListener("blur", release);
  };
}

/**
 * Lets a button be held by mouse or thumb.
 * @param {HTMLElement} button
 * @param {{ press: () => void, release: () => void }} given
 */
export function makeHeld(button, { press, release }) {
  button.style.touchAction = "none"; // a thumb that slides holds it still, instead of moving the page
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId); // so that it ends here, wherever the thumb goes
    press();
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
    button.addEventListener(end, release);
}
