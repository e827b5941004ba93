import assert from "node:assert/strict";
import test from "node:test";
import { StartWatch } from "../../coachroom/ui/assets/start_watch.js";
import { fakeClock } from "./helpers.mjs";

function setUp() {
  const clock = fakeClock();
  const state = { there: true, failed: null };
  const watch = new StartWatch({
    clock,
    canStart: () => state.there,
    onFailed: (why) => {
      state.failed = why;
    },
  });
  return { clock, state, watch };
}

test("a start button that comes back means the call failed", async () => {
  const { clock, state, watch } = setUp();
  watch.begin();
  await clock.pass(300);
  assert.equal(state.failed, null, "it has not gone yet");
  state.there = false;
  await clock.pass(500);
  state.there = true;
  await clock.pass(200);
  assert.equal(state.failed, "refused");
});

test("nothing for 20 seconds is a failure too", async () => {
  const { clock, state, watch } = setUp();
  state.there = false;
  watch.begin();
  await clock.pass(19_000);
  assert.equal(state.failed, null);
  await clock.pass(1500);
  assert.equal(state.failed, "timeout");
});

test("a call that connected is watched no longer", async () => {
  const { clock, state, watch } = setUp();
  watch.begin();
  state.there = false;
  await clock.pass(300);
  watch.stop();
  await clock.pass(60_000);
  assert.equal(state.failed, null);
});
