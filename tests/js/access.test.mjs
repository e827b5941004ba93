import assert from "node:assert/strict";
import test from "node:test";
import { Access } from "../../coachroom/ui/assets/access.js";
import { fakeClock } from "./helpers.mjs";

test("an address is good for one call and ten minutes", async () => {
  const clock = fakeClock();
  let asked = 0;
  const access = new Access({
    now: clock.now,
    ask: async () => ({ status: 200, answer: { signed_url: `wss://x/${++asked}` } }),
  });
  assert.equal(access.stale, true);
  await Promise.all([access.refresh(), access.refresh()]);
  assert.equal(asked, 1, "one request at a time");
  assert.equal(access.stale, false);
  await clock.pass(11 * 60_000);
  assert.equal(access.stale, true);
  await access.refresh();
  access.spend();
  assert.equal(access.stale, true);
  assert.equal(access.url, "wss://x/2");
});

test("a refusal is the server's sentence and its waiting time", async () => {
  const access = new Access({
    now: () => 0,
    ask: async () => ({ status: 200, answer: { error: "Come back tomorrow.", retry_after: 300 } }),
  });
  assert.deepEqual(await access.refresh(), { problem: "Come back tomorrow.", retryMs: 300_000 });
});

test("no answer waits longer each time, up to a minute", async () => {
  const access = new Access({
    now: () => 0,
    ask: async () => {
      throw new TypeError("offline");
    },
  });
  const waits = [];
  for (let i = 0; i < 8; i += 1) waits.push((await access.refresh()).retryMs);
  assert.deepEqual(waits.slice(0, 3), [2000, 4000, 8000]);
  assert.equal(Math.max(...waits), 60_000);
});

test("a room that is over is over", async () => {
  const access = new Access({ now: () => 0, ask: async () => ({ status: 410, answer: null }) });
  assert.deepEqual(await access.refresh(), { over: 410, problem: null });
});
