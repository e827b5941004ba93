import assert from "node:assert/strict";
import test from "node:test";
import { hint, PROBLEM, statusLabel } from "../../coachroom/ui/assets/messages.js";
import { queueStatus } from "../../coachroom/ui/assets/queue_status.js";
import { fakeClock, fakeConversation, recordingBridge } from "./helpers.mjs";

const BRIEFING = { id: "briefing", text: "The client is Ana." };
const told = (status) => ({ type: "queue_status", queue_status_event: { status } });

/** A call that is connected; `events`: what is recorded. */
async function connected(type = "voice") {
  const clock = fakeClock();
  const { bridge, events } = recordingBridge(clock);
  const config = {};
  bridge.prepare(config, { brief: async () => ({ variables: {}, contexts: [BRIEFING] }) });
  await config.beforeStart({});
  const conversation = fakeConversation({ type });
  config.onConversationCreated(conversation);
  conversation.options.onStatusChange({ status: "connected" });
  config.onConnect({});
  const queue = (status) => conversation.options.onDebug(told(status));
  const statuses = () => events.filter(({ kind }) => kind === "status").map(({ status }) => status);
  return { bridge, clock, conversation, events, queue, statuses };
}

test("the events of the queue are read however they are wrapped, and others are none", () => {
  assert.equal(queueStatus(told("waiting")), "waiting");
  assert.equal(queueStatus({ type: "queue_status", status: "admitted" }), "admitted");
  const others = [
    null,
    "waiting",
    {},
    { type: "queue_status" },
    told("dancing"),
    { type: "x", status: "waiting" },
  ];
  for (const other of others) assert.equal(queueStatus(other), null);
});

test("who waits reads how long it may take, where that is known", () => {
  const session = { textOnly: false, loading: false, resumed: false, muted: false };
  const said = (waitMinutes) => hint({ status: "queued" }, { ...session, waitMinutes });
  assert.match(said(4), /A line is usually free within 4 minutes\. The coach will greet you/);
  assert.match(said(1), /within 1 minute\./);
  assert.doesNotMatch(said(null), /usually/);
});

test("a call in the queue is in no call, and says so", async () => {
  const { bridge, queue, statuses } = await connected();
  queue("waiting");
  queue("waiting");
  assert.deepEqual(statuses(), ["connecting", "connected", "queued"]);
  assert.deepEqual([bridge.inCall, bridge.busy, bridge.queued], [false, true, true]);
  assert.equal(statusLabel(bridge, { muted: false, resumed: false }), "Waiting");
  assert.match(
    hint(bridge, { textOnly: false, loading: false, resumed: false, muted: false }),
    /^All lines are taken, you are next/,
  );
});

test("what is typed in the queue is neither said nor sent; after it, it is", async () => {
  const { conversation, events, queue } = await connected();
  queue("waiting");
  conversation.sendUserMessage("Is anybody there?");
  conversation.sendMultimodalMessage({ text: "Hello?" });
  assert.deepEqual(conversation.calls.sent, []);
  queue("admitted");
  conversation.sendUserMessage("Good morning");
  assert.deepEqual(conversation.calls.sent, ["Good morning"]);
  assert.deepEqual(
    events.filter(({ kind }) => kind === "turn").map(({ text }) => text),
    ["Good morning"],
  );
});

test("the briefing is sent when the call is admitted", async () => {
  const { bridge, conversation, queue, statuses } = await connected();
  queue("waiting");
  conversation.calls.context.length = 0;
  bridge.sendContext("Three minutes are left.", "time");
  assert.deepEqual(conversation.calls.context, []);
  queue("admitted");
  queue("admitted");
  assert.deepEqual(conversation.calls.context, [[BRIEFING.text, BRIEFING.id]]);
  assert.deepEqual(statuses(), ["connecting", "connected", "queued", "connected"]);
});

test("whoever is spoken to is admitted, also where nobody said so", async () => {
  const { conversation, queue, statuses, events } = await connected();
  queue("waiting");
  conversation.options.onMessage({ role: "agent", message: "Hello Ana.", event_id: 1 });
  assert.deepEqual(statuses().slice(-2), ["queued", "connected"]);
  assert.equal(events.at(-1).text, "Hello Ana.");
});

test("a response time has no wait in it, and the hold tone is nobody's answer", async () => {
  const { bridge, clock, conversation, events, queue } = await connected("text");
  conversation.sendUserMessage("Good morning");
  queue("waiting");
  conversation.options.onModeChange({ mode: "speaking" });
  assert.equal(bridge.mode, "listening");
  await clock.pass(60_000);
  queue("admitted");
  conversation.options.onMessage({ role: "agent", message: "Hello Ana.", event_id: 1 });
  assert.equal(events.at(-1).kind, "turn");
  conversation.sendUserMessage("I am tired");
  await clock.pass(300);
  conversation.options.onMessage({ role: "agent", message: "Tell me more.", event_id: 2 });
  assert.equal(events.at(-1).typed_ms, 300);
});

test("a queue whose time is up ends the call, and the client reads what to do", async () => {
  const { bridge, conversation, queue } = await connected();
  queue("waiting");
  queue("timed_out");
  assert.equal(conversation.calls.ended, 1);
  assert.deepEqual([bridge.status, bridge.reason], ["disconnected", "queue"]);
  assert.match(PROBLEM.queue, /try again/);
});
