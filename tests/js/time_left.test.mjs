import assert from "node:assert/strict";
import test from "node:test";
import { TimeLeft } from "../../coachroom/ui/assets/time_left.js";
import { fakeClock } from "./helpers.mjs";

const START = Date.parse("2026-01-01T10:00:00Z");
const DATA = { ends_at: "2026-01-01T10:10:00Z", warn_seconds: 180 };

function setUp({ inCall = true } = {}) {
  const clock = fakeClock(START);
  const seen = { shown: [], warned: 0, stopped: 0 };
  const time = new TimeLeft({
    clock,
    show: (label) => seen.shown.push(label),
    warn: () => {
      if (inCall) seen.warned += 1;
      return inCall;
    },
    stop: () => (seen.stopped += 1),
  });
  const tickAfter = async (ms) => {
    await clock.pass(ms);
    time.tick(DATA);
  };
  return { time, seen, tickAfter };
}

test("the coach is warned once when little is left, as soon as there is a call", async () => {
  const { seen, tickAfter } = setUp();
  await tickAfter(419_000);
  assert.equal(seen.warned, 0);
  await tickAfter(1000);
  await tickAfter(1000);
  assert.equal(seen.warned, 1);
  assert.equal(seen.shown.at(-1), "2:59 left");
});

test("a warning that reached nobody is given again", async () => {
  const room = setUp({ inCall: false });
  await room.tickAfter(420_000);
  room.time.warn = () => (room.seen.warned += 1) > 0;
  await room.tickAfter(1000);
  assert.equal(room.seen.warned, 1);
});

test("long past the end the call is stopped", async () => {
  const { seen, tickAfter } = setUp();
  await tickAfter(600_000);
  await tickAfter(10_000);
  assert.equal(seen.stopped, 0);
  await tickAfter(1);
  assert.equal(seen.stopped, 1);
});

test("a clock that is wrong here ends nothing early", async () => {
  const { time, seen, tickAfter } = setUp();
  time.serverSays(new Date(START - 3_600_000).toUTCString());
  await tickAfter(0);
  assert.equal(seen.shown.at(-1), "1:10:00 left");
});
