import assert from "node:assert/strict";
import test from "node:test";
import { Bridge } from "../../coachroom/ui/assets/bridge.js";
import { BudgetSpentError, SessionGoneError } from "../../coachroom/ui/assets/call_briefing.js";
import { CallStarter } from "../../coachroom/ui/assets/call_starter.js";
import { LOST, PROBLEM, REFUSED } from "../../coachroom/ui/assets/messages.js";
import { Microphone } from "../../coachroom/ui/assets/microphone.js";
import { SignedUrl } from "../../coachroom/ui/assets/signed_url.js";
import { fakeClock, fakeConversation, settle } from "./helpers.mjs";

const DATA = {
  needs_signed_url: false,
  autostart: false,
  text_only: false,
  microphone_id: "mic-2",
  ws_origin: null,
  said_before: [],
  tools: ["remember"],
};

/** The widget's buttons and elements, without a DOM: pressing start begins a call. */
function fakeHost(onCall) {
  return {
    mounted: false,
    remounts: 0,
    updates: 0,
    offersStart: true,
    configs: [],
    mount() {
      this.mounted = true;
    },
    remount() {
      this.remounts += 1;
    },
    updateAttributes() {
      this.updates += 1;
    },
    async pressStart() {
      if (!this.offersStart) return false;
      const config = {};
      this.configs.push(config);
      onCall(config);
      return true;
    },
  };
}

/** `replies`: what the server answers to one request for a signed address after the other. */
function setUp({
  data = {},
  replies = [],
  clicked = true,
  plays = true,
  speaker = null,
  load = async () => {},
} = {}) {
  const clock = fakeClock();
  const seen = { events: [], gone: null, asked: 0, blocked: 0 };
  const settings = { ...DATA, ...data };
  const widget = fakeHost((config) => starter.callBegins(config));
  const bridge = new Bridge({
    add: (kind, fields) => {
      const event = { n: seen.events.length + 1, kind, ...fields };
      seen.events.push(event);
      return event;
    },
    clock,
    microphone: new Microphone({ onChange: () => {} }),
    onChange: () => starter.statusChanged(),
  });
  const signedUrl = new SignedUrl({
    now: clock.now,
    ask: async () => {
      seen.asked += 1;
      return replies.length > 1 ? replies.shift() : replies[0];
    },
  });
  const starter = new CallStarter({
    data: () => settings,
    bridge,
    widget,
    signedUrl,
    brief: async () => ({ variables: {}, contexts: [] }),
    tools: { functions: (names) => Object.fromEntries(names.map((name) => [name, async () => name])) },
    clock,
    page: {
      webSocketOrigin: (path) => `ws://here${path}`,
      wasClicked: () => clicked,
      soundPlays: async () => plays,
      blockedSockets: () => seen.blocked,
    },
    onChange: () => {},
    onGone: (sentence) => (seen.gone = sentence),
    browser: {
      loadWidget: load,
      listDevices: async () => ({ microphones: [{ id: "mic-2" }], speakers: [{ id: "speaker-2" }] }),
      savedDevices: () => ({ speaker_id: speaker }),
    },
  });
  return { starter, bridge, widget, clock, seen, settings };
}

const url = (n) => ({ status: 200, answer: { signed_url: `wss://x/${n}` } });

/** What the client library does once a call is connected. */
function connect(config, id = "conv_1") {
  const conversation = fakeConversation({ id });
  config.onConversationCreated(conversation);
  conversation.options.onStatusChange({ status: "connected" });
  return conversation;
}

test("opening loads the widget and waits for the person", async () => {
  const { starter, widget } = setUp();
  assert.equal(starter.loading, true);
  await starter.open();
  assert.equal(widget.mounted, true);
  assert.equal(starter.loading, false);
  assert.equal(starter.problem, null);
  assert.deepEqual(widget.configs, []);
});

test("a call that is to start by itself starts once", async () => {
  const { starter, widget } = setUp({ data: { autostart: true } });
  await starter.open();
  await settle();
  await starter.open();
  await settle();
  assert.equal(widget.configs.length, 1);
});

test("without a click on the page only a typed conversation starts by itself", async () => {
  for (const [textOnly, calls] of [
    [false, 0],
    [true, 1],
  ]) {
    const { starter, widget } = setUp({ data: { autostart: true, text_only: textOnly }, clicked: false });
    await starter.open();
    await settle();
    assert.equal(widget.configs.length, calls);
  }
});

test("the call gets the practice coach's address, the chosen microphone and the tools", async () => {
  const { starter, widget } = setUp({ data: { ws_origin: "/practice" } });
  await starter.open();
  await starter.start();
  const [config] = widget.configs;
  assert.equal(config.origin, "ws://here/practice");
  assert.equal(config.inputDeviceId, "mic-2");
  assert.deepEqual(Object.keys(config.clientTools), ["remember"]);
});

test("a microphone that is no longer connected is not asked for", async () => {
  const { starter, widget } = setUp({ data: { microphone_id: "unplugged" } });
  await starter.open();
  await starter.start();
  assert.equal("inputDeviceId" in widget.configs[0], false);
});

test("a widget that cannot be loaded is a problem, and loading again may work", async () => {
  let broken = true;
  const load = async () => {
    if (broken) throw new Error("offline");
  };
  const { starter, widget } = setUp({ load });
  await starter.open();
  assert.equal(starter.problem, PROBLEM.load);
  assert.equal(starter.loading, false);
  assert.equal(widget.mounted, false);
  broken = false;
  await starter.open();
  assert.equal(starter.problem, null);
  assert.equal(widget.mounted, true);
});

test("a widget that offers no start is a problem", async () => {
  const { starter, widget } = setUp();
  await starter.open();
  widget.offersStart = false;
  await starter.start();
  assert.equal(starter.problem, PROBLEM.load);
  assert.equal(starter.starting, false);
});

test("pressing start twice starts one call", async () => {
  const { starter, widget } = setUp();
  await starter.open();
  await Promise.all([starter.start(), starter.start()]);
  await starter.start();
  assert.equal(widget.configs.length, 1);
});

test("each call uses a signed address of its own", async () => {
  const { starter, widget, seen } = setUp({ data: { needs_signed_url: true }, replies: [url(1), url(2)] });
  await starter.open();
  await starter.start();
  assert.equal(widget.configs[0].signedUrl, "wss://x/1");
  connect(widget.configs[0]).options.onDisconnect({ reason: "user" });
  await settle();
  assert.equal(seen.asked, 2, "the next address is fetched when the call ends");
  await starter.start();
  assert.equal(widget.configs[1].signedUrl, "wss://x/2");
});

test("an address that gets too old is replaced while there is no call", async () => {
  const { starter, seen, clock } = setUp({ data: { needs_signed_url: true }, replies: [url(1)] });
  await starter.open();
  starter.keepUrlFresh();
  assert.equal(seen.asked, 1);
  await clock.pass(11 * 60_000);
  starter.keepUrlFresh();
  await settle();
  assert.equal(seen.asked, 2);
  await starter.start();
  await clock.pass(11_000);
  starter.keepUrlFresh();
  assert.equal(seen.asked, 2, "not during a call");
});

test("a refusal shows the server's sentence and is tried again by itself", async () => {
  const refused = { status: 503, answer: { error: "The coach is busy.", retry_after: 5 } };
  const { starter, widget, clock } = setUp({ data: { needs_signed_url: true }, replies: [refused, url(1)] });
  await starter.open();
  assert.equal(starter.problem, "The coach is busy.");
  assert.equal(widget.mounted, false);
  await clock.pass(5000);
  assert.equal(starter.problem, null);
  assert.equal(widget.mounted, true);
});

test("an address that is refused for good is asked for again by the person alone", async () => {
  const answer = { error: "The coach cannot be reached: our access is not set up right.", retry_after: null };
  const { starter, seen, clock } = setUp({
    data: { needs_signed_url: true, autostart: true },
    replies: [{ status: 503, answer }],
  });
  await starter.open();
  for (let minutes = 0; minutes < 24 * 60; minutes += 1) {
    await clock.pass(60_000);
    starter.keepUrlFresh();
  }
  assert.deepEqual([seen.asked, starter.problem, starter.loading], [1, answer.error, false]);
  for (let clicks = 1; clicks <= 3; clicks += 1) {
    await starter.start();
    await clock.pass(3_600_000);
    assert.equal(seen.asked, 1 + clicks);
  }
});

test("a session that does not exist is reported and nothing is tried again", async () => {
  const gone = { status: 404, answer: { error: "This room doesn't exist." } };
  const { starter, seen, clock } = setUp({ data: { needs_signed_url: true }, replies: [gone] });
  await starter.open();
  assert.equal(seen.gone, "This room doesn't exist.");
  await clock.pass(3_600_000);
  assert.equal(seen.asked, 1);
});

test("a call that does not connect within 20 seconds fails, with a new widget for the next", async () => {
  const { starter, bridge, widget, clock } = setUp();
  await starter.open();
  await starter.start();
  await clock.pass(19_999);
  assert.equal(bridge.status, "connecting");
  await clock.pass(1);
  assert.equal(bridge.status, "failed");
  assert.equal(starter.problem, PROBLEM.timeout);
  assert.equal(widget.remounts, 1);
});

test("where the page plays no sound the client reads that soon, and not of the internet", async () => {
  const { starter, bridge, widget, clock } = setUp({ plays: false });
  await starter.open();
  await starter.start();
  await clock.pass(5000);
  await settle();
  assert.equal(bridge.status, "failed");
  assert.equal(starter.problem, PROBLEM.sound);
  await clock.pass(0);
  assert.equal(widget.remounts, 1);
});

test("who types needs no sound", async () => {
  const { starter, bridge, clock } = setUp({ plays: false, data: { text_only: true } });
  await starter.open();
  await starter.start();
  await clock.pass(5000);
  await settle();
  assert.equal(bridge.status, "connecting");
});

test("the coach is heard from the loudspeaker that was chosen, as long as it is there", async () => {
  for (const [speaker, used] of [
    ["speaker-2", "speaker-2"],
    ["unplugged", undefined],
    [null, undefined],
  ]) {
    const { starter, widget } = setUp({ speaker });
    await starter.open();
    await starter.start();
    assert.equal(widget.configs[0].outputDeviceId, used);
  }
});

test("how far a start came tells whether it hangs at the client's connection or at the coach", async () => {
  const { starter, bridge, widget, clock, seen } = setUp();
  await starter.open();
  for (const [steps, reason, mender] of [
    [["onAskedToBegin"], "not_begun", "community"],
    [[], "timeout", "connection"],
    [["onAskedToBegin", "onBegun"], "timeout", "connection"], // a device hangs
  ]) {
    await starter.start();
    for (const step of steps) widget.configs.at(-1)[step]();
    await clock.pass(20_000);
    assert.deepEqual([bridge.status, bridge.mender, seen.events.at(-1).reason], ["failed", mender, reason]);
    assert.equal(starter.problem, PROBLEM[reason]);
    assert.equal(/internet connection/.test(PROBLEM[reason]), mender === "connection");
    assert.equal(/Nothing is wrong on your side/.test(PROBLEM[reason]), mender === "community");
  }
});

test("an agent's server that closes the call after it was asked has refused it", async () => {
  const { starter, widget, seen } = setUp();
  await starter.open();
  await starter.start();
  widget.configs[0].onAskedToBegin();
  widget.configs[0].onStartFailed(Object.assign(new Error("no"), { closeCode: 1008 }));
  assert.equal(starter.problem, REFUSED.community);
  assert.equal(seen.events.at(-1).reason, "refused");
});

test("a call that connects in time is left alone", async () => {
  const { starter, bridge, widget, clock } = setUp();
  await starter.open();
  await starter.start();
  connect(widget.configs[0]);
  await clock.pass(60_000);
  assert.equal(bridge.status, "connected");
  assert.equal(starter.problem, null);
  assert.equal(widget.remounts, 0);
});

test("a start that the budget refuses shows the server's sentence and is no trouble with the coach", async () => {
  const { starter, widget, seen } = setUp();
  await starter.open();
  await starter.start();
  widget.configs[0].onStartFailed(new BudgetSpentError("The next day starts at midnight."));
  assert.equal(starter.problem, "The next day starts at midnight.");
  assert.equal(seen.events.at(-1).reason, "budget");
});

test("an address that the budget refuses is not asked for again by itself", async () => {
  const spent = { status: 429, answer: { error: "The next day starts at midnight.", retry_after: null } };
  const { starter, seen, clock } = setUp({ data: { needs_signed_url: true }, replies: [spent] });
  await starter.open();
  assert.equal(starter.problem, "The next day starts at midnight.");
  await clock.pass(3_600_000);
  assert.equal(seen.asked, 1);
});

test("a start that fails says why", async () => {
  const cases = [
    [Object.assign(new Error("no"), { name: "NotAllowedError" }), "microphone", "no", PROBLEM.microphone],
    [Object.assign(new Error("LLM"), { closeCode: 1002 }), "refused", "LLM · 1002", REFUSED.place],
    [Object.assign(new Error("no"), { closeCode: 1008 }), "refused", "no · 1008", REFUSED.community],
    [new Error("socket"), "refused", "socket", REFUSED.connection],
    [
      Object.assign(new Error("socket"), { closeCode: 1006 }),
      "policy",
      "socket · 1006",
      REFUSED.community,
      1,
    ],
  ];
  for (const [error, reason, detail, problem, blocked = 0] of cases) {
    const { starter, widget, seen } = setUp();
    seen.blocked = 3;
    await starter.open();
    await starter.start();
    seen.blocked += blocked;
    widget.configs[0].onStartFailed(error);
    assert.equal(starter.problem, problem);
    const { status, reason: recorded, detail: said } = seen.events.at(-1);
    assert.deepEqual([status, recorded, said], ["failed", reason, detail]);
    assert.equal(seen.events.at(-1).close_code, error.closeCode ?? null);
  }
});

test("a call of a session that does not exist is the end of the page's session", async () => {
  const { starter, bridge, widget, seen, clock } = setUp();
  await starter.open();
  await starter.start();
  widget.configs[0].onStartFailed(new SessionGoneError("This room doesn't exist."));
  await clock.pass(0);
  assert.equal(seen.gone, "This room doesn't exist.");
  assert.equal(bridge.status, "failed");
  assert.equal(starter.problem, null);
});

test("a connection that is lost is a problem until the next call begins", async () => {
  const { starter, widget } = setUp();
  await starter.open();
  await starter.start();
  connect(widget.configs[0]).options.onDisconnect({ reason: "error" });
  assert.equal(starter.problem, LOST.connection);
  await starter.start();
  assert.equal(starter.problem, null);
});

test("what the service said of a lost call tells whose part it is", async () => {
  for (const [closeCode, closeReason, mender] of [
    [1011, null, "place"],
    [1008, "Language 'de' is not supported by this agent.", "community"],
    [1006, null, "connection"],
  ]) {
    const { starter, widget, seen } = setUp();
    await starter.open();
    await starter.start();
    connect(widget.configs[0]).options.onDisconnect({ reason: "error", closeCode, closeReason });
    assert.equal(starter.problem, LOST[mender]);
    const { close_code: code, close_reason: reason } = seen.events.at(-1);
    assert.deepEqual([code, reason], [closeCode, closeReason]);
  }
});

test("once closed no call starts, and what is under way mounts nothing", async () => {
  let loaded;
  const { starter, widget, clock, seen } = setUp({
    data: { needs_signed_url: true },
    replies: [{ status: 503, answer: null }],
    load: () => new Promise((resolve) => (loaded = resolve)),
  });
  const opening = starter.open();
  starter.close();
  loaded();
  await opening;
  await starter.start();
  await clock.pass(3_600_000);
  assert.equal(widget.mounted, false);
  assert.deepEqual(widget.configs, []);
  assert.equal(seen.asked, 1, "nothing is tried again");
});
