import assert from "node:assert/strict";
import test from "node:test";
import { LiveMix } from "../../coachroom/ui/assets/live_mix.js";
import { LiveOrders } from "../../coachroom/ui/assets/live_orders.js";
import { FakeStream, fakeTrack, withSound } from "./fake_sound.mjs";
import { fakeClock, fakeConversation, recordingBridge } from "./helpers.mjs";

globalThis.MediaStream = FakeStream;

/** wired: whether the widget's sound is wired as we know it. */
function setUp({ inCall = true, wired = true } = {}) {
  const clock = fakeClock();
  const { bridge } = recordingBridge(clock);
  const sound = withSound(fakeConversation());
  if (!wired) sound.conversation.input.worklet = null;
  const mix = new LiveMix();
  if (inCall) {
    const config = {};
    bridge.prepare(config, {});
    config.onConversationCreated(sound.conversation);
    sound.conversation.options.onStatusChange({ status: "connected" });
    mix.attach(sound.conversation);
    mix.setCoach(fakeTrack("audio", 0.25));
  }
  const seen = { lapsed: 0 };
  const orders = new LiveOrders({
    clock,
    bridge,
    mix,
    coach: "Carla",
    onLapsed: () => (seen.lapsed += 1),
    onChange: () => {},
  });
  let n = 0;
  const obey = (act, text = null) => orders.obey({ id: `o${(n += 1)}`, n, act, text });
  const speaks = (speaking) => {
    sound.conversation.options.onModeChange({ mode: speaking ? "speaking" : "listening" });
    orders.callChanged();
  };
  return { clock, bridge, mix, orders, obey, seen, speaks, ...sound };
}

test("held, the agent hears and says nothing, is told each second that the client is busy, and goes on when released", async () => {
  const { obey, clock, heard, conversation, orders } = setUp();
  assert.deepEqual(obey("hold"), { done: true });
  assert.deepEqual([heard(), conversation.output.interrupted, conversation.volumes], [0, 1, [0]]);
  await clock.pass(10_000);
  assert.equal(conversation.calls.activity, 11);
  obey("hand_back", "We found the hard part.");
  assert.deepEqual(
    [heard(), conversation.volumes, orders.held, orders.mode],
    [0.5, [0, 1], false, "listening"],
  );
  assert.deepEqual(conversation.calls.context.at(-1), [
    "The human coach hands back to you. In their words: We found the hard part.",
    "coach-2",
  ]);
  await clock.pass(120_000);
  assert.deepEqual([conversation.calls.activity, conversation.calls.ended], [11, 0]);
});

test("the agent waits a minute at most: then its call ends, and the two stay alone", async () => {
  const { obey, clock, seen, bridge, orders } = setUp();
  obey("hold");
  await clock.pass(59_000);
  assert.equal(bridge.inCall, true);
  await clock.pass(1000);
  assert.deepEqual([bridge.reason, seen.lapsed, orders.held, orders.mode], ["coach", 1, false, "private"]);
});

test("a take-over ends the call at once, and that is the coach's end of it", () => {
  const { obey, bridge, seen } = setUp();
  assert.deepEqual(obey("take_over"), { done: true });
  assert.deepEqual([bridge.status, bridge.reason, seen.lapsed], ["disconnected", "coach", 0]);
});

test("hushed, the agent's answer is not heard, however it comes in pieces, and the next one is", async () => {
  const { obey, conversation, speaks, clock, orders } = setUp();
  speaks(true);
  obey("hush");
  assert.deepEqual([conversation.output.interrupted, conversation.volumes], [1, [0]]);
  speaks(false);
  await clock.pass(500);
  speaks(true);
  await clock.pass(3000);
  assert.equal(orders.hushed, true);
  speaks(false);
  await clock.pass(1500);
  assert.deepEqual([orders.hushed, conversation.volumes], [false, [0, 1]]);
  obey("hush");
  orders.agentAnswers();
  assert.deepEqual(conversation.volumes, [0, 1, 0, 1]);
});

test("the mode that the server names holds, also where its order went astray", () => {
  const { orders, heard, conversation } = setUp();
  orders.setMode("both");
  assert.equal(heard(), 0.75);
  orders.setMode("private");
  assert.deepEqual([heard(), orders.held, conversation.volumes], [0, true, [0]]);
  orders.setMode("private");
  assert.deepEqual(conversation.volumes, [0]);
  orders.setMode("listening");
  assert.deepEqual([heard(), orders.held, conversation.volumes], [0.5, false, [0, 1]]);
});

test("a call that begins while the two talk alone waits until they are done", () => {
  const { orders, bridge, mix, conversation } = setUp({ inCall: false });
  orders.setMode("private");
  const config = {};
  bridge.prepare(config, {});
  config.onConversationCreated(conversation);
  conversation.options.onStatusChange({ status: "connected" });
  mix.attach(conversation);
  orders.callChanged();
  orders.callChanged();
  assert.deepEqual([orders.held, conversation.volumes], [true, [0]]);
});

test("without a call the coach is told what was not done", () => {
  const { obey, orders } = setUp({ inCall: false });
  const nothing = { done: false, why: "no_call" };
  assert.deepEqual([obey("hint", "x"), obey("hush"), obey("hold")], [nothing, nothing, nothing]);
  assert.equal(orders.mode, "private");
  assert.deepEqual([obey("say", "x"), obey("both"), obey("listening")], Array(3).fill({ done: true }));
});

test("a browser that cannot mix lets the coach talk in private alone", () => {
  const { obey, mix, orders, heard } = setUp();
  mix.setCoach(null);
  assert.deepEqual(obey("both"), { done: false, why: "mixer" });
  assert.deepEqual([orders.mode, heard()], ["listening", 0.5]);
  assert.deepEqual(obey("hold"), { done: true });
});

for (const [how, begin] of [
  ["held", ({ obey }) => obey("hold")],
  ["named private by the server", ({ orders }) => orders.setMode("private")],
])
  test(`an agent whose way from the client cannot be closed is let go where it is ${how}, as it would hear the two`, () => {
    const parts = setUp({ wired: false });
    assert.equal(parts.mix.gated, false);
    begin(parts);
    const { bridge, orders, seen } = parts;
    assert.deepEqual(
      [bridge.inCall, bridge.reason, orders.mode, seen.lapsed],
      [false, "coach", "private", 1],
    );
  });

test("when the coach is gone a held agent goes on, and hears the client alone", () => {
  const { obey, orders, heard, conversation } = setUp();
  obey("both");
  obey("hold");
  orders.stop();
  assert.deepEqual([heard(), orders.held, conversation.volumes.at(-1)], [0.5, false, 1]);
});
