// When the agent ends the call, its last words are heard before the line closes.
import assert from "node:assert/strict";
import test from "node:test";
import { lastWords } from "../../tools/last_words.mjs";
import { fakeClock } from "./helpers.mjs";

const BY_AGENT = { reason: "agent" };

function ending(given = {}) {
  const clock = fakeClock();
  const conversation = {
    type: "voice",
    status: "connected",
    mode: "speaking",
    volume: 0.3,
    connection: { socket: { readyState: 1 } },
    output: { context: { state: "running" } },
    options: { onLastWords: () => (conversation.told = true) },
    getOutputVolume() {
      return this.volume;
    },
    ...given,
  };
  const room = { clock, conversation, closed: false };
  const wait = (details = BY_AGENT) => {
    const heard = lastWords(conversation, details, (f, ms) => clock.after(ms, f));
    heard?.then(() => (room.closed = true));
    return heard;
  };
  return Object.assign(room, { wait });
}

function fallSilent(conversation) {
  Object.assign(conversation, { mode: "listening", volume: 0 });
}

test("the line closes soon after the last sound, and the page is told that the agent says goodbye", async () => {
  const room = ending();
  room.wait();
  assert.equal(room.conversation.told, true);
  await room.clock.pass(6000);
  assert.equal(room.closed, false);
  fallSilent(room.conversation);
  await room.clock.pass(800);
  assert.equal(room.closed, true);
});

test("sound that is still on its way is waited for, as long as the line can bring it", async () => {
  const room = ending({ mode: "listening", volume: 0 });
  room.wait();
  await room.clock.pass(500);
  Object.assign(room.conversation, { mode: "speaking", volume: 0.3 });
  await room.clock.pass(3000);
  assert.equal(room.closed, false);

  const closed = ending({ mode: "listening", volume: 0, connection: { socket: { readyState: 3 } } });
  closed.wait();
  await closed.clock.pass(300);
  assert.equal(closed.closed, true);
});

test("a session that is too long at the service is heard to the end too", () => {
  const { wait } = ending();
  assert.notEqual(wait({ reason: "error", context: { type: "max_duration_exceeded" } }), null);
});

test("nothing is waited for when the person hangs up, the line breaks, or nobody speaks", () => {
  for (const details of [{ reason: "user" }, { reason: "error" }]) assert.equal(ending().wait(details), null);
  assert.equal(ending({ type: "text" }).wait(), null);
  assert.equal(ending({ status: "disconnected" }).wait(), null);
});

test("the wait ends when the person hangs up meanwhile, where no sound plays, and after twenty seconds", async () => {
  const hungUp = ending();
  hungUp.wait();
  hungUp.conversation.status = "disconnecting";
  await hungUp.clock.pass(50);
  assert.equal(hungUp.closed, true);

  const asleep = ending({ output: { context: { state: "suspended" } } });
  asleep.wait();
  await asleep.clock.pass(50);
  assert.equal(asleep.closed, true);

  const endless = ending();
  endless.wait();
  await endless.clock.pass(20_000);
  assert.equal(endless.closed, true);
});
