import assert from "node:assert/strict";
import test from "node:test";
import { announcement, Countdown, leftLabel, remainingMs } from "../../coachroom/ui/assets/countdown.js";
import { fakeClock } from "./helpers.mjs";

test("a time without a zone is UTC", () => {
  const now = Date.parse("2026-01-01T10:00:00Z");
  assert.equal(remainingMs("2026-01-01T10:10:00", now), 600_000);
  assert.equal(remainingMs("2026-01-01T10:10:00Z", now), 600_000);
  assert.equal(remainingMs("2026-01-01T12:10:00+02:00", now), 600_000);
  assert.equal(remainingMs("2026-01-01T09:00:00", now), 0);
  assert.equal(remainingMs(null, now), null);
  assert.equal(remainingMs("soon", now), null);
});

test("the time left as a label", () => {
  assert.equal(leftLabel(754_000), "12:34 left");
  assert.equal(leftLabel(59_001), "1:00 left");
  assert.equal(leftLabel(9_000), "0:09 left");
  assert.equal(leftLabel(3_725_000), "1:02:05 left");
  assert.equal(leftLabel(0), "Time is up");
});

test("spoken at three minutes, at one, at the end, and never between", () => {
  assert.equal(announcement(181_000, 180_000), "Three minutes left.");
  assert.equal(announcement(180_000, 179_000), null);
  assert.equal(announcement(60_500, 59_500), "One minute left.");
  assert.equal(announcement(1_000, 0), "Time is up.");
  assert.equal(announcement(null, 179_000), null, "entering late is no announcement");
  assert.equal(announcement(200_000, 30_000), "One minute left.", "after sleep only the newest");
});

const START = Date.parse("2026-01-01T10:00:00Z");
const DATA = { ends_at: "2026-01-01T10:10:00Z", warn_seconds: 180 };

function setUp({ inCall = true } = {}) {
  const clock = fakeClock(START);
  const seen = { shown: [], warned: 0, stopped: 0 };
  const countdown = new Countdown({
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
    countdown.tick(DATA);
  };
  return { countdown, seen, tickAfter };
}

test("the agent is warned once when little is left, as soon as there is a call", async () => {
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
  room.countdown.warn = () => (room.seen.warned += 1) > 0;
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

test("a clock that is wrong on this machine ends nothing early", async () => {
  const { countdown, seen, tickAfter } = setUp();
  countdown.setServerDate(new Date(START - 3_600_000).toUTCString());
  await tickAfter(0);
  assert.equal(seen.shown.at(-1), "1:10:00 left");
});
