import assert from "node:assert/strict";
import test from "node:test";
import { LiveAnswer } from "../../coachroom/ui/assets/live_answer.js";
import { LiveLink } from "../../coachroom/ui/assets/live_link.js";
import { FakePeer, FakeStream, fakeTrack } from "./fake_sound.mjs";
import { fakeClock, settle } from "./helpers.mjs";

const ice = (n) => ({ type: "ice", candidate: { candidate: `candidate-${n}` } });
const ANSWER = { type: "desc", desc: { type: "answer", sdp: "theirs" } };
const OFFER = { type: "desc", desc: { type: "offer", sdp: "theirs" }, names: { me: "m1", agent: "a1" } };

function client() {
  const clock = fakeClock();
  const peer = new FakePeer();
  const sent = [];
  const seen = { states: [], streams: [] };
  const link = new LiveLink({
    rtc: { iceServers: [] },
    send: (message) => sent.push(message),
    clock,
    onStream: (stream) => seen.streams.push(stream),
    onChange: () => seen.states.push(link.state),
    createPeer: () => peer,
    createStream: () => new FakeStream(),
  });
  return { clock, peer, sent, seen, link };
}

test("the client offers a place each for camera, microphone and agent, and names the two streams", async () => {
  const { link, peer, sent } = client();
  const camera = fakeTrack("video");
  await link.open({ camera });
  assert.deepEqual(
    peer.transceivers.map(({ direction, receiver, sender }) => [
      receiver.track.kind,
      direction,
      sender.track === camera,
    ]),
    [
      ["video", "sendrecv", true],
      ["audio", "sendrecv", false],
      ["audio", "sendonly", false],
    ],
  );
  assert.deepEqual(sent[0].names, { me: link.me.id, agent: link.agent.id });
  assert.equal(sent[0].desc.type, "offer");
});

test("a call comes and goes without another offer", async () => {
  const { link, peer, sent } = client();
  await link.open({});
  const voice = fakeTrack();
  await link.setTrack("agent", voice);
  assert.equal(peer.transceivers[2].sender.track, voice);
  await link.setTrack("agent", null);
  assert.equal(peer.transceivers[2].sender.track, null);
  assert.equal(sent.length, 1);
});

test("candidates that come before the answer are kept for it, in their order", async () => {
  const { link, peer } = client();
  await link.open({});
  await link.hear(ice(1));
  await link.hear(ice(2));
  assert.deepEqual(peer.candidates, []);
  await link.hear(ANSWER);
  await link.hear(ice(3));
  assert.deepEqual(peer.candidates, ["candidate-1", "candidate-2", "candidate-3"]);
});

test("where no way is found in fifteen seconds another is looked for, once", async () => {
  const { link, peer, sent, clock, seen } = client();
  await link.open({});
  await clock.pass(15_000);
  assert.deepEqual([peer.restarts, sent.length], [1, 2]);
  assert.equal(link.state, "connecting");
  await clock.pass(15_000);
  assert.equal(link.state, "failed");
  await clock.pass(60_000);
  assert.deepEqual([peer.restarts, seen.states], [1, ["failed"]]);
});

test("a connection that is interrupted may come back, and has a second way when it breaks", async () => {
  const { link, peer, seen, clock } = client();
  await link.open({});
  peer.becomes("connected");
  peer.becomes("disconnected");
  peer.becomes("connected");
  await clock.pass(60_000);
  assert.deepEqual([seen.states, peer.restarts], [["connected", "lost", "connected"], 0]);
  peer.becomes("failed");
  await settle();
  assert.equal(peer.restarts, 1);
});

test("a link that was closed neither offers nor looks further", async () => {
  const { link, peer, sent, clock } = client();
  link.close();
  await link.open({});
  await clock.pass(60_000);
  assert.deepEqual([peer.closed, peer.restarts, sent], [true, 0, []]);
});

function coach(own = { camera: null, microphone: fakeTrack() }) {
  const peers = [];
  const sent = [];
  const streams = [];
  const answer = new LiveAnswer({
    rtc: () => ({}),
    send: (message) => sent.push(message),
    own,
    onStream: (whose, stream) => streams.push([whose, stream.id]),
    onChange: () => {},
    createPeer: () => {
      peers.push(new FakePeer());
      peers.at(-1).offered("video", "audio", "audio");
      return peers.at(-1);
    },
    createStream: () => new FakeStream(),
  });
  return { answer, peers, sent, streams, own };
}

test("the coach answers with what they have, and tells the client's stream from the agent's", async () => {
  const { answer, peers, sent, streams, own } = coach();
  await answer.hear(OFFER);
  const [camera, microphone, agent] = peers[0].transceivers;
  assert.equal(microphone.sender.track, own.microphone);
  assert.deepEqual(
    [camera.direction, microphone.direction, agent.direction],
    ["sendrecv", "sendrecv", "recvonly"],
  );
  assert.equal(sent[0].desc.type, "answer");
  peers[0].ontrack({ streams: [{ id: "m1" }] });
  peers[0].ontrack({ streams: [{ id: "a1" }] });
  assert.deepEqual(streams, [
    ["client", "m1"],
    ["agent", "a1"],
  ]);
});

test("the coach keeps candidates that come before the offer", async () => {
  const { answer, peers } = coach();
  answer.hear(OFFER);
  answer.hear(ice(1));
  await answer.hear(ice(2));
  assert.deepEqual(peers[0].candidates, ["candidate-1", "candidate-2"]);
});

test("an offer of the same streams goes on, and one of others begins anew", async () => {
  const { answer, peers } = coach();
  await answer.hear(OFFER);
  await answer.hear(OFFER);
  assert.equal(peers.length, 1);
  await answer.hear({ ...OFFER, names: { me: "m2", agent: "a2" } });
  assert.deepEqual([peers.length, peers[0].closed, peers[1].closed], [2, true, false]);
});

test("a device that is there only later is sent without another answer", async () => {
  const { answer, peers, sent } = coach({ camera: null, microphone: null });
  await answer.hear(OFFER);
  const camera = fakeTrack("video");
  await answer.setTrack("camera", camera);
  assert.equal(peers[0].transceivers[0].sender.track, camera);
  assert.equal(sent.length, 1);
});
