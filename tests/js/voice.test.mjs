import assert from "node:assert/strict";
import test from "node:test";
import { hint, statusLabel } from "../../coachroom/ui/assets/messages.js";
import { VoiceDetector } from "../../coachroom/ui/assets/voice.js";

const FRAME_MS = 16;

/** Whether somebody is heard in sound of these loudnesses, each for a while. @param {[number, number][]} parts */
function heard(...parts) {
  const voice = new VoiceDetector();
  let at = 0;
  for (const [level, ms] of parts) {
    for (const end = at + ms; at < end; at += FRAME_MS) voice.take(level, at);
  }
  return voice.heard;
}

test("words that stand out from the room's noise are heard", () => {
  assert.equal(heard([0.004, 1000], [0.08, 200]), true);
  assert.equal(heard([0.03, 1000], [0.15, 200]), true);
});

test("silence, a steady noise, however loud, and a click are no voice", () => {
  assert.equal(heard([0, 10_000]), false);
  assert.equal(heard([0.2, 10_000]), false);
  assert.equal(heard([0.002, 1000], [0.3, 20], [0.002, 1000]), false);
});

test("the noise with which a microphone opens is no voice", () => {
  assert.equal(heard([0, 100], [0.3, 350], [0.004, 1000]), false);
});

const CALL = { status: "connected", mode: "listening", reason: null, inCall: true, mender: "connection" };
const SESSION = { textOnly: false, loading: false, resumed: false, muted: false };

test("what the client may do follows the kind of the running call, not what was chosen before it", () => {
  assert.equal(hint({ ...CALL, typing: true }, SESSION), "Type to the coach below.");
  assert.equal(
    hint({ ...CALL, typing: false }, { ...SESSION, textOnly: true }),
    "Talk freely, or type below.",
  );
});

test("who is muted reads so, and what then", () => {
  const call = { ...CALL, typing: false };
  assert.equal(statusLabel(call, { muted: true, resumed: false }), "Muted");
  assert.match(hint(call, { ...SESSION, muted: true }), /^You are muted\./);
});
