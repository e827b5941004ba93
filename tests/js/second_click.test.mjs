// @ts-check
// A double click presses one button, whatever comes to its place in between.
import assert from "node:assert/strict";
import test from "node:test";
import { DOUBLE_CLICK_MS, ignoreSecondClicks } from "../../coachroom/ui/assets/second_click.js";

/** A page whose buttons note which of them a click has reached. */
function createPage() {
  const page = new EventTarget();
  const stop = ignoreSecondClicks(page);
  /** @type {string[]} */
  const reached = [];
  /** @type {Record<string, object>} */
  const buttons = {};
  page.addEventListener("click", (event) => reached.push(/** @type {any} */ (event).name));

  /** @param {string} name @param {{ at: number, x?: number, detail?: number, tag?: string }} how */
  function click(name, { at, x = 100, detail = 1, tag = "button" }) {
    const node = (buttons[name] ??= { localName: tag });
    const event = new Event("click", { cancelable: true });
    const facts = { name, detail, clientX: x, clientY: 50, timeStamp: at, composedPath: () => [node, page] };
    for (const [key, value] of Object.entries(facts)) Object.defineProperty(event, key, { value });
    page.dispatchEvent(event);
    return event;
  }

  return { reached, click, stop };
}

test("the second click does not press the button that slid under the finger", () => {
  const { reached, click } = createPage();
  click("Continue", { at: 1000 });
  const second = click("Write instead", { at: 1200, x: 110 });
  assert.deepEqual(reached, ["Continue"]);
  assert.ok(second.defaultPrevented);
});

test("whoever means the button presses it a moment later", () => {
  const { reached, click } = createPage();
  click("Continue", { at: 1000 });
  click("Write instead", { at: 1000 + DOUBLE_CLICK_MS });
  assert.deepEqual(reached, ["Continue", "Write instead"]);
});

test("all other clicks in a row count", () => {
  const { reached, click } = createPage();
  click("Mute", { at: 1000 });
  click("Mute", { at: 1100 });
  click("Camera", { at: 1200, x: 200 });
  click("a picture", { at: 1250, x: 200, tag: "img" });
  click("Pause", { at: 1300, x: 200, detail: 0 });
  assert.deepEqual(reached, ["Mute", "Mute", "Camera", "a picture", "Pause"]);
});

test("once stopped it lets all through", () => {
  const { reached, click, stop } = createPage();
  click("Continue", { at: 1000 });
  stop();
  click("Write instead", { at: 1100 });
  assert.deepEqual(reached, ["Continue", "Write instead"]);
});
