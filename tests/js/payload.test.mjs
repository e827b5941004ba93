import assert from "node:assert/strict";
import test from "node:test";
import {
  MAX_BEACON_BYTES,
  MAX_BODY_BYTES,
  body,
  finalBeaconEvents,
  nextChunk,
  prefixThatFits,
  size,
} from "../../coachroom/ui/assets/payload.js";

const envelope = { token: "t", epoch: "e", why: "live", conversation_id: null };
const event = (n, text) => ({ n, at: "2026-01-01T00:00:00.000Z", kind: "turn", sender: "client", text });

test("a chunk never exceeds the limit and keeps the order", () => {
  const events = Array.from({ length: 40 }, (_, i) => event(i + 1, "ü".repeat(3000)));
  const seen = [];
  let rest = events;
  while (rest.length) {
    const chunk = nextChunk(envelope, rest);
    assert.ok(size(body(envelope, chunk)) <= MAX_BODY_BYTES);
    seen.push(...chunk.map(({ n }) => n));
    rest = rest.slice(chunk.length);
  }
  assert.deepEqual(
    seen,
    events.map(({ n }) => n),
  );
});

test("one event that is larger than the limit goes alone and whole", () => {
  const events = [event(1, "x".repeat(1_000_000)), event(2, "after")];
  assert.deepEqual(nextChunk(envelope, events), [events[0]]);
});

test("the prefix is exact to the byte", () => {
  const events = [event(1, "a"), event(2, "b")];
  const whole = size(body(envelope, events));
  assert.equal(prefixThatFits(envelope, events, whole).length, 2);
  assert.equal(prefixThatFits(envelope, events, whole - 1).length, 1);
});

test("the final beacon carries the oldest events that fit, without a gap", () => {
  const events = Array.from({ length: 100 }, (_, i) => event(i + 1, "y".repeat(2000)));
  const sent = finalBeaconEvents(envelope, events);
  assert.ok(sent.length > 20 && sent.length < 100);
  assert.deepEqual(
    sent.map(({ n }) => n),
    events.slice(0, sent.length).map(({ n }) => n),
  );
  assert.ok(size(body(envelope, sent)) <= MAX_BEACON_BYTES);
});

test("an event too large for the final beacon is cut and marked, and what follows still goes", () => {
  const sent = finalBeaconEvents(envelope, [event(1, "é".repeat(500_000)), event(2, "bye")]);
  assert.equal(sent[0].truncated, true);
  assert.equal(sent[1].text, "bye");
  assert.ok(size(body(envelope, sent)) <= MAX_BEACON_BYTES);
});
