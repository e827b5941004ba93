// What is typed while a call connects is said once, when the agent listens, or given back.
import assert from "node:assert/strict";
import test from "node:test";
import { Conversation, sendTyped } from "../../tools/room_client.mjs";
import { fakeClock, fakeConversation, recordingBridge, settle } from "./helpers.mjs";

const WORDS = ["I am tired", "I work by night", "And I cannot sleep"];
const GREETING = { role: "agent", message: "Hello Ana.", event_id: 1 };

function setUp() {
  const clock = fakeClock();
  const { bridge, events } = recordingBridge(clock);
  const said = () =>
    events.filter(({ kind, sender }) => kind === "turn" && sender === "client").map(({ text }) => text);
  return { bridge, clock, events, said };
}

function prepare(bridge) {
  const config = {};
  bridge.prepare(config, {
    brief: async () => ({ variables: {}, contexts: [{ id: "briefing", text: "Ana." }] }),
  });
  return config;
}

/** The order in which the client library calls; `log`: what the agent is sent. */
function connect(config, type = "voice") {
  const conversation = fakeConversation({ type });
  const log = [];
  conversation.sendUserMessage = (text) => log.push(text);
  conversation.sendContextualUpdate = (text) => log.push(text);
  config.onConversationCreated(conversation);
  conversation.options.onStatusChange({ status: "connected" });
  config.onConnect({});
  return { conversation, log };
}

for (const early of [0, 1, 2, 3]) {
  for (const type of ["voice", "text"]) {
    test(`of three messages ${early} are typed while a ${type} call connects: each is sent and said once`, async () => {
      const { bridge, said, events } = setUp();
      const config = prepare(bridge);
      await config.beforeStart({});
      for (const words of WORDS.slice(0, early)) config.onTypedEarly(words);
      const { conversation, log } = connect(config, type);
      for (const words of WORDS.slice(early)) conversation.sendUserMessage(words);
      conversation.options.onMessage(GREETING);
      conversation.options.onMessage({ role: "agent", message: "Tell me more.", event_id: 2 });
      assert.deepEqual(log, ["Ana.", ...WORDS]);
      assert.deepEqual(said(), WORDS);
      const greeted = events.findIndex(({ text }) => text === GREETING.message);
      const first = events.findIndex(({ text }) => text === WORDS[0]);
      assert.equal(greeted < first, early > 0);
      assert.deepEqual(bridge.takeUnsent(), []);
    });
  }
}

test("an agent that does not greet hears what was typed after three seconds", async () => {
  const { bridge, clock, said } = setUp();
  const config = prepare(bridge);
  config.onTypedEarly(WORDS[0]);
  connect(config);
  await clock.pass(2900);
  assert.deepEqual(said(), []);
  await clock.pass(100);
  assert.deepEqual(said(), [WORDS[0]]);
});

test("what was typed before the queue is said once the call is admitted", async () => {
  const { bridge, clock, said } = setUp();
  const config = prepare(bridge);
  await config.beforeStart({});
  config.onTypedEarly(WORDS[0]);
  const { conversation, log } = connect(config);
  const queue = (status) =>
    conversation.options.onDebug({ type: "queue_status", queue_status_event: { status } });
  queue("waiting");
  await clock.pass(60_000);
  assert.deepEqual(said(), []);
  log.length = 0;
  queue("admitted");
  conversation.options.onMessage(GREETING);
  assert.deepEqual(log, ["Ana.", WORDS[0]]);
  assert.deepEqual(said(), [WORDS[0]]);
});

const endings = {
  "cannot start": ({ bridge }) => bridge.fail("refused"),
  "breaks before the greeting": ({ bridge, config }) => {
    const { conversation } = connect(config);
    conversation.options.onStatusChange({ status: "disconnecting" });
    conversation.sendUserMessage(WORDS[2]);
    conversation.options.onDisconnect({ reason: "error" });
    assert.equal(bridge.status, "disconnected");
  },
  "finds no free line": ({ bridge, config }) => {
    const { conversation } = connect(config);
    for (const status of ["waiting", "timed_out"])
      conversation.options.onDebug({ type: "queue_status", queue_status_event: { status } });
    assert.equal(bridge.reason, "queue");
  },
};

for (const [ending, end] of Object.entries(endings)) {
  test(`what was typed for a call that ${ending} was not said, and nothing of it is lost`, async () => {
    const { bridge, clock, said } = setUp();
    const config = prepare(bridge);
    config.onTypedEarly(WORDS[0]);
    config.onTypedEarly(WORDS[1]);
    end({ bridge, config });
    await clock.pass(10_000);
    assert.deepEqual(said(), []);
    const lost = ending === "breaks before the greeting" ? WORDS : WORDS.slice(0, 2);
    assert.deepEqual(bridge.takeUnsent(), lost);
    assert.deepEqual(bridge.takeUnsent(), []);
  });
}

test("the widget's conversation that is over is not written to, nor said to", () => {
  const { bridge, said } = setUp();
  const { conversation, log } = connect(prepare(bridge));
  conversation.options.onDisconnect({ reason: "error" });
  log.length = 0;
  const config = prepare(bridge);
  conversation.sendUserMessage(WORDS[0]);
  assert.deepEqual([log, said()], [[], []]);
  const next = connect(config);
  next.conversation.options.onMessage(GREETING);
  assert.deepEqual(next.log, [WORDS[0]]);
  assert.deepEqual(said(), [WORDS[0]]);
});

/** A start of our build of the client library, which the page refuses after `typing`. */
async function start(options, typing = () => {}) {
  const early = [];
  const refuse = async () => {
    await settle();
    await typing();
    throw new Error("There is no briefing.");
  };
  const given = { onTypedEarly: (text) => early.push(text), beforeStart: refuse, ...options };
  await assert.rejects(Conversation.startSession(given), /no briefing/);
  return early;
}

test("while a call starts the page gets what is typed, first of all the words that start it", async () => {
  const over = fakeConversation();
  const early = await start({ typedFirst: WORDS[0] }, () => {
    sendTyped(null, WORDS[1]);
    sendTyped(over, WORDS[2]);
  });
  assert.deepEqual(early, WORDS);
  assert.deepEqual(over.calls.sent, []);
});

test("after a start, also one that failed, the conversation gets what is typed", async () => {
  const conversation = fakeConversation();
  assert.deepEqual(await start({}), []);
  sendTyped(conversation, WORDS[0]);
  sendTyped(null, WORDS[1]);
  assert.deepEqual(conversation.calls.sent, [WORDS[0]]);
});

test("a start that is given up meanwhile leaves the next one what is typed", async () => {
  let refuse;
  const refused = new Promise((_, reject) => (refuse = reject));
  const first = assert.rejects(Conversation.startSession({ beforeStart: () => refused }), /Given up/);
  const early = await start({}, async () => {
    refuse(new Error("Given up."));
    await first;
    sendTyped(null, WORDS[0]);
  });
  assert.deepEqual(early, [WORDS[0]]);
});
