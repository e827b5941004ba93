import assert from "node:assert/strict";
import test from "node:test";
import { announcement, leftLabel, remainingMs } from "../../coachroom/ui/assets/countdown.js";

test("a time without a zone is UTC", () => {
  const now = Date.parse("2026-01-01T10:00:00Z");
  assert.equal(remainingMs("2026-01-01T10:10:00", now), 600_000);
  assert.equal(remainingMs("2026-01-01T10:10:00Z", now), 600_000);
  assert.equal(remainingMs("2026-01-01T12:10:00+02:00", now), 600_000);
  assert.equal(remainingMs("2026-01-01T09:00:00", now), 0);
  assert.equal(remainingMs(null, now), null);
  assert.equal(remainingMs("soon", now), null);
});

test("words for the time left", () => {
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
