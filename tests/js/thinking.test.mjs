// "I'm thinking": the agent is told once, kept waiting, and let go by the first word.
import assert from "node:assert/strict";
import test from "node:test";
import { Thinking, THINKS, THOUGHT } from "../../coachroom/ui/assets/thinking.js";
import { fakeClock } from "./helpers.mjs";

function setUp() {
  const clock = fakeClock();
  const room = { clock, told: [], busy: 0 };
  room.thinking = new Thinking({
    clock,
    tell: (text) => room.told.push(text),
    busy: () => (room.busy += 1),
    onChange: () => {},
  });
  return room;
}

/** The level is looked at ten times a second. */
async function hear({ thinking, clock }, level, ms) {
  for (let passed = 0; passed < ms; passed += 100) {
    thinking.hear(level);
    await clock.pass(100);
  }
}

test("the agent is kept waiting without a gap of two seconds", async () => {
  const room = setUp();
  room.thinking.toggle();
  await hear(room, 0.004, 30_000);
  assert.deepEqual([room.thinking.active, room.told, room.busy], [true, [THINKS], 31]);
});

test("a word ends it, the room's own noise does not", async () => {
  const room = setUp();
  room.thinking.toggle();
  await hear(room, 0.03, 4000);
  assert.equal(room.thinking.active, true);
  await hear(room, 0.3, 300);
  assert.deepEqual([room.thinking.active, room.told], [false, [THINKS, THOUGHT]]);
});

test("a second press ends it, and it ends by itself after five minutes", async () => {
  const room = setUp();
  room.thinking.toggle();
  room.thinking.toggle();
  assert.deepEqual([room.thinking.active, room.told], [false, [THINKS, THOUGHT]]);
  room.thinking.toggle();
  await room.clock.pass(6 * 60_000);
  assert.equal(room.thinking.active, false);
});

test("a call that is over is told nothing more", () => {
  const room = setUp();
  room.thinking.toggle();
  room.thinking.cancel();
  room.thinking.stop();
  assert.deepEqual(room.told, [THINKS]);
});
