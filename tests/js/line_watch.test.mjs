// A line that carries nothing any more is found, though nobody closed it.
import assert from "node:assert/strict";
import test from "node:test";
import { LineWatch } from "../../coachroom/ui/assets/line_watch.js";
import { fakeClock } from "./helpers.mjs";

function setUp({ everyMs = 2000 } = {}) {
  const clock = fakeClock();
  const room = { clock, dead: [], pings: true };
  room.line = new LineWatch({ clock, onDead: () => room.dead.push(clock.now()) });
  room.line.begin();
  clock.every(everyMs, () => room.pings && room.line.heard());
  clock.every(1000, () => room.line.tick(true));
  return room;
}

test("a line that is pinged lives", async () => {
  const { clock, dead } = setUp();
  await clock.pass(600_000);
  assert.deepEqual(dead, []);
});

test("a line whose pings stop is dead within ten seconds, and that is said once", async () => {
  const room = setUp();
  await room.clock.pass(20_000);
  room.pings = false;
  await room.clock.pass(10_000);
  assert.equal(room.dead.length, 1);
  await room.clock.pass(60_000);
  assert.equal(room.dead.length, 1);
});

test("a server that pings seldom is given longer", async () => {
  const room = setUp({ everyMs: 15_000 });
  await room.clock.pass(120_000);
  assert.deepEqual(room.dead, []);
});

test("when the browser says that the network is back, a line that did not survive is found soon", async () => {
  const room = setUp({ everyMs: 1000 });
  await room.clock.pass(20_000);
  room.pings = false;
  await room.clock.pass(2000);
  room.line.networkIsBack();
  await room.clock.pass(4500);
  assert.equal(room.dead.length, 1);
});

test("a line that survived a short absence of the network is kept", async () => {
  const room = setUp({ everyMs: 1000 });
  await room.clock.pass(20_000);
  room.pings = false;
  await room.clock.pass(4000);
  room.line.networkIsBack();
  room.pings = true;
  await room.clock.pass(60_000);
  assert.deepEqual(room.dead, []);
});

test("a computer that slept heard nothing, and its line is not dead for that", async () => {
  const room = setUp();
  await room.clock.pass(20_000);
  room.clock.jump(60_000);
  await room.clock.pass(4000);
  assert.deepEqual(room.dead, []);
});

test("a service that sends nothing by itself is not judged", async () => {
  const room = setUp();
  room.pings = false;
  await room.clock.pass(600_000);
  assert.deepEqual(room.dead, []);
});
