import assert from "node:assert/strict";
import test from "node:test";
import { AgentCall } from "../../coachroom/ui/assets/agent_call.js";
import {
  APART,
  HANDED_BACK,
  HELD,
  HOLD,
  LOST,
  NOT_SENT,
  RECONNECTING,
  REFUSED,
  SESSION_ENDED,
  SILENCE,
  THINKING,
} from "../../coachroom/ui/assets/messages.js";
import { fakeClock, fakeConversation, fakeElement, fakeWidget, settle } from "./helpers.mjs";

const THEME = { primary: "#1f6f5c", background: "#ffffff", text: "#1c1f1e", radius: "0.5rem" };
const DATA = {
  session_id: "s1",
  room_url: "/room/r1",
  session_url: "/Session?session=s1",
  token: "secret",
  attributes: { "agent-id": "a" },
  ws_origin: null,
  needs_signed_url: false,
  autostart: false,
  text_only: false,
  muted: false,
  chose_typing: false,
  hold_to_talk: false,
  off_record: false,
  microphone_id: null,
  said_before: [],
  tools: ["save_goal"],
  notes: [],
  stages: [],
  ends_at: null,
  paused_until: null,
  warn_seconds: 180,
  warn_text: "{minutes} minutes are left.",
  practice: true,
};

const BRIEFING = {
  variables: { client_name: "Ana", resumed: "no" },
  contexts: [{ id: "briefing", text: "The client is Ana." }],
};

const fakeView = () => ({
  box: fakeElement(),
  host: fakeElement(),
  applyTheme: () => THEME,
  render(state) {
    this.state = state;
  },
  renderTime(label) {
    this.time = label;
  },
  renderBudget(sentence) {
    this.budget = sentence;
  },
  renderNotes(notes) {
    this.notes = notes.all.filter(({ undone }) => !undone).map(({ text }) => text);
  },
  renderVolumes(volumes) {
    this.volumes = volumes;
  },
});

/** `answers`: what the server says to a path in place of storing what it gets. */
function setUp({ data = {}, answers = {} } = {}) {
  const clock = fakeClock(Date.parse("2026-01-01T10:00:00Z"));
  const seen = {
    posts: [],
    beacons: [],
    stored: [],
    widgets: [],
    boxes: [],
    portals: [],
    changes: 0,
    helps: 0,
    listening: true,
    hidden: false,
  };
  let hide;
  let wake;
  let network;
  const browser = {
    clock,
    page: {
      webSocketOrigin: (path) => `ws://here${path}`,
      wasClicked: () => true,
      blockedSockets: () => 0,
      soundPlays: async () => true,
      hidden: () => seen.hidden,
      onWake(listener) {
        wake = listener;
        return () => {};
      },
      onNetworkChange(listener) {
        network = listener;
        return () => {};
      },
      onHide(listener) {
        hide = listener;
        return () => (seen.listening = false);
      },
    },
    http: {
      async postJson(path, text, token) {
        const request = JSON.parse(text);
        seen.posts.push([path, request, token]);
        const answer = answers[path.replace("/room/r1", "")];
        if (answer) return answer(request);
        if (path.endsWith("/briefing")) return { status: 200, answer: BRIEFING };
        for (const event of request.events ?? []) seen.stored.push(event);
        return { status: 200, answer: { ack: seen.stored.at(-1)?.n ?? 0, session: "active" } };
      },
      sendBeacon: (path, text) => seen.beacons.push([path, JSON.parse(text)]),
    },
    announceChange: () => (seen.changes += 1),
    overPage: { show: (over) => (seen.over = over), hide: () => (seen.over = null) },
    announceHelp: () => (seen.helps += 1),
    widgetFactory: {
      createPortal() {
        const node = fakeElement();
        const portal = { node, open: () => (node.isConnected = true), close: () => (portal.closed = true) };
        seen.portals.push(portal);
        return portal;
      },
      createWidget() {
        const { widget, buttons, box } = fakeWidget("Start a call", "Mute microphone");
        seen.boxes.push(box);
        const config = {};
        buttons[0].click = () => {
          seen.config = config;
          widget.dispatch("elevenlabs-convai:call", { detail: { config } });
        };
        seen.widgets.push(widget);
        return widget;
      },
      dressWidget() {},
    },
    startBrowser: {
      loadWidget: async () => {},
      listDevices: async () => ({ microphones: [], speakers: [] }),
      savedDevices: () => ({}),
    },
  };
  const call = new AgentCall({ ...DATA, ...data }, browser);
  const view = fakeView();
  return {
    call,
    view,
    clock,
    seen,
    hide: (why) => hide(why),
    wake: () => wake(),
    network: (online) => network(online),
    data: { ...DATA, ...data },
  };
}

/** A call that is connected, as the client library 1.14 does it. */
async function connected(given) {
  const room = setUp(given);
  room.call.show(room.view, room.data);
  await room.call.open();
  await room.call.start();
  return { ...room, conversation: connect(room.seen.config) };
}

function connect(config, conversation = fakeConversation()) {
  config.onConversationCreated(conversation);
  conversation.options.onStatusChange({ status: "connected" });
  config.onConnect({});
  return conversation;
}

/** What our build of the widget does first: the variables with which the call starts. */
async function prepared({ seen: { config }, clock }) {
  const options = {};
  const ready = config.beforeStart(options);
  await clock.pass(50);
  await ready;
  return options.dynamicVariables;
}

const kinds = (events) => events.map((event) => (event.kind === "status" ? event.status : event.kind));

test("the box says what happens next, then that the call goes on", async () => {
  const { call, view, data } = setUp();
  call.show(view, data);
  assert.match(view.state.hint, /getting ready/);
  await call.open();
  assert.deepEqual([view.state.label, view.state.canStart], ["Not started", true]);
  assert.match(view.state.hint, /will greet you/);

  const { view: other } = await connected();
  assert.deepEqual([other.state.label, other.state.inCall, other.state.canStart], ["Listening", true, false]);
});

test("what is said reaches the server under the session's token", async () => {
  const { conversation, clock, seen } = await connected();
  conversation.options.onMessage({ role: "user", message: "I am tired", event_id: 1 });
  await clock.pass(30);
  const [path, request, token] = seen.posts.at(-1);
  assert.deepEqual([path, token, request.conversation_id], ["/room/r1/events", "secret", "conv_1"]);
  assert.deepEqual(kinds(seen.stored), ["connecting", "connected", "turn"]);
});

test("a client who mutes is muted in the next call as well", async () => {
  const { call, conversation, seen } = await connected();
  assert.equal(call.canMute, true);
  call.setMuted(true);
  assert.equal(call.muted, true);
  assert.deepEqual(conversation.calls.muted, [true]);
  conversation.options.onDisconnect({ reason: "user" });
  assert.equal(call.canMute, false);

  await call.start();
  const second = fakeConversation({ id: "conv_2" });
  seen.config.onConversationCreated(second);
  assert.deepEqual(second.calls.muted, [true]);
});

test("what was typed for a call that could not start stands in the text box again, and the client is told", async () => {
  const { call, view, data, seen, clock } = setUp();
  call.show(view, data);
  await call.open();
  await call.start();
  seen.config.onTypedEarly("I am tired");
  seen.config.onTypedEarly("I work by night");
  seen.config.onStartFailed(new Error("refused"));
  assert.equal(view.state.problem, `${REFUSED.connection} ${NOT_SENT}`);
  await clock.pass(30);
  assert.equal(seen.boxes.at(-1).value, "I am tired\nI work by night");
  assert.deepEqual(kinds(seen.stored), ["connecting", "failed"]);
  await call.start();
  assert.equal(view.state.problem, null);
});

test("a client who is muted stays so in a call that waits in the queue, whose widget shows the mute late", async () => {
  const { call, conversation, seen, clock } = await connected();
  call.setMuted(true);
  conversation.options.onDisconnect({ reason: "user" });
  await call.start();
  const mute = seen.widgets.at(-1).shadowRoot.querySelectorAll()[1];
  const before = mute.clicks;
  const second = connect(seen.config, fakeConversation({ id: "conv_2" }));
  for (const status of ["waiting", "admitted"]) {
    second.options.onDebug({ type: "queue_status", queue_status_event: { status } });
    await clock.pass(200);
  }
  assert.equal(mute.clicks - before, 1);
  assert.equal(call.muted, true);
});

test("ending hangs up and waits until the server has stored it", async () => {
  const { call, conversation, clock, seen } = await connected();
  const ended = call.end();
  await clock.pass(100);
  await ended;
  assert.equal(conversation.calls.ended, 1);
  const last = seen.stored.at(-1);
  assert.deepEqual([last.status, last.reason], ["disconnected", "user"]);
});

test("ending takes a second and a half at most, also without a server", async () => {
  const offline = () => Promise.reject(new TypeError("network"));
  const { call, clock } = await connected({ answers: { "/events": offline } });
  let done = false;
  call.end().then(() => (done = true));
  await clock.pass(1400);
  assert.equal(done, false);
  await clock.pass(100);
  assert.equal(done, true);
});

test("a session that the server has ended ends the call and offers no other", async () => {
  const over = ({ events }) => ({ status: 200, answer: { ack: events.at(-1).n, session: "completed" } });
  const { call, view, conversation, clock } = await connected({ answers: { "/events": over } });
  await clock.pass(100);
  assert.equal(conversation.calls.ended, 1);
  assert.equal(view.state.problem, SESSION_ENDED);
  assert.deepEqual([view.state.label, view.state.canStart, view.state.canRetry], ["Ended", false, false]);
  assert.equal(view.state.boxHidden, true);
  await call.start();
  assert.equal(call.bridge.status, "disconnected");
});

test("a box that comes back in time keeps its call; meanwhile nobody is listened to", async () => {
  const { call, view, conversation, clock, data, seen } = await connected();
  call.leave(view, () => assert.fail("it came back"));
  assert.deepEqual(conversation.calls.muted, [true]);
  await clock.pass(600);
  const next = fakeView();
  call.show(next, data);
  assert.deepEqual(conversation.calls.muted, [true, false]);
  await clock.pass(5000);
  assert.equal(conversation.calls.ended, 0);
  assert.equal(seen.portals[0].anchor, next.box);
});

test("a box that is shown elsewhere already does not end the call by leaving", async () => {
  const { call, view, conversation, clock, data } = await connected();
  call.show(fakeView(), data);
  call.leave(view, () => assert.fail("it is shown elsewhere"));
  await clock.pass(5000);
  assert.equal(conversation.calls.ended, 0);
});

test("a box that stays away ends its call within a second, and what is left is sent", async () => {
  const { call, view, conversation, clock, seen } = await connected();
  let left = false;
  call.leave(view, () => (left = true));
  await clock.pass(1000);
  assert.equal(left, true);
  assert.equal(conversation.calls.ended, 1);
  assert.equal(seen.portals[0].closed, true);
  assert.deepEqual(kinds(seen.stored).slice(-1), ["disconnected"]);
  assert.equal(seen.stored.at(-1).reason, "left");
  await settle();
  assert.equal(seen.listening, false);
});

test("a page that closes sends what waits by beacon; a hidden tab as well, but stays", async () => {
  const { seen, hide } = await connected();
  hide("hidden");
  hide("pagehide");
  const [[path, hidden], [, final]] = seen.beacons;
  assert.equal(path, "/room/r1/events");
  assert.deepEqual([hidden.why, kinds(hidden.events)], ["hidden", ["connecting", "connected"]]);
  assert.deepEqual([final.why, kinds(final.events)], ["pagehide", ["connecting", "connected", "left"]]);
});

test("a page that closes loses its microphone, which is no interruption; one out of sight pauses", async () => {
  for (const [whys, paused] of [
    [["pagehide", "hidden"], false],
    [["hidden"], true],
  ]) {
    const { call, conversation, seen, hide } = await connected();
    const track = Object.assign(new EventTarget(), { readyState: "ended" });
    conversation.input = { inputStream: { getAudioTracks: () => [track] } };
    call.interruption.watch(conversation);
    seen.hidden = true;
    for (const why of whys) hide(why);
    assert.equal(conversation.calls.ended > 0, paused);
  }
});

test("what the agent notes is shown, and undone on the server", async () => {
  const note = { id: "n1", text: "Goal: Run", kind: "goal" };
  const { call, view, seen, clock } = await connected({
    answers: {
      "/tools": () => ({ status: 200, answer: { result: "Noted.", is_error: false, note, stage: "goal" } }),
      "/undo": () => ({ status: 200, answer: { undone: true, notes: [] } }),
    },
  });
  const answer = seen.config.clientTools.save_goal({ title: "Run" });
  await clock.pass(100);
  assert.equal(await answer, "Noted.");
  assert.deepEqual(view.notes, ["Goal: Run"]);
  const paths = seen.posts.map(([path]) => path);
  assert.deepEqual(paths, ["/room/r1/events", "/room/r1/tools"], "the turns go first");
  assert.equal(await call.undo("n1"), true);
  assert.deepEqual(view.notes, []);
});

test("the agent is asked once to wrap up, and the end of the time ends the call", async () => {
  const { view, conversation, clock } = await connected({ data: { ends_at: "2026-01-01T10:05:00Z" } });
  await clock.pass(125_000);
  assert.deepEqual(conversation.calls.context, [["3 minutes are left.", "time"]]);
  assert.equal(view.time, "2:55 left");
  await clock.pass(190_000);
  assert.equal(conversation.calls.ended, 1);
});

test("a call that begins with less time left than the warning tells the agent how much it is", async () => {
  for (const [seconds, minutes] of [
    [125, 2],
    [61, 1],
    [20, 1],
  ]) {
    const ends_at = new Date(Date.parse("2026-01-01T10:00:00Z") + seconds * 1000).toISOString();
    const { conversation, clock } = await connected({ data: { ends_at } });
    await clock.pass(1000);
    assert.deepEqual(conversation.calls.context.at(-1), [`${minutes} minutes are left.`, "time"]);
  }
});

test("a call that the budget makes shorter says how many minutes are left and when there are more", async () => {
  const budget = { period: "client_day", renewed_at: "2026-01-02T00:00:00.000Z", seconds: 600 };
  const ends_at = "2026-01-01T10:10:00Z";
  const answers = { "/briefing": () => ({ status: 200, answer: { ...BRIEFING, budget } }) };
  const room = setUp({ data: { ends_at }, answers });
  const { view, clock } = room;
  room.call.show(view, room.data);
  await room.call.open();
  await room.call.start();
  await prepared(room);
  const conversation = connect(room.seen.config);
  await clock.pass(1000);
  assert.match(view.budget, /^You have 10 minutes with the coach left today. The next day starts at /);
  await clock.pass(541_000);
  assert.match(view.budget, /^You have 1 minute with the coach left today. /);
  conversation.options.onDisconnect({ reason: "user" });
  await clock.pass(1000);
  assert.equal(view.budget, null);
});

test("a call that is as long as its session says nothing of the budget", async () => {
  const { view, clock } = await connected({ data: { ends_at: "2026-01-01T10:10:00Z" } });
  await clock.pass(1000);
  assert.equal(view.budget, null);
});

test("the server's clock and the end that it names count, not this machine's", async () => {
  const answer = ({ events }) => ({
    status: 200,
    answer: { ack: events.at(-1).n, session: "active", ends_at: "2026-01-01T12:00:00" },
    date: "Thu, 01 Jan 2026 11:50:00 GMT",
  });
  const { view, clock } = await connected({ answers: { "/events": answer } });
  await clock.pass(2000);
  assert.equal(view.time, "9:59 left");
});

test("a call that needs a signed address hands it to the widget in place of the agent's id", async () => {
  const answers = { "/access": () => ({ status: 200, answer: { signed_url: "wss://x/1" } }) };
  const { call, view, data, seen } = setUp({ data: { needs_signed_url: true }, answers });
  call.show(view, data);
  await call.open();
  await settle();
  call.show(view, data);
  const [widget] = seen.widgets;
  assert.equal(widget.getAttribute("signed-url"), "wss://x/1");
  assert.equal(widget.getAttribute("agent-id"), null);
});

test("a lost connection says so and is taken up by itself", async () => {
  const { view, conversation, clock, seen } = await connected();
  conversation.options.onDisconnect({ reason: "error" });
  assert.equal(view.state.problem, RECONNECTING.trying);
  assert.deepEqual([view.state.label, view.state.canStart], ["Reconnecting", false]);
  await clock.pass(1000);
  connect(seen.config, fakeConversation({ id: "conv_2" }));
  assert.deepEqual([view.state.label, view.state.problem], ["Listening", null]);
});

test("a call that the client paused is not taken up by itself", async () => {
  const { call, view, clock, seen } = await connected();
  await call.pause.begin("paused");
  await clock.pass(60_000);
  assert.deepEqual([view.state.label, call.reconnect.active], ["Paused", false]);
  assert.equal(seen.stored.filter(({ status }) => status === "connecting").length, 1);
});

test("a connection that cannot be had again is offered to the person", async () => {
  const { call, view, conversation, clock, seen } = await connected();
  conversation.options.onDisconnect({ reason: "error" });
  for (let i = 0; i < 3; i += 1) {
    await clock.pass(5000);
    assert.equal(call.bridge.status, "connecting");
    seen.config.onStartFailed(new Error("refused"));
  }
  await clock.pass(60_000);
  assert.equal(view.state.problem, REFUSED.connection);
  assert.deepEqual([view.state.canStart, view.state.startLabel], [true, "Continue the conversation"]);
});

test("a call that ended because the agent is not set up right is not begun again", async () => {
  const { view, conversation, clock } = await connected();
  conversation.options.onDisconnect({ reason: "error", closeCode: 1008, closeReason: "exceeds your quota" });
  await clock.pass(60_000);
  assert.equal(view.state.problem, LOST.community);
  assert.equal(view.state.canStart, true);
});

test("what was typed as the line broke is said in the next call, and not given back", async () => {
  const { view, conversation, clock, seen } = await connected();
  conversation.options.onStatusChange({ status: "disconnecting" });
  conversation.sendUserMessage("Are you there");
  conversation.options.onDisconnect({ reason: "error" });
  assert.equal(view.state.problem, RECONNECTING.trying);
  await clock.pass(1000);
  const second = connect(seen.config, fakeConversation({ id: "conv_2" }));
  second.options.onMessage({ role: "agent", message: "Welcome back.", event_id: 1 });
  assert.deepEqual(second.calls.sent, ["Are you there"]);
  assert.equal(seen.boxes.at(-1).value, "");
});

test("the browser's sign that the network is gone is shown, and a line that did not survive is replaced", async () => {
  const { view, clock, network, seen } = await connected();
  const { config } = seen;
  for (let i = 0; i < 4; i += 1) {
    config.onHeard();
    await clock.pass(1000);
  }
  network(false);
  assert.equal(view.state.problem, RECONNECTING.offline);
  network(true);
  assert.equal(view.state.problem, null);
  await clock.pass(4500);
  assert.equal(seen.stored.findLast(({ status }) => status === "disconnected").reason, "line");
  await clock.pass(1000);
  assert.notEqual(seen.config.onHeard, undefined);
  assert.equal(view.state.label, "Reconnecting");
});

test("when the time is up the agent is heard to the end, hears nothing more, and then the session is over", async () => {
  let session = "active";
  const answers = { "/events": () => ({ status: 200, answer: { ack: 100, session } }) };
  const { call, view, conversation, clock } = await connected({ answers });
  conversation.options.onModeChange({ mode: "speaking" });
  session = "completed";
  conversation.options.onMessage({ role: "agent", message: "Take care.", event_id: 1 });
  await clock.pass(3000);
  assert.deepEqual([call.over, view.state.inCall, conversation.calls.ended], [false, true, 0]);
  assert.equal(conversation.calls.muted.at(-1), true);
  conversation.getOutputVolume = () => 0;
  conversation.options.onModeChange({ mode: "listening" });
  await clock.pass(1000);
  assert.deepEqual([call.over, view.state.inCall, conversation.calls.ended], [true, false, 1]);
});

for (const [told, ends_at] of [
  ["before the server says so", "2026-01-01T10:00:02Z"],
  ["once the server says so", null],
])
  test(`what the agent says when the time is up is heard to the end on the next page, ${told}`, async () => {
    let session = "active";
    const answers = { "/events": () => ({ status: 200, answer: { ack: 100, session } }) };
    const { call, view, conversation, clock } = await connected({ answers, data: { ends_at } });
    conversation.options.onModeChange({ mode: "speaking" });
    if (!ends_at) session = "completed";
    conversation.options.onMessage({ role: "agent", message: "Take care.", event_id: 1 });
    await clock.pass(1600);
    call.leave(view, () => {});
    await clock.pass(3000);
    assert.equal(conversation.calls.ended, 0);
    conversation.getOutputVolume = () => 0;
    conversation.options.onModeChange({ mode: "listening" });
    await clock.pass(1000);
    assert.equal(conversation.calls.ended, 1);
  });

test("an agent that does not answer is noticed, asked once, and replaced, and that is on record", async () => {
  const { view, conversation, clock, seen } = await connected();
  conversation.getInputVolume = () => 0;
  conversation.options.onMessage({ role: "user", message: "I am tired", event_id: 1 });
  await clock.pass(7000);
  assert.equal(view.state.hint, SILENCE.late);
  await clock.pass(4000);
  assert.deepEqual(conversation.calls.sent, ["..."]);
  assert.equal(view.state.hint, SILENCE.asked);
  await clock.pass(5000);
  assert.deepEqual([view.state.label, view.state.problem], ["Reconnecting", RECONNECTING.trying]);
  assert.equal(seen.stored.findLast(({ status }) => status === "disconnected").reason, "silent");
});

test("an answer ends the wait for it, be it sound or text", async () => {
  for (const answer of ["onMessage", "onModeChange"]) {
    const { view, conversation, clock } = await connected();
    conversation.getInputVolume = () => 0;
    conversation.options.onMessage({ role: "user", message: "I am tired", event_id: 1 });
    await clock.pass(7000);
    conversation.options[answer]({ role: "agent", message: "Tell me more.", event_id: 2, mode: "speaking" });
    await clock.pass(30_000);
    assert.deepEqual([view.state.inCall, conversation.calls.sent], [true, []]);
  }
});

test("a client who is thinking is waited for until they type a word", async () => {
  const { call, view, conversation, clock } = await connected();
  conversation.getInputVolume = () => 0;
  call.toggleThinking();
  assert.deepEqual([view.state.hint, view.state.thinking], [THINKING, true]);
  await clock.pass(3000);
  assert.equal(conversation.calls.activity >= 3, true);
  assert.match(conversation.calls.context.at(-1)[0], /say nothing and wait/);
  conversation.sendUserMessage("I know now");
  assert.equal(view.state.thinking, false);
  const { activity } = conversation.calls;
  await clock.pass(5000);
  assert.equal(conversation.calls.activity, activity);
});

test("who holds a button to talk is heard only while it is held, and not spoken over meanwhile", async () => {
  const { call, view, conversation, clock } = await connected({ data: { hold_to_talk: true } });
  assert.deepEqual(
    [conversation.calls.muted.at(-1), view.state.hint, view.state.label],
    [true, HOLD, "Muted"],
  );
  call.hold.press();
  await clock.pass(2500);
  assert.equal(conversation.calls.muted.at(-1), false);
  assert.equal(conversation.calls.activity, 3);
  call.hold.release();
  assert.equal(conversation.calls.muted.at(-1), true);
  assert.equal(call.muted, false);
  call.toggleHoldToTalk();
  assert.deepEqual([conversation.calls.muted.at(-1), view.state.holdToTalk], [false, false]);
});

test("while the agent says goodbye nothing more is sent to it", async () => {
  const { view, conversation, seen } = await connected();
  seen.config.onLastWords();
  assert.equal(view.state.hint, "The coach says goodbye.");
  conversation.sendUserMessage("One more thing");
  assert.deepEqual(conversation.calls.sent, []);
  conversation.options.onDisconnect({ reason: "agent" });
  assert.equal(view.state.problem, NOT_SENT);
});

test("the volumes of both sides are drawn during a call", async () => {
  const { view, clock } = await connected();
  await clock.pass(100);
  assert.deepEqual(view.volumes, { client: 0.4, agent: 0.2 });
});

test("a call that is taken up again is told what was said, once that is stored", async () => {
  let briefing = BRIEFING;
  const room = setUp({ answers: { "/briefing": () => ({ status: 200, answer: briefing }) } });
  room.call.show(room.view, room.data);
  await room.call.open();
  await room.call.start();
  assert.deepEqual(await prepared(room), BRIEFING.variables);
  const first = connect(room.seen.config);
  first.options.onMessage({ role: "user", message: "I am tired", event_id: 1 });
  first.options.onDisconnect({ reason: "error", closeCode: 1011 });

  const resumed = { id: "resumed", text: "The client has reconnected." };
  briefing = { variables: { resumed: "yes" }, contexts: [resumed] };
  await room.call.start();
  assert.deepEqual(await prepared(room), { resumed: "yes" });
  const second = connect(room.seen.config, fakeConversation({ id: "conv_2" }));
  assert.deepEqual(second.calls.context, [[resumed.text, resumed.id]]);
  const asked = room.seen.posts.findLastIndex(([path]) => path.endsWith("/briefing"));
  const stored = room.seen.posts.slice(0, asked).flatMap(([, { events = [] }]) => kinds(events));
  assert.ok(stored.includes("turn") && stored.includes("disconnected"));
});

test("a call without a briefing does not start, and may be tried again", async () => {
  const room = setUp({
    answers: { "/briefing": () => ({ status: 503, answer: { error: "Wait a moment." } }) },
  });
  room.call.show(room.view, room.data);
  await room.call.open();
  await room.call.start();
  const { beforeStart, onStartFailed } = room.seen.config;
  const failure = beforeStart({}).catch((error) => error);
  await room.clock.pass(50);
  onStartFailed(await failure);
  assert.equal(room.call.bridge.status, "failed");
  assert.deepEqual([room.view.state.problem, room.view.state.canStart], [REFUSED.connection, true]);
});

test("a session that takes no more tells its client, and the call goes on", async () => {
  const full = "This conversation is longer than we can keep.";
  const refused = ({ events }) => ({
    status: 200,
    answer: { ack: events.at(-1).n, session: "active", full },
  });
  const { view, conversation, clock } = await connected({ answers: { "/events": refused } });
  await clock.pass(100);
  assert.equal(view.state.problem, full);
  assert.deepEqual([view.state.inCall, view.state.boxHidden, conversation.calls.ended], [true, false, 0]);
});

test("words of danger open the help lines as soon as their delivery is acknowledged", async () => {
  const room = await connected({
    answers: {
      "/events": ({ events }) => {
        const help = events.some(({ text }) => text === "I want to die");
        return { status: 200, answer: { ack: events.at(-1).n, session: "active", ...(help && { help }) } };
      },
    },
  });
  const say = async (message) => {
    room.conversation.options.onMessage({ role: "user", message, event_id: 1 });
    await room.clock.pass(100);
  };
  await say("I want to sleep");
  assert.equal(room.seen.helps, 0);
  await say("I want to die");
  assert.equal(room.seen.helps, 1);
});

test("the agent is reminded to say less, once in five minutes, and the server learns of it", async () => {
  const remind = "Ask more and say less.";
  const room = await connected({
    answers: {
      "/events": (request) => ({
        status: 200,
        answer: { ack: request.events.at(-1).n, session: "active", remind },
      }),
    },
  });
  const told = () => room.conversation.calls.context.filter(([, id]) => id === "talk");
  const say = async () => {
    room.conversation.options.onMessage({ role: "agent", message: "Much.", event_id: 1 });
    await room.clock.pass(1000);
  };
  await say();
  await say();
  assert.deepEqual(told(), [[remind, "talk"]]);
  await room.clock.pass(5 * 60_000);
  await say();
  assert.equal(told().length, 2);
  const reminders = room.seen.posts.flatMap(([, { events = [] }]) =>
    events.filter(({ kind }) => kind === "reminder"),
  );
  assert.equal(new Set(reminders.map(({ n }) => n)).size, 2);
});

test("a page that wakes asks at once how the session stands, again where it is still offline, and says that it is over", async () => {
  let offline = 2;
  const room = setUp({
    answers: {
      "/events": () => {
        if (offline-- > 0) throw new Error("offline");
        return { status: 200, answer: { ack: 0, session: "abandoned", ends_at: null } };
      },
    },
  });
  room.call.show(room.view, room.data);
  await room.call.open();
  assert.equal(room.call.over, false);
  room.wake();
  await room.clock.pass(1000);
  assert.equal(room.call.over, true);
  assert.equal(room.seen.over.address, "/Session?session=s1");
});

test("a page whose clock stood still asks without being told that it woke", async () => {
  const room = setUp();
  room.call.show(room.view, room.data);
  await room.call.open();
  const before = room.seen.posts.length;
  await room.clock.pass(3000);
  assert.equal(room.seen.posts.length, before);
  room.clock.jump(60_000);
  await room.clock.pass(1000);
  assert.deepEqual(room.seen.posts.at(-1)[1].events, []);
});

test("who ends the session here sees no cover over it", async () => {
  const room = await connected({
    answers: { "/events": () => ({ status: 200, answer: { ack: 99, session: "completed" } }) },
  });
  const ended = room.call.end();
  await room.clock.pass(1500);
  await ended;
  assert.equal(room.call.over, true);
  assert.equal(room.seen.over, undefined);
});

test("a pause ends the call, is told to the server, and the next call goes on", async () => {
  const room = await connected();
  assert.deepEqual([room.call.canPause, room.call.paused], [true, false]);
  await room.call.pause.begin("paused");
  await room.clock.pass(100);
  assert.equal(room.conversation.calls.ended, 1);
  assert.deepEqual([room.call.canPause, room.call.paused], [false, true]);
  assert.deepEqual([room.view.state.label, room.view.state.startLabel], ["Paused", "Go on"]);
  assert.deepEqual([room.view.state.canStart, room.view.state.problem], [true, null]);
  const [last] = room.seen.stored.slice(-1);
  assert.deepEqual([last.kind, last.status, last.reason], ["status", "disconnected", "paused"]);
  await room.call.start();
  assert.equal(room.call.paused, false);
});

test("in a pause no signed address is asked for, however long it lasts", async () => {
  const access = { status: 200, answer: { signed_url: "wss://there/call" } };
  const room = await connected({ data: { needs_signed_url: true }, answers: { "/access": () => access } });
  const asked = () => room.seen.posts.filter(([path]) => path.endsWith("/access")).length;
  const before = asked();
  await room.call.pause.begin("paused");
  await room.clock.pass(25 * 60_000);
  assert.equal(asked(), before);
  await room.call.start();
  assert.equal(asked(), before + 1);
});

test("a page that is loaded in a pause shows it", async () => {
  const room = setUp({ data: { paused_until: "2026-01-01T10:20:00" } });
  room.call.show(room.view, room.data);
  await room.call.open();
  assert.deepEqual([room.view.state.label, room.view.state.startLabel], ["Paused", "Go on"]);
  assert.match(room.view.state.hint, /The room waits 20 minutes for you/);
});

/** What the call knows of a human coach in the room. */
const humanCoach = (more = {}) => ({ held: false, apart: false, attribute: (_, fields) => fields, ...more });

test("while a human coach lets the agent wait the room says so, and nobody takes it for silence", async () => {
  const { call, view, conversation, clock } = await connected();
  conversation.getInputVolume = () => 0;
  call.humanCoach = humanCoach({ held: true, apart: true });
  call.humanCoachChanged();
  assert.deepEqual([view.state.label, view.state.hint, view.state.canThink], ["Waiting", HELD, false]);
  conversation.options.onMessage({ role: "user", message: "I am tired", event_id: 1 });
  await clock.pass(60_000);
  assert.equal(view.state.hint, HELD);
  assert.equal(conversation.calls.ended, 0);
});

test("a call that a human coach ended is no failure, and begins again only once the coach hands back", async () => {
  const { call, view, seen, clock } = await connected();
  call.humanCoach = humanCoach({ apart: true });
  await call.bridge.hangUp("coach");
  await clock.pass(30_000);
  assert.deepEqual([view.state.label, view.state.canStart, view.state.hint], ["Ended", false, APART]);
  assert.equal(seen.stored.at(-1).reason, "coach");
  call.humanCoach = humanCoach();
  call.humanCoachChanged();
  assert.deepEqual(
    [view.state.canStart, view.state.startLabel, view.state.hint],
    [true, "Continue with the AI coach", HANDED_BACK],
  );
});

test("words that a human coach said are on record as theirs", async () => {
  const { call, conversation, clock, seen } = await connected();
  const attribute = (kind, fields) => (kind === "turn" ? { ...fields, sender: "coach" } : fields);
  call.humanCoach = humanCoach({ attribute });
  conversation.options.onMessage({ role: "user", message: "May I say something?", event_id: 1 });
  await clock.pass(2000);
  const turn = seen.stored.find(({ kind }) => kind === "turn");
  assert.deepEqual([turn.sender, turn.text], ["coach", "May I say something?"]);
});
