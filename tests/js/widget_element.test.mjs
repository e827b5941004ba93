import assert from "node:assert/strict";
import test from "node:test";
import { keepLatestInSight } from "../../coachroom/ui/assets/widget_element.js";

// A box around a transcript of 264 px; `hidden`: how much of its end is out of sight before the box changes.
function resized(from, to, hidden) {
  const transcript = { scrollHeight: 264, clientHeight: from, scrollTop: 264 - from - hidden };
  const element = { clientHeight: from, shadowRoot: { querySelector: () => transcript } };
  let changed;
  class Observer {
    constructor(callback) {
      changed = callback;
    }
    observe() {}
  }
  keepLatestInSight(element, Observer);
  element.clientHeight = transcript.clientHeight = to;
  changed();
  return transcript.scrollTop;
}

test("a box that becomes lower scrolls to the latest words where they were in sight", () => {
  assert.equal(resized(240, 170, 0), 264);
  assert.equal(resized(240, 170, 10), 264);
});

test("a client who reads earlier words stays where they are", () => {
  assert.equal(resized(200, 130, 40), 24);
});

test("a box that becomes higher does not scroll", () => {
  assert.equal(resized(170, 240, 20), 74);
});
