import assert from "node:assert/strict";
import test from "node:test";
import { Microphone } from "../../coachroom/ui/assets/microphone.js";
import { fakeConversation } from "./helpers.mjs";

function setUp() {
  const changes = [];
  return { changes, microphone: new Microphone({ onChange: (muted) => changes.push(muted) }) };
}

test("the widget's button and ours are one state, reported once", () => {
  const { microphone, changes } = setUp();
  const conversation = fakeConversation();
  microphone.attach(conversation);
  conversation.setMicMuted(true); // the widget's button
  conversation.setMicMuted(true); // the widget repeats itself
  assert.equal(microphone.muted, true);
  microphone.setMuted(false, () => conversation.setMicMuted(false));
  assert.deepEqual(changes, [true, false]);
  assert.deepEqual(conversation.calls.muted, [true, true, false]);
});

test("who enters muted is muted from the first moment of the first call", () => {
  const microphone = new Microphone({ onChange: () => {}, muted: true });
  const conversation = fakeConversation();
  microphone.attach(conversation);
  assert.deepEqual(conversation.calls.muted, [true]);
  assert.equal(microphone.muted, true);
});

test("without the widget's button a mute still takes effect", () => {
  const { microphone } = setUp();
  const conversation = fakeConversation();
  microphone.attach(conversation);
  microphone.setMuted(true);
  assert.deepEqual(conversation.calls.muted, [true]);
});

test("a new call is muted at once when the person had muted", () => {
  const { microphone, changes } = setUp();
  const first = fakeConversation();
  microphone.attach(first);
  microphone.setMuted(true);
  microphone.release();
  first.setMicMuted(false); // the widget resets itself after a call
  assert.equal(microphone.muted, true);

  const second = fakeConversation();
  microphone.attach(second);
  assert.deepEqual(second.calls.muted, [true]);
  assert.deepEqual(changes, [true]);
});

test("leaving silences without muting, and coming back restores", () => {
  const { microphone, changes } = setUp();
  const conversation = fakeConversation();
  microphone.attach(conversation);
  microphone.silence();
  assert.deepEqual(conversation.calls.muted, [true]);
  conversation.setMicMuted(false);
  assert.deepEqual(conversation.calls.muted, [true], "nothing opens the microphone of a hidden room");
  microphone.resume();
  assert.deepEqual(conversation.calls.muted, [true, false]);
  assert.deepEqual(changes, []);
});

test("coming back does not unmute a client who had muted", () => {
  const { microphone } = setUp();
  const conversation = fakeConversation();
  microphone.attach(conversation);
  microphone.setMuted(true);
  microphone.silence();
  microphone.resume();
  assert.equal(conversation.calls.muted.includes(false), false);
});

test("a microphone that is to be held is closed until then, which is no mute, and a mute keeps it closed", () => {
  const microphone = new Microphone({ onChange: () => assert.fail("nobody muted") });
  microphone.gate(true);
  assert.equal(microphone.closed, true);
  const conversation = fakeConversation();
  microphone.attach(conversation);
  microphone.gate(false);
  microphone.silence();
  microphone.gate(true);
  microphone.resume();
  microphone.gate(false);
  assert.deepEqual(conversation.calls.muted, [true, false, true, true, false]);
  assert.equal(microphone.muted, false);

  const muted = new Microphone({ onChange: () => {}, muted: true });
  const other = fakeConversation();
  muted.attach(other);
  muted.gate(true);
  muted.gate(false);
  assert.equal(other.calls.muted.at(-1), true);
});

test("a typed conversation has no microphone", () => {
  const { microphone } = setUp();
  const conversation = fakeConversation({ type: "text" });
  microphone.attach(conversation);
  assert.equal(microphone.live, false);
  microphone.setMuted(true);
  microphone.silence();
  microphone.resume();
  assert.deepEqual(conversation.calls.muted, []);
});
