import assert from "node:assert/strict";
import test from "node:test";
import { Bridge } from "../../coachroom/ui/assets/bridge.js";
import { LiveSession } from "../../coachroom/ui/assets/live_session.js";
import { modeSentence } from "../../coachroom/ui/assets/live_words.js";
import { Microphone } from "../../coachroom/ui/assets/microphone.js";
import { FakePeer, fakeSockets, FakeStream, fakeTrack, withSound } from "./fake_sound.mjs";
import { fakeClock, fakeConversation, settle } from "./helpers.mjs";

globalThis.MediaStream = FakeStream;

const JOIN = { id: "j1", coach: "Carla", reason: "May I listen?", status: "asked", past: [] };
const DATA = {
  session_id: "s1",
  room_url: "/room/r1",
  token: "secret",
  coach: "Carla",
  closed: null,
  join: JOIN,
};
const HELLO = {
  type: "hello",
  join: "j1",
  coach: "Carla",
  reason: "May I listen?",
  status: "asked",
  mode: "listening",
  peer: true,
  rtc: { iceServers: [] },
};

/** A session in a call, and the server's side of its socket. */
function setUp({ data = {}, askedAway = null } = {}) {
  const clock = fakeClock();
  const sockets = fakeSockets();
  const peers = [];
  const captured = [];
  const listeners = new Set();
  const changed = () => listeners.forEach((listener) => listener());
  const events = [];
  const microphone = new Microphone({ onChange: changed });
  const bridge = new Bridge({
    add: (kind, fields) => {
      const told = call.humanCoach?.attribute(kind, fields) ?? fields;
      events.push({ kind, ...told });
      return events.at(-1);
    },
    clock,
    microphone,
    onChange: changed,
  });
  const call = {
    bridge,
    microphone,
    humanCoach: null,
    over: false,
    paused: false,
    textOnly: false,
    starts: 0,
  };
  call.humanCoachChanged = () =>
    (call.told = [call.humanCoach?.apart ?? false, call.humanCoach?.held ?? false]);
  call.start = () => (call.starts += 1);
  const page = { hide: () => {} };
  const picture = new FakeStream([fakeTrack("video")]);
  const browser = {
    clock,
    page: {
      webSocketOrigin: (path) => `ws://here${path}`,
      onWake: () => () => {},
      onHide(listener) {
        page.hide = listener;
        return () => {};
      },
    },
    call: () => call,
    onCallChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ownPicture: () => picture,
    keepAskedAway: (joinId) => (askedAway = joinId),
    wasAskedAway: (joinId) => askedAway === joinId,
    shareHumanCoach: (here) => (seen.here = here),
    async capture() {
      captured.push(new FakeStream([fakeTrack("audio", 0.5)]));
      return { stream: captured.at(-1), camera_error: null, microphone_error: null };
    },
    microphoneId: () => null,
    connect: sockets.connect,
    createPeer: () => peers.push(new FakePeer()) && peers.at(-1),
    createStream: () => new FakeStream(),
  };
  const seen = { here: false, told: 0, state: null };
  const view = { render: (state) => (seen.state = state) };
  const session = new LiveSession({ ...DATA, ...data }, browser);
  const show = (more = {}) => session.show(view, { ...DATA, ...data, ...more }, () => (seen.told += 1));
  const beginCall = () => {
    const config = {};
    bridge.prepare(config, {});
    const sound = withSound(fakeConversation());
    config.onConversationCreated(sound.conversation);
    sound.conversation.options.onStatusChange({ status: "connected" });
    return sound;
  };
  const says = async (message) => {
    sockets.last.says(message);
    await settle();
  };
  const coachTrack = fakeTrack("audio", 0.25);
  /** The coach is let in, and the two are connected. */
  const letIn = async () => {
    show();
    sockets.last.opens();
    await says(HELLO);
    session.answer(true);
    await says({ type: "status", status: "admitted" });
    peers.at(-1).ontrack({ streams: [new FakeStream([coachTrack])] });
    peers.at(-1).becomes("connected");
    await settle();
  };
  const order = (n, act, text = null) => says({ type: "order", id: `o${n}`, n, act, text });
  return {
    askedAway: () => askedAway,
    bridge, call, captured, changed, beginCall, clock, coachTrack, events, letIn, microphone, order, page, peers,
    picture, says, seen, session, show, sockets, view,
  }; // prettier-ignore
}

const sentTracks = (peer) => peer.transceivers.map(({ sender }) => sender.track);

test("without a question there is no socket, and nothing is captured", () => {
  const { show, sockets, seen } = setUp({ data: { join: null } });
  show();
  assert.deepEqual([sockets.made.length, seen.state.join, seen.here], [0, "none", false]);
});

test("before the client says yes nothing is linked, captured or mixed", async () => {
  const { show, sockets, says, peers, captured, beginCall, seen, call } = setUp();
  const { conversation } = beginCall();
  const wires = conversation.input.mediaStreamSource.targets;
  show();
  assert.equal(sockets.last.address, "ws://here/room/r1/live");
  sockets.last.opens();
  await says(HELLO);
  await says({ type: "peer", here: true });
  assert.deepEqual([peers.length, captured.length, call.humanCoach], [0, 0, null]);
  assert.deepEqual([...wires], [conversation.input.analyser]);
  assert.deepEqual([seen.state.join, seen.state.reason, seen.here], ["asked", "May I listen?", true]);
});

test("a yes is sent once, and a no too", async () => {
  const { show, sockets, says, session } = setUp();
  show();
  session.answer(true);
  sockets.last.opens();
  await says(HELLO);
  session.answer(false);
  session.answer(true);
  assert.deepEqual(sockets.last.of("answer"), [{ type: "answer", admit: false }]);
});

test("a coach who is let in gets the client's picture, a copy of the microphone, and the agent's voice", async () => {
  const { letIn, beginCall, peers, picture, captured, sockets, seen } = setUp();
  const { microphone, voice } = beginCall();
  await letIn();
  const [camera, sent, agent] = sentTracks(peers[0]);
  assert.deepEqual(
    [camera, sent.copyOf, agent, captured.length],
    [picture.getVideoTracks()[0], microphone, voice, 0],
  );
  assert.deepEqual(sockets.last.of("state").at(-1), {
    type: "state",
    linked: true,
    call: "in_call",
    held: false,
    muted: false,
    mixer: true,
  });
  assert.deepEqual([seen.state.link, seen.told], ["connected", 1]);
});

test("one mute is for both coaches, and the human coach is still heard by the agent", async () => {
  const { letIn, beginCall, peers, order, microphone } = setUp();
  const { heard, conversation } = beginCall();
  await letIn();
  await order(1, "both");
  microphone.setMuted(true);
  const [, sent] = sentTracks(peers[0]);
  assert.deepEqual([heard(), sent.enabled], [0.25, false]);
  assert.equal(conversation.calls.muted.at(-1), false, "the widget's own mute would cut the coach off");
  microphone.setMuted(false);
  assert.deepEqual([heard(), sent.enabled], [0.75, true]);
});

test("a client who muted stays muted when the coach is gone", async () => {
  const { letIn, beginCall, session, microphone } = setUp();
  const { conversation } = beginCall();
  await letIn();
  microphone.setMuted(true);
  session.askToLeave();
  assert.equal(conversation.calls.muted.at(-1), true);
});

test("a coach who is asked to leave is out at once, and the server hears of it as soon as it can", async () => {
  const { letIn, beginCall, session, sockets, peers, clock, says, seen } = setUp();
  beginCall();
  await letIn();
  sockets.last.drops();
  session.askToLeave();
  assert.deepEqual([peers[0].closed, seen.state.join, seen.state.why], [true, "over", "client"]);
  await clock.pass(500);
  sockets.last.opens();
  await says({ ...HELLO, status: "admitted" });
  assert.deepEqual(sockets.last.of("end"), [{ type: "end" }]);
  assert.deepEqual([peers.length, sockets.last.closedWith, seen.state.join], [1, 1000, "over"]);
});

test("a coach who was asked to leave is not let in again by a page that begins before the server knows", async () => {
  const before = setUp();
  await before.letIn();
  before.session.askToLeave();
  const admitted = { data: { join: { ...JOIN, status: "admitted" } }, askedAway: before.askedAway() };
  const { show, beginCall, sockets, says, peers, captured, seen, call } = setUp(admitted);
  beginCall();
  show();
  assert.deepEqual([seen.state.join, seen.state.why, seen.here], ["over", "client", false]);
  sockets.last.opens();
  await says({ ...HELLO, status: "admitted" });
  assert.deepEqual(sockets.last.of("end"), [{ type: "end" }]);
  assert.deepEqual([peers.length, captured.length, call.humanCoach], [0, 0, null]);
});

test("another microphone reaches the coach too, muted where the client is", async () => {
  const { letIn, beginCall, peers, microphone } = setUp();
  const { recapture, heard } = beginCall();
  await letIn();
  microphone.setMuted(true);
  const other = fakeTrack("audio", 0.5);
  recapture(other);
  await settle();
  const [, sent] = sentTracks(peers[0]);
  assert.deepEqual([sent.copyOf, sent.enabled, heard()], [other, false, 0]);
});

test("between two calls the coach hears a capture of their own, which goes once the widget has one", async () => {
  const { letIn, beginCall, peers, captured, bridge } = setUp();
  const first = beginCall();
  await letIn();
  await bridge.hangUp("coach");
  await settle();
  const [, alone, silent] = sentTracks(peers[0]);
  assert.deepEqual([alone.copyOf, silent], [captured[0].getAudioTracks()[0], null]);
  const second = beginCall();
  await settle();
  const [, sent, agent] = sentTracks(peers[0]);
  assert.deepEqual([sent.copyOf, agent], [second.microphone, second.voice]);
  assert.equal(captured[0].getAudioTracks()[0].readyState, "ended");
  assert.notEqual(first.voice, second.voice);
  assert.equal(peers.length, 1);
});

test("the agent is told who is there, whenever that changes and in each call", async () => {
  const { letIn, beginCall, order, says, bridge } = setUp();
  const { conversation } = beginCall();
  await letIn();
  await order(1, "both");
  await says({ type: "mode", mode: "both" });
  const told = conversation.calls.context.map(([text, id]) => [id, text.slice(-40)]);
  assert.equal(told.length, 2);
  assert.ok(told.every(([id]) => id === "human-coach"));
  await bridge.hangUp("coach");
  const next = beginCall();
  assert.equal(next.conversation.calls.context.length, 1);
});

test("whose words the agent heard is told by who was loud, typed words are the client's", async () => {
  const { letIn, beginCall, order, events, clock, microphone } = setUp();
  const { conversation } = beginCall();
  await letIn();
  await order(1, "both");
  const heard = (message) => conversation.options.onMessage({ role: "user", message });
  microphone.setMuted(true);
  await clock.pass(1000);
  heard("Said by the coach");
  microphone.setMuted(false);
  await clock.pass(1000);
  heard("Said by both");
  await order(2, "listening");
  await clock.pass(1000);
  heard("Said by the client");
  conversation.sendUserMessage("Typed");
  const turns = events.filter(({ kind }) => kind === "turn");
  assert.deepEqual(
    turns.map(({ text, sender, mixed = false }) => [text, sender, mixed]),
    [
      ["Said by the coach", "coach", false],
      ["Said by both", "client", true],
      ["Said by the client", "client", false],
      ["Typed", "client", false],
    ],
  );
});

test("a hint, a message and a summary are shown, a hint without its words", async () => {
  const { letIn, beginCall, order, seen, sockets } = setUp();
  const { conversation } = beginCall();
  await letIn();
  await order(1, "hint", "Ask about the evenings.");
  await order(2, "say", "I am here.");
  await order(1, "hint", "Ask about the evenings.");
  assert.deepEqual(seen.state.messages, [
    { n: 1, kind: "hint", text: "" },
    { n: 2, kind: "message", text: "I am here." },
  ]);
  const hints = conversation.calls.context.filter(([, id]) => id === "coach-1");
  assert.deepEqual(hints, [["The human coach says, for you alone: Ask about the evenings.", "coach-1"]]);
  assert.deepEqual(
    sockets.last.of("done").map(({ id, done }) => [id, done]),
    [
      ["o1", true],
      ["o2", true],
      ["o1", true],
    ],
  );
});

test("a hint without a call is not given, and the client is not told of one", async () => {
  const { letIn, order, seen, sockets } = setUp();
  await letIn();
  await order(1, "hint", "Ask about the evenings.");
  assert.deepEqual(sockets.last.of("done"), [{ type: "done", id: "o1", done: false, why: "no_call" }]);
  assert.deepEqual(seen.state.messages, []);
});

test("a page that shows something else is silent at once, and gone after a moment", async () => {
  const { letIn, beginCall, peers, session, view, show, clock, sockets } = setUp();
  beginCall();
  await letIn();
  session.leave(view, () => {});
  await settle();
  assert.deepEqual(
    sentTracks(peers[0]).map((track) => track && track.enabled),
    [null, false, true],
  );
  await clock.pass(600);
  show();
  await settle();
  assert.equal(sentTracks(peers[0])[1].enabled, true, "Streamlit made the box anew");
  let left = false;
  session.leave(view, () => (left = true));
  await clock.pass(650);
  assert.deepEqual([left, peers[0].closed, sockets.last.closedWith], [true, true, 1000]);
});

test("a page that is closed links nobody", async () => {
  const { letIn, beginCall, peers, page } = setUp();
  beginCall();
  await letIn();
  page.hide("pagehide");
  assert.equal(peers[0].closed, true);
});

test("the coach's page comes anew: the client offers again; a connection that stands outlives the server", async () => {
  const { letIn, beginCall, peers, says, sockets, clock } = setUp();
  beginCall();
  await letIn();
  sockets.last.drops(1012);
  await clock.pass(500);
  sockets.last.opens();
  await says({ ...HELLO, status: "admitted" });
  assert.deepEqual([peers.length, peers[0].closed], [1, false]);
  await says({ type: "peer", here: false });
  await says({ type: "peer", here: true });
  assert.deepEqual([peers.length, peers[0].closed], [2, true]);
});

test("a page that is loaded again offers once, and takes the mode from the server", async () => {
  const { show, sockets, says, peers, beginCall, call } = setUp({
    data: { join: { ...JOIN, status: "admitted", past: [{ n: 1, kind: "hint", text: "" }] } },
  });
  const { heard } = beginCall();
  show();
  assert.equal(peers.length, 0);
  sockets.last.opens();
  await says({ ...HELLO, status: "admitted", mode: "private" });
  assert.deepEqual([peers.length, heard(), call.humanCoach.held], [1, 0, true]);
  assert.equal(sockets.last.of("desc").length, 1);
});

test("an offer that the other page may not have got is made again", async () => {
  const { show, sockets, says, peers, clock, beginCall } = setUp({
    data: { join: { ...JOIN, status: "admitted" } },
  });
  beginCall();
  show();
  sockets.last.opens();
  await says({ ...HELLO, status: "admitted" });
  sockets.last.drops();
  await clock.pass(500);
  sockets.last.opens();
  await says({ ...HELLO, status: "admitted" });
  assert.deepEqual([peers.length, peers[0].closed], [2, true]);
});

test("of a client who types the coach gets the picture, and there is no microphone to mute or to capture", async () => {
  const { letIn, call, peers, captured, microphone } = setUp();
  call.textOnly = true;
  await letIn();
  const [camera, sent] = sentTracks(peers[0]);
  assert.deepEqual([camera !== null, sent, captured.length, microphone.live], [true, null, 0, false]);
});

test("in a pause the coach neither hears nor sees the client, and nothing is captured", async () => {
  const { letIn, beginCall, peers, call, changed, sockets, bridge, captured, seen } = setUp();
  beginCall();
  await letIn();
  await bridge.hangUp("paused");
  captured.length = 0;
  call.paused = true;
  changed();
  await settle();
  const [camera, sent] = sentTracks(peers[0]);
  assert.deepEqual([camera, sent.enabled], [null, false]);
  assert.equal(sockets.last.of("state").at(-1).muted, true);
  assert.equal(modeSentence(seen.state), "You are paused: Carla neither sees nor hears you.");
  call.paused = false;
  changed();
  await settle();
  assert.notEqual(sentTracks(peers[0])[0], null);
});

test("a paused session that is loaded again captures nothing and shows nobody", async () => {
  const { letIn, peers, call, captured } = setUp();
  call.paused = true;
  await letIn();
  assert.deepEqual([sentTracks(peers[0]).slice(0, 2), captured.length], [[null, null], 0]);
});

test("the client reads that nobody hears them while they are muted", async () => {
  const { letIn, beginCall, microphone, seen } = setUp();
  beginCall();
  await letIn();
  assert.doesNotMatch(modeSentence(seen.state), /muted/);
  microphone.setMuted(true);
  assert.match(modeSentence(seen.state), /You are muted: nobody hears you\.$/);
});

test("a visit that is over leaves nothing behind", async () => {
  const { letIn, beginCall, peers, says, sockets, call, seen, bridge } = setUp();
  const { conversation, heard } = beginCall();
  await letIn();
  await says({ type: "mode", mode: "private" });
  assert.equal(heard(), 0);
  sockets.last.drops(4002, "coach");
  assert.deepEqual([peers[0].closed, call.humanCoach, heard()], [true, null, 0.5]);
  assert.deepEqual([seen.state.join, seen.state.why, seen.here], ["over", "coach", false]);
  assert.match(conversation.calls.context.at(-1)[0], /has left the room/);
  assert.equal(bridge.inCall, true);
});

test("a page that does not reach the server links nobody for longer than the server waits for it", async () => {
  const { letIn, beginCall, peers, sockets, clock, says, seen } = setUp();
  beginCall();
  await letIn();
  sockets.last.drops();
  await clock.pass(59_000);
  assert.equal(peers[0].closed, false);
  await clock.pass(1000);
  assert.deepEqual([peers[0].closed, seen.state.picture], [true, null]);
  sockets.last.opens();
  await says({ ...HELLO, status: "admitted" });
  assert.deepEqual([peers.length, peers[1].closed], [2, false]);
});

test("a coach's page that is loaded again is told how things stand, also where the two never get linked", async () => {
  const { show, beginCall, says, sockets } = setUp();
  beginCall();
  show();
  sockets.last.opens();
  await says({ ...HELLO, status: "admitted" });
  const told = sockets.last.of("state").length;
  await says({ type: "peer", here: false });
  await says({ type: "peer", here: true });
  assert.equal(sockets.last.of("state").length > told, true);
  assert.equal(sockets.last.of("state").at(-1).call, "in_call");
});

test("when the session is over the coach is out at once", async () => {
  const { letIn, beginCall, peers, call, changed, seen } = setUp();
  beginCall();
  await letIn();
  call.over = true;
  changed();
  assert.deepEqual([peers[0].closed, seen.state.why], [true, "session"]);
});

test("after a take-over the call may begin again once the coach hands back", async () => {
  const { letIn, beginCall, order, says, seen, call, bridge, session } = setUp();
  beginCall();
  await letIn();
  await order(1, "hold");
  await order(2, "take_over");
  await says({ type: "mode", mode: "private" });
  assert.deepEqual(
    [bridge.status, bridge.reason, seen.state.canContinue, call.humanCoach.apart],
    ["disconnected", "coach", false, true],
  );
  assert.deepEqual(call.told, [true, false]);
  await order(3, "hand_back", "We found the hard part.");
  assert.deepEqual(call.told, [false, false]);
  assert.deepEqual([seen.state.canContinue, call.humanCoach.apart], [true, false]);
  session.continueWithAgent();
  assert.equal(call.starts, 1);
});
