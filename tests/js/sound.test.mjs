import assert from "node:assert/strict";
import test from "node:test";
import { notes, soundRuns } from "../../coachroom/ui/assets/sound.js";
import { fakeClock } from "./helpers.mjs";

/** Whether a page is said to play sound whose output opens after so long. @param {number} openMs */
async function plays(openMs) {
  const clock = fakeClock();
  const context = {
    state: "suspended",
    resume: () => new Promise((resolve) => clock.after(openMs, () => open(resolve))),
  };
  const open = (/** @type {() => void} */ resolve) => {
    context.state = "running";
    resolve();
  };
  const answer = soundRuns(context, clock);
  await clock.pass(10_000);
  return answer;
}

test("an output that is slow to open plays sound, one that never opens does not", async () => {
  assert.equal(await plays(0), true);
  assert.equal(await plays(3000), true);
  assert.equal(await plays(Infinity), false);
});

test("a page that may not play sound does not", async () => {
  const context = { state: "suspended", resume: () => Promise.reject(new Error("not allowed")) };
  assert.equal(await soundRuns(context, fakeClock()), false);
});

test("the test sound is a WAV file as long as it says", () => {
  const view = new DataView(notes());
  assert.equal(view.getUint32(4, true), view.byteLength - 8);
  assert.equal(view.getUint32(40, true), view.byteLength - 44);
});
