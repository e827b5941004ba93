import assert from "node:assert/strict";
import test from "node:test";
import { Bridge } from "../../coachroom/ui/assets/bridge.js";
import { Microphone } from "../../coachroom/ui/assets/microphone.js";
import { fakeClock, fakeConversation, settle } from "./helpers.mjs";

function setUp() {
  const clock = fakeClock();
  const events = [];
  const add = (kind, fields) => {
    const event = { n: events.length + 1, kind, ...fields };
    events.push(event);
    return event;
  };
  const microphone = new Microphone({ onChange: (muted) => add("mute", { muted }) });
  const bridge = new Bridge({ add, clock, microphone });
  const kinds = () => events.map((event) => (event.kind === "status" ? event.status : event.kind));
  return { bridge, clock, events, microphone, kinds };
}

/** The order in which the client library 1.14 calls. */
function connect({ bridge }, settings = {}, conversation = fakeConversation()) {
  const config = { agentId: "a", overrides: { agent: { language: "en" } } };
  bridge.prepare(config, settings);
  return begin(config, conversation);
}

function begin(config, conversation = fakeConversation()) {
  config.onConversationCreated(conversation);
  conversation.options.onStatusChange({ status: "connected" });
  config.onConnect({ conversationId: conversation.getId() });
  return { config, conversation };
}

test("a call is told whether its microphone is to be closed from the first sound on", () => {
  const { bridge, microphone } = setUp();
  const config = {};
  bridge.prepare(config, {});
  assert.equal(config.startsMuted(), false);
  microphone.silence();
  assert.equal(config.startsMuted(), true);
  microphone.resume();
  assert.equal(config.startsMuted(), false);
  microphone.attach(fakeConversation());
  microphone.setMuted(true);
  assert.equal(config.startsMuted(), true);
});

test("a call's whole life becomes events", async () => {
  const room = setUp();
  const { config, conversation } = connect(room);
  conversation.options.onMessage({ role: "agent", message: "Hello", event_id: 1 });
  conversation.options.onModeChange({ mode: "speaking" });
  conversation.options.onModeChange({ mode: "listening" });
  conversation.options.onMessage({ role: "user", message: "I am tired", event_id: 2 });
  await room.clock.pass(700);
  conversation.options.onMessage({ role: "agent", message: "Tell me more", event_id: 3 });
  conversation.options.onModeChange({ mode: "speaking" });
  config.onInterruption({ event_id: 3 });
  config.onAgentResponseCorrection({
    event_id: 3,
    original_agent_response: "Tell me more",
    corrected_agent_response: "Tell me…",
  });
  conversation.setMicMuted(true);
  conversation.options.onStatusChange({ status: "disconnecting" });
  conversation.options.onStatusChange({ status: "disconnected" });
  conversation.options.onDisconnect({ reason: "agent", closeCode: 1000 });

  assert.deepEqual(room.kinds(), [
    "connecting",
    "connected",
    "turn",
    "turn",
    "turn",
    "interruption",
    "correction",
    "mute",
    "disconnected",
  ]);
  const [, connected, greeting, client, , , correction, , disconnected] = room.events;
  assert.equal(connected.conversation_id, "conv_1");
  assert.deepEqual([greeting.sender, greeting.text, greeting.event_id], ["agent", "Hello", 1]);
  assert.equal(client.sender, "client");
  assert.deepEqual([correction.text, correction.original], ["Tell me…", "Tell me more"]);
  assert.deepEqual([disconnected.reason, disconnected.conversation_id], ["agent", "conv_1"]);
});

test("typed messages are recorded on their way out, since they never come back", () => {
  const room = setUp();
  const { conversation } = connect(room);
  conversation.sendUserMessage("I type");
  const turn = room.events.at(-1);
  assert.deepEqual([turn.sender, turn.text, turn.typed], ["client", "I type", true]);
  assert.deepEqual(conversation.calls.sent, ["I type"]);
});

test("the callbacks of the widget are called as before", () => {
  const room = setUp();
  const seen = [];
  const conversation = fakeConversation();
  for (const name of Object.keys(conversation.options)) conversation.options[name] = () => seen.push(name);
  connect(room, {}, conversation);
  conversation.options.onMessage({ role: "agent", message: "x" });
  conversation.options.onModeChange({ mode: "speaking" });
  conversation.options.onDisconnect({ reason: "user" });
  assert.deepEqual(seen, ["onStatusChange", "onMessage", "onModeChange", "onDisconnect"]);
});

test("the call goes where the room says, with the chosen microphone", () => {
  const { bridge } = setUp();
  const config = {};
  bridge.prepare(config, { wsOrigin: "ws://here/practice", microphoneId: "mic-2" });
  assert.equal(config.origin, "ws://here/practice");
  assert.equal(config.connectionType, "websocket");
  assert.equal(config.inputDeviceId, "mic-2");
});

test("only a further language is asked for, and text only where it is allowed and wanted", () => {
  const cases = [
    [{}, undefined, false],
    [{ language: null }, undefined, false],
    [{ language: "de" }, "de", false],
    [{ textOnly: true }, undefined, true],
    [{ textOnly: true, mayAskTextOnly: false }, undefined, false],
  ];
  for (const [settings, language, asksTextOnly] of cases) {
    const { config } = connect(setUp(), settings);
    assert.equal(config.overrides.agent.language, language);
    assert.equal(config.asksTextOnly, asksTextOnly);
    assert.equal(config.textOnly ?? false, settings.textOnly ?? false);
  }
});

test("a call that begins with typing asks for text only where it is allowed", () => {
  for (const mayAskTextOnly of [true, false]) {
    const { bridge } = setUp();
    const config = { overrides: { agent: { language: "en" }, conversation: { textOnly: true } } };
    bridge.prepare(config, { mayAskTextOnly });
    assert.equal(config.asksTextOnly, mayAskTextOnly);
  }
});

test("a typed conversation asks for no microphone and measures to the text", async () => {
  const room = setUp();
  const conversation = fakeConversation({ type: "text" });
  const { config } = connect(room, { textOnly: true, microphoneId: "mic-2" }, conversation);
  assert.equal(config.textOnly, true);
  assert.equal(config.overrides.conversation.textOnly, true);
  assert.equal(config.asksTextOnly, true);
  assert.equal("inputDeviceId" in config, false);
  conversation.sendUserMessage("hello");
  await room.clock.pass(250);
  conversation.options.onMessage({ role: "agent", message: "hi", event_id: 2 });
  const { kind, turn, typed_ms } = room.events.at(-1);
  assert.deepEqual([kind, turn, typed_ms], ["delay", room.events.at(-2).n, 250]);
});

test("a call starts with what it is told then, and the contexts are sent once it listens, each by its own id", async () => {
  const { bridge } = setUp();
  const contexts = [
    { id: "briefing", text: "The client is Ana." },
    { id: "resumed", text: "The client has reconnected." },
  ];
  const config = {};
  bridge.prepare(config, { brief: async () => ({ variables: { resumed: "yes" }, contexts }) });
  const options = { dynamicVariables: { season: "spring" } };
  await config.beforeStart(options);
  assert.deepEqual(options.dynamicVariables, { season: "spring", resumed: "yes" });
  const { conversation } = begin(config);
  assert.deepEqual(conversation.calls.context, [
    ["The client is Ana.", "briefing"],
    ["The client has reconnected.", "resumed"],
  ]);
});

test("the agent's tools are answered while the call goes on, and no longer", async () => {
  const room = setUp();
  const answers = [];
  const clientTools = {
    remember: ({ text }) => new Promise((resolve) => answers.push(() => resolve(`noted ${text}`))),
    refuse: async () => {
      throw new Error("no");
    },
  };
  const { config } = connect(room, { clientTools });
  const answered = [];
  for (const text of ["one", "two"])
    config.clientTools.remember({ text }).then((result) => answered.push(result));
  await assert.rejects(config.clientTools.refuse(), /no/);
  answers[0]();
  await settle();
  await room.bridge.hangUp("user");
  answers[1]();
  await settle();
  assert.deepEqual(answered, ["noted one"]);
});

test("hanging up gives our reason and resets the mode", async () => {
  const room = setUp();
  const { conversation } = connect(room);
  conversation.options.onModeChange({ mode: "speaking" });
  await room.bridge.hangUp("left");
  assert.equal(conversation.calls.ended, 1);
  assert.equal(room.events.at(-1).reason, "left");
  assert.equal(room.bridge.mode, "listening");
  assert.equal(room.bridge.inCall, false);
});

test("a connection that comes after giving up is closed again", () => {
  const { bridge, kinds } = setUp();
  const config = {};
  bridge.prepare(config, {});
  bridge.fail("timeout");
  const late = fakeConversation();
  config.onConversationCreated(late);
  assert.equal(late.calls.ended, 1);
  assert.deepEqual(kinds(), ["connecting", "failed"]);
});

test("a call that was given up while it was prepared does not start", async () => {
  const { bridge } = setUp();
  const config = {};
  let told;
  bridge.prepare(config, { brief: () => new Promise((resolve) => (told = resolve)) });
  const prepared = config.beforeStart({});
  bridge.fail("timeout");
  told({ variables: {}, contexts: [] });
  await assert.rejects(prepared, /given up/);
});

test("a start that fails is reported, unless another call has begun since", () => {
  const { bridge } = setUp();
  const failures = [];
  const [first, second] = [{}, {}];
  bridge.prepare(first, { onFailed: (error) => failures.push(error.message) });
  first.onStartFailed(new Error("quota"));
  bridge.fail("refused", "quota");
  bridge.prepare(second, {});
  first.onStartFailed(new Error("from the past"));
  assert.deepEqual(failures, ["quota"]);
  assert.equal(bridge.status, "connecting");
});

test("a lost connection says what the service said", () => {
  const room = setUp();
  const { conversation } = connect(room);
  conversation.options.onDisconnect({ reason: "error", message: "quota exceeded", closeCode: 1002 });
  const lost = room.events.at(-1);
  assert.deepEqual([lost.reason, lost.detail], ["error", "quota exceeded · 1002"]);
});

test("a client library that stops halfway through ending does not leave the room in a call", async () => {
  const room = setUp();
  const { conversation } = connect(room);
  conversation.options.onStatusChange({ status: "disconnecting" });
  await room.clock.pass(2000);
  assert.equal(room.events.at(-1).status, "disconnected");
});

test("an error of ours is reported and does not reach the client library", () => {
  const room = setUp();
  const { conversation } = connect(room);
  const reported = [];
  room.bridge.report = (error) => reported.push(error.message);
  room.bridge.onChange = () => {
    throw new Error("ours");
  };
  conversation.options.onModeChange({ mode: "speaking" });
  assert.deepEqual(reported, ["ours"]);
});

test("a second call starts afresh", () => {
  const room = setUp();
  const first = connect(room);
  first.conversation.options.onDisconnect({ reason: "user" });
  const second = connect(room, {}, fakeConversation({ id: "conv_2" }));
  first.conversation.options.onMessage({ role: "agent", message: "from the past", event_id: 9 });
  second.conversation.options.onMessage({ role: "agent", message: "Hello again", event_id: 1 });
  assert.deepEqual(
    room.events.filter(({ kind }) => kind === "turn").map(({ text, conversation_id: id }) => [text, id]),
    [["Hello again", "conv_2"]],
  );
});

for (const nothing of ["", " ", "\n", "...", "…", " . .", "\u200b"]) {
  test(`the widget shows no bubble for ${JSON.stringify(nothing)}, and no response time is measured from it`, async () => {
    const room = setUp();
    const conversation = fakeConversation();
    const shown = [];
    conversation.options.onMessage = ({ message }) => shown.push(message);
    connect(room, {}, conversation);
    conversation.options.onMessage({ role: "user", message: nothing, event_id: 1 });
    await room.clock.pass(900);
    conversation.options.onMessage({ role: "agent", message: nothing, event_id: 2 });
    conversation.options.onMessage({ role: "agent", message: "Are you there?", event_id: 3 });
    conversation.options.onModeChange({ mode: "speaking" });
    assert.deepEqual(shown, ["Are you there?"]);
    const turns = room.events.filter(({ kind }) => kind === "turn");
    assert.deepEqual(
      turns.map(({ text }) => text),
      nothing ? [nothing, nothing, "Are you there?"] : ["Are you there?"],
    );
    assert.equal(room.events.filter(({ kind }) => kind === "timing").length, 0);
  });
}

const ENDED = "This request exceeds your quota limit.";
const QUOTA = { type: "error", message: `received 1002 (protocol error) ${ENDED}` };
const INTERNAL = { type: "error", error_event: { code: 1011, message: "LLM failed" } };
const OVER = {
  type: "error",
  error_event: { code: 1000, error_type: "max_duration_exceeded", message: "over" },
};

test("an error that the agent's server says before it hangs up is why the call ended", () => {
  for (const [said, details, expected] of [
    [[QUOTA], { reason: "agent", closeCode: 1000 }, ["error", 1002, ENDED]],
    [[QUOTA], { reason: "error", closeCode: 1002, closeReason: "Other." }, ["error", 1002, "Other."]],
    [[QUOTA], { reason: "error", closeCode: 1006 }, ["error", 1006, ENDED]],
    [[INTERNAL], { reason: "agent", closeCode: 1000 }, ["error", 1011, "LLM failed"]],
    [[{ type: "error", message: ENDED }], { reason: "agent", closeCode: 1000 }, ["error", 1000, ENDED]],
    [[INTERNAL, "I am back."], { reason: "agent", closeCode: 1000 }, ["agent", 1000, null]],
    [[QUOTA], { reason: "user", closeCode: 1000 }, ["user", 1000, null]],
    [[OVER], { reason: "agent", closeCode: 1000 }, ["agent", 1000, null]],
    [[], { reason: "agent", closeCode: 1000 }, ["agent", 1000, null]],
  ]) {
    const room = setUp();
    const handled = [];
    const conversation = fakeConversation();
    conversation.handleErrorEvent = (event) => handled.push(event.error_event.code);
    connect(room, {}, conversation);
    for (const each of said)
      if (typeof each === "string") conversation.options.onMessage({ role: "agent", message: each });
      else conversation.handleErrorEvent(each);
    conversation.options.onDisconnect(details);
    const { reason, close_code: code, close_reason: words } = room.events.at(-1);
    assert.deepEqual([reason, code, words], expected);
    // The library fails over an error without parts.
    assert.equal(handled.length, said.filter((each) => each.error_event).length);
  }
});
