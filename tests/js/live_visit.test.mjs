import assert from "node:assert/strict";
import test from "node:test";
import { LiveVisit } from "../../coachroom/ui/assets/live_visit.js";
import { FakePeer, fakeSockets, FakeStream, fakeTrack } from "./fake_sound.mjs";
import { fakeClock, settle } from "./helpers.mjs";

const DATA = { join_id: "j1", socket_url: "/live/j1", client: "Ana", client_url: "/Clients?client=c1" };
const HELLO = {
  type: "hello",
  join: "j1",
  status: "asked",
  until: "2026-01-01T10:01:00Z",
  server_time: "2026-01-01T10:00:15Z",
  mode: "listening",
  peer: true,
  rtc: {},
  acts: [],
};
const OFFER = { type: "desc", desc: { type: "offer", sdp: "x" }, names: { me: "m1", agent: "a1" } };

/** The coach's page; `devices`: the kinds that there are. */
async function setUp({ devices = ["video", "audio"], hello = HELLO } = {}) {
  const clock = fakeClock();
  const sockets = fakeSockets();
  const peers = [];
  const seen = { asked: 0, changes: 0 };
  const own = new FakeStream(devices.map((kind) => fakeTrack(kind)));
  let id = 0;
  const visit = new LiveVisit(DATA, () => (seen.changes += 1), {
    clock,
    page: { webSocketOrigin: (path) => `ws://here${path}`, onWake: () => () => {}, onHide: () => () => {} },
    async capture() {
      seen.asked += 1;
      return { stream: devices.length ? own : null, camera_error: null, microphone_error: null };
    },
    newId: () => `id-${(id += 1)}`,
    connect: sockets.connect,
    createPeer: () => {
      const peer = new FakePeer();
      peer.offered("video", "audio", "audio");
      peers.push(peer);
      return peer;
    },
    createStream: () => new FakeStream(),
  });
  visit.open();
  sockets.last.opens();
  const says = async (message) => {
    sockets.last.says(message);
    await settle();
  };
  await says(hello);
  const admitted = async () => {
    await says({ type: "status", status: "admitted" });
    await says(OFFER);
    peers.at(-1).becomes("connected");
    await settle();
  };
  return { visit, clock, sockets, says, admitted, peers, seen, own };
}

test("until the client says yes the coach's devices are not asked for", async () => {
  const { visit, seen, sockets } = await setUp();
  assert.equal(sockets.last.address, "ws://here/live/j1");
  assert.deepEqual([visit.join, seen.asked, visit.own], ["asked", 0, null]);
});

test("the time to answer is the server's, whatever the browser's clock says", async () => {
  const { visit, clock } = await setUp();
  assert.equal(visit.secondsToAnswer, 45);
  await clock.pass(10_000);
  assert.equal(visit.secondsToAnswer, 35);
  await clock.pass(60_000);
  assert.equal(visit.secondsToAnswer, 0);
});

test("in listening the coach's microphone sends nothing, in the other modes it does", async () => {
  const { admitted, says, own } = await setUp();
  await admitted();
  const [microphone] = own.getAudioTracks();
  assert.equal(microphone.enabled, false);
  for (const mode of ["both", "private"]) {
    await says({ type: "mode", mode });
    assert.equal(microphone.enabled, true);
  }
  await says({ type: "mode", mode: "listening" });
  assert.equal(microphone.enabled, false);
});

test("only a microphone that leaves out the loudspeaker may talk to both", async () => {
  const { admitted, own, visit, sockets } = await setUp();
  await admitted();
  assert.equal(visit.cancelsEcho, false);
  own.getAudioTracks()[0].settings = { echoCancellation: true };
  assert.equal(visit.cancelsEcho, true);
  assert.deepEqual(sockets.last.of("state").at(-1), { type: "state", linked: true, echo: false });
});

test("without devices the coach listens and writes", async () => {
  const { admitted, visit, peers, sockets } = await setUp({ devices: [] });
  await admitted();
  assert.deepEqual([visit.linked, visit.hasMicrophone, visit.hasCamera], [true, false, false]);
  assert.deepEqual(
    peers[0].transceivers.map(({ sender }) => sender.track),
    [null, null, null],
  );
  assert.equal(visit.order("hint", "Ask about Monday."), true);
  assert.deepEqual(sockets.last.of("order"), [
    { type: "order", id: "id-1", act: "hint", text: "Ask about Monday." },
  ]);
});

test("what was not done is told with its reason, and what could not be sent is said at once", async () => {
  const { admitted, says, visit, sockets } = await setUp();
  await admitted();
  visit.order("hint", "Ask about Monday.");
  await says({ type: "done", id: "id-1", done: false, why: "client" });
  assert.deepEqual([visit.problem, visit.deeds[0].done], ["client", { done: false, why: "client" }]);
  sockets.last.drops();
  assert.deepEqual([visit.order("hush"), visit.problem], [false, "offline"]);
});

test("after a reload the coach finds what they wrote", async () => {
  const acts = [{ n: 1, id: "before", act: "hint", text: "Ask about Monday.", at: "2026-01-01T10:00:00Z" }];
  const { visit } = await setUp({ hello: { ...HELLO, status: "admitted", mode: "both", acts } });
  assert.deepEqual(
    [visit.join, visit.mode, visit.deeds.map(({ id }) => id)],
    ["admitted", "both", ["before"]],
  );
});

test("the camera goes off and on without another connection", async () => {
  const { admitted, visit, peers, own } = await setUp();
  await admitted();
  const [camera] = own.getVideoTracks();
  visit.switchCamera(false);
  await settle();
  assert.equal(peers[0].transceivers[0].sender.track, null);
  visit.switchCamera(true);
  await settle();
  assert.deepEqual([peers[0].transceivers[0].sender.track, peers.length], [camera, 1]);
});

for (const [name, code, reason, why] of [
  ["the client asks the coach to leave", 4002, "client", "client"],
  ["nobody answers", 4002, "expired", "expired"],
  ["another window takes over", 4001, "", "taken_over"],
  ["the coach may not be here any more", 1008, "", "refused"],
])
  test(`when ${name} the devices are let go of`, async () => {
    const { admitted, visit, sockets, own, peers } = await setUp();
    await admitted();
    sockets.last.drops(code, reason);
    assert.deepEqual([visit.join, visit.why, visit.own, peers[0].closed], ["over", why, null, true]);
    assert.ok(own.getTracks().every(({ readyState }) => readyState === "ended"));
  });

test("a coach who leaves says so, and a device that comes too late is let go of", async () => {
  const { visit, sockets, says, own } = await setUp();
  const late = says({ type: "status", status: "admitted" });
  visit.leave();
  await late;
  assert.deepEqual(sockets.last.of("leave"), [{ type: "leave" }]);
  assert.deepEqual([visit.join, visit.why, visit.own], ["over", "coach", null]);
  assert.ok(own.getTracks().every(({ readyState }) => readyState === "ended"));
});
