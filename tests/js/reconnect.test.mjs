// A line that broke is taken up by itself: three tries once the network is there, then the person is asked.
import assert from "node:assert/strict";
import test from "node:test";
import { Reconnect } from "../../coachroom/ui/assets/reconnect.js";
import { fakeClock, settle } from "./helpers.mjs";

/** `begins`: whether a try begins a call, which then fails or stands as the test says. */
function setUp({ begins = true } = {}) {
  const clock = fakeClock();
  const room = { clock, starts: [], looks: 0, network: true, changes: 0 };
  room.reconnect = new Reconnect({
    clock,
    reachable: async () => {
      room.looks += 1;
      return room.network;
    },
    start: async () => {
      room.starts.push(clock.now());
      return begins;
    },
    onChange: () => (room.changes += 1),
  });
  return room;
}

test("a broken line is taken up within a second", async () => {
  const { reconnect, clock, starts } = setUp();
  reconnect.lineBroke();
  assert.equal(reconnect.active, true);
  await clock.pass(1000);
  assert.equal(starts.length, 1);
  reconnect.stands();
  assert.equal(reconnect.active, false);
});

test("after three tries that fail the person is asked, and their press counts as a new beginning", async () => {
  const { reconnect, clock, starts } = setUp();
  for (const tries of [1, 2, 3]) {
    reconnect.lineBroke();
    await clock.pass(5000);
    assert.equal(starts.length, tries);
  }
  reconnect.lineBroke();
  assert.equal(reconnect.active, false);
  await clock.pass(60_000);
  assert.equal(starts.length, 3);
  reconnect.lineBroke();
  await clock.pass(1000);
  assert.equal(starts.length, 4);
});

test("a try that begins no call is followed by the next", async () => {
  const { reconnect, clock, starts } = setUp({ begins: false });
  reconnect.lineBroke();
  await clock.pass(20_000);
  assert.equal(starts.length, 3);
  assert.equal(reconnect.active, false);
});

test("calls that break as soon as they stand are no success; one that stood for a while is", async () => {
  const { reconnect, clock, starts } = setUp();
  for (let i = 0; i < 5; i += 1) {
    reconnect.lineBroke();
    await clock.pass(4500);
    if (reconnect.active) reconnect.stands();
    await clock.pass(100);
  }
  assert.equal(starts.length >= 3, true);
  const { length } = starts;
  reconnect.lineBroke();
  await clock.pass(4500);
  reconnect.stands();
  await clock.pass(10_000);
  reconnect.lineBroke();
  await clock.pass(1000);
  assert.equal(starts.length, length + 2);
});

test("no try is lost while the network is away, and the browser's sign that it is back ends the wait", async () => {
  const room = setUp();
  const { reconnect, clock, starts } = room;
  room.network = false;
  reconnect.lineBroke();
  await clock.pass(30_400);
  assert.deepEqual([starts.length, reconnect.away, reconnect.active], [0, true, true]);
  room.network = true;
  reconnect.wake();
  await settle();
  await settle();
  assert.deepEqual([starts.length, reconnect.away], [1, false]);
});

test("a line that breaks again with the network is taken up as soon as the network is back", async () => {
  const room = setUp();
  for (const tries of [1, 2, 3, 4, 5]) {
    room.network = false;
    room.reconnect.lineBroke();
    await room.clock.pass(1000);
    room.network = true;
    await room.clock.pass(600);
    assert.equal(room.starts.length, tries);
    room.reconnect.stands();
    await room.clock.pass(1000);
  }
});

test("a network that comes back without a sign is found within a second", async () => {
  const room = setUp();
  room.network = false;
  room.reconnect.lineBroke();
  await room.clock.pass(7000);
  room.network = true;
  await room.clock.pass(1000);
  assert.equal(room.starts.length, 1);
});

test("a network that stays away for ten minutes leaves it to the person", async () => {
  const room = setUp();
  room.network = false;
  room.reconnect.lineBroke();
  await room.clock.pass(11 * 60_000);
  assert.deepEqual([room.reconnect.active, room.starts.length], [false, 0]);
});

test("who ends the session, or presses the button, is not reconnected", async () => {
  const room = setUp();
  room.reconnect.lineBroke();
  room.reconnect.stop();
  await room.clock.pass(60_000);
  room.network = false;
  room.reconnect.lineBroke();
  await room.clock.pass(3000);
  room.reconnect.stop();
  room.network = true;
  await room.clock.pass(60_000);
  assert.equal(room.starts.length, 0);
});
