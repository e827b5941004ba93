// An agent that neither speaks nor writes after the client's words is noticed.
import assert from "node:assert/strict";
import test from "node:test";
import { SilenceWatch } from "../../coachroom/ui/assets/silence_watch.js";
import { fakeClock } from "./helpers.mjs";

const SAID = { sender: "client", text: "I am tired" };

function setUp() {
  const clock = fakeClock();
  const room = { clock, asked: 0, gaveUp: 0, waiting: true };
  room.watch = new SilenceWatch({
    clock,
    ask: () => (room.asked += 1),
    giveUp: () => (room.gaveUp += 1),
    onChange: () => {},
  });
  clock.every(1000, () => room.watch.tick(room.waiting));
  return room;
}

const state = ({ watch, asked, gaveUp }) => [watch.silence, asked, gaveUp];

test("at six seconds it shows, at ten the agent is asked once, at fifteen the call is given up", async () => {
  const room = setUp();
  await room.clock.pass(1000);
  room.watch.take("turn", SAID);
  await room.clock.pass(5000);
  assert.deepEqual(state(room), [null, 0, 0]);
  await room.clock.pass(1000);
  assert.deepEqual(state(room), ["late", 0, 0]);
  await room.clock.pass(4000);
  assert.deepEqual(state(room), ["asked", 1, 0]);
  await room.clock.pass(5000);
  assert.deepEqual(state(room), [null, 1, 1]);
  await room.clock.pass(60_000);
  assert.deepEqual(state(room), [null, 1, 1]);
});

test("an answer after the question ends it, and the question itself is no word of the client's", async () => {
  const room = setUp();
  room.watch.take("turn", SAID);
  await room.clock.pass(11_000);
  room.watch.take("turn", { sender: "client", text: "..." });
  await room.clock.pass(2000);
  room.watch.take("turn", { sender: "agent", text: "Here I am." });
  await room.clock.pass(60_000);
  assert.deepEqual(state(room), [null, 1, 0]);
});

test("words whose answer came before them are answered, until another call numbers anew", async () => {
  const room = setUp();
  const late = { ...SAID, event_id: 3 };
  for (const answer of [3, 4]) {
    room.watch.take("turn", { sender: "agent", text: "I see.", event_id: answer });
    room.watch.take("turn", late);
    await room.clock.pass(20_000);
    assert.deepEqual(state(room), [null, 0, 0]);
  }
  room.watch.take("turn", { ...SAID, event_id: 5 });
  await room.clock.pass(10_000);
  assert.deepEqual(state(room), ["asked", 1, 0]);
  room.watch.callBegins();
  room.watch.take("turn", late);
  await room.clock.pass(10_000);
  assert.deepEqual(state(room), ["asked", 2, 0]);
});

test("nothing is due before the client has said something", async () => {
  const room = setUp();
  await room.clock.pass(60_000);
  assert.deepEqual(state(room), [null, 0, 0]);
});

test("a client who speaks on, and an agent that works, are given time", async () => {
  const room = setUp();
  room.watch.take("turn", SAID);
  for (let i = 0; i < 4; i += 1) {
    await room.clock.pass(5000);
    room.watch.later();
  }
  assert.deepEqual(state(room), [null, 0, 0]);
  await room.clock.pass(7000);
  assert.equal(room.watch.silence, "late");
});

test("a room that is never quiet does not hide an agent that is", async () => {
  const room = setUp();
  room.watch.take("turn", SAID);
  for (let i = 0; i < 80; i += 1) {
    room.watch.later();
    await room.clock.pass(500);
  }
  assert.deepEqual([room.asked, room.gaveUp], [1, 1]);
});

test("nobody is waited for while the client thinks, nor after a sleep for what was missed", async () => {
  const room = setUp();
  room.watch.take("turn", SAID);
  room.waiting = false;
  await room.clock.pass(30_000);
  room.waiting = true;
  await room.clock.pass(30_000);
  assert.deepEqual(state(room), [null, 0, 0]);

  room.watch.take("turn", SAID);
  room.clock.jump(60_000);
  await room.clock.pass(2000);
  assert.deepEqual(state(room), [null, 0, 0]);
});
