import assert from "node:assert/strict";
import test from "node:test";
import { passing } from "../../tools/microphone_gate.mjs";

const muted = { isMuted: () => true };
const heard = { isMuted: () => false };

test("what is recorded passes as it is while nobody is muted", () => {
  assert.deepEqual(passing(Int16Array.of(1, -2), heard), Int16Array.of(1, -2));
  assert.deepEqual(passing(Uint8Array.of(1, 2), heard), Uint8Array.of(1, 2));
});

test("what was recorded before a mute took effect is silence of the same length, in both formats", () => {
  assert.deepEqual(passing(Int16Array.of(1, -2), muted), Int16Array.of(0, 0));
  assert.deepEqual(passing(Uint8Array.of(1, 2), muted), Uint8Array.of(0xff, 0xff));
});
