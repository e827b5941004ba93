import assert from "node:assert/strict";
import test from "node:test";
import { LatencyTracker } from "../../coachroom/ui/assets/latency.js";

test("text before sound: the timing names the turn", () => {
  const tracker = new LatencyTracker();
  tracker.clientSpoke(1000);
  assert.equal(tracker.agentAnswers(1300, { silent: false }), null);
  tracker.agentTurnRecorded(7);
  assert.deepEqual(tracker.agentSounds(1450), { turn: 7, latency_ms: 450 });
  assert.equal(tracker.agentSounds(1500), null, "reported once");
});

test("sound before text: the latency is part of the turn", () => {
  const tracker = new LatencyTracker();
  tracker.clientSpoke(1000);
  assert.equal(tracker.agentSounds(1200), null);
  assert.equal(tracker.agentAnswers(1300, { silent: false }), 200);
  tracker.agentTurnRecorded(2);
  assert.equal(tracker.agentSounds(1400), null);
});

test("without sound the text is the answer", () => {
  const tracker = new LatencyTracker();
  tracker.clientSpoke(1000);
  assert.equal(tracker.agentAnswers(1800, { silent: true }), 800);
});

test("a greeting answers nothing", () => {
  const tracker = new LatencyTracker();
  assert.equal(tracker.agentAnswers(10, { silent: true }), null);
  tracker.agentTurnRecorded(1);
  assert.equal(tracker.agentSounds(20), null);
});

test("the last message counts when the client speaks twice", () => {
  const tracker = new LatencyTracker();
  tracker.clientSpoke(1000);
  tracker.clientSpoke(5000);
  tracker.agentTurnRecorded(3);
  assert.deepEqual(tracker.agentSounds(5100), { turn: 3, latency_ms: 100 });
});

test("an answer without a sound of its own is not measured against a later sound", () => {
  const tracker = new LatencyTracker();
  tracker.clientSpoke(1000);
  tracker.agentTurnRecorded(3); // it was speaking already: no change to see
  tracker.agentListens();
  assert.equal(tracker.agentSounds(60_000), null);
});

test("an interruption before the answer keeps the measurement running", () => {
  const tracker = new LatencyTracker();
  tracker.clientSpoke(1000);
  tracker.agentListens();
  tracker.agentTurnRecorded(4);
  assert.deepEqual(tracker.agentSounds(1600), { turn: 4, latency_ms: 600 });
});
