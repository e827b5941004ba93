import assert from "node:assert/strict";
import test from "node:test";
import { LiveSocket } from "../../coachroom/ui/assets/live_socket.js";
import { fakeSockets } from "./fake_sound.mjs";
import { fakeClock } from "./helpers.mjs";

function setUp() {
  const clock = fakeClock();
  const sockets = fakeSockets();
  const seen = { messages: [], over: [], changes: 0 };
  const socket = new LiveSocket({
    address: () => "ws://here/live/j1",
    enter: () => ({ type: "enter", token: "secret" }),
    clock,
    connect: sockets.connect,
    onMessage: (message) => seen.messages.push(message.type),
    onChange: () => (seen.changes += 1),
    onOver: (code, why) => seen.over.push([code, why]),
  });
  socket.open();
  return { clock, sockets, seen, socket };
}

test("a page enters first, and is here once the server has greeted it", () => {
  const { sockets, socket, seen } = setUp();
  assert.equal(socket.send({ type: "end" }), false);
  sockets.last.opens();
  assert.deepEqual(sockets.last.sent, [{ type: "enter", token: "secret" }]);
  assert.equal(socket.here, false);
  sockets.last.says({ type: "hello" });
  assert.equal(socket.here, true);
  assert.equal(socket.send({ type: "end" }), true);
  assert.deepEqual(seen.messages, ["hello"]);
});

test("after a loss it comes back later and later, and soon again once it was greeted", async () => {
  const { sockets, clock } = setUp();
  const waits = [];
  for (let n = 0; n < 6; n += 1) {
    const before = sockets.made.length;
    sockets.last.drops();
    let waited = 0;
    while (sockets.made.length === before) {
      await clock.pass(100);
      waited += 100;
    }
    waits.push(waited);
  }
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 5000, 5000]);
  sockets.last.opens();
  sockets.last.says({ type: "hello" });
  sockets.last.drops(1012);
  await clock.pass(500);
  assert.equal(sockets.made.length, 8);
});

for (const code of [1008, 4001, 4002, 4008])
  test(`after ${code} nobody comes back`, async () => {
    const { sockets, clock, seen, socket } = setUp();
    sockets.last.opens();
    sockets.last.drops(code, "declined");
    await clock.pass(60_000);
    socket.wake();
    assert.equal(sockets.made.length, 1);
    assert.deepEqual(seen.over, [[code, "declined"]]);
  });

test("a page that wakes does not wait", () => {
  const { sockets, socket } = setUp();
  sockets.last.drops();
  socket.wake();
  assert.equal(sockets.made.length, 2);
  socket.wake();
  assert.equal(sockets.made.length, 2, "it is being connected already");
});

test("a socket that was closed here says nothing more and does not come back", async () => {
  const { sockets, clock, seen, socket } = setUp();
  sockets.last.opens();
  sockets.last.says({ type: "hello" });
  socket.close();
  sockets.last.says({ type: "peer", here: true });
  sockets.last.drops(1000);
  await clock.pass(60_000);
  assert.equal(sockets.made.length, 1);
  assert.deepEqual(seen.messages, ["hello"]);
  assert.equal(socket.send({ type: "end" }), false);
});
