import assert from "node:assert/strict";
import test from "node:test";
import { SignedUrl } from "../../coachroom/ui/assets/signed_url.js";
import { fakeClock } from "./helpers.mjs";

test("an address is good for one call and ten minutes", async () => {
  const clock = fakeClock();
  let asked = 0;
  const signedUrl = new SignedUrl({
    now: clock.now,
    ask: async () => ({ status: 200, answer: { signed_url: `wss://x/${++asked}` } }),
  });
  assert.equal(signedUrl.stale, true);
  await Promise.all([signedUrl.refresh(), signedUrl.refresh()]);
  assert.equal(asked, 1, "one request at a time");
  assert.equal(signedUrl.stale, false);
  await clock.pass(11 * 60_000);
  assert.equal(signedUrl.stale, true);
  await signedUrl.refresh();
  signedUrl.markUsed();
  assert.equal(signedUrl.stale, true);
  assert.equal(signedUrl.url, "wss://x/2");
});

test("a refusal brings the server's sentence and its wait", async () => {
  const signedUrl = new SignedUrl({
    now: () => 0,
    ask: async () => ({ status: 503, answer: { error: "Come back tomorrow.", retry_after: 300 } }),
  });
  assert.deepEqual(await signedUrl.refresh(), { problem: "Come back tomorrow.", retryMs: 300_000 });
});

test("without an answer the wait doubles, up to a minute", async () => {
  const signedUrl = new SignedUrl({
    now: () => 0,
    ask: async () => {
      throw new TypeError("offline");
    },
  });
  const waits = [];
  for (let i = 0; i < 8; i += 1) waits.push((await signedUrl.refresh()).retryMs);
  assert.deepEqual(waits.slice(0, 3), [2000, 4000, 8000]);
  assert.equal(Math.max(...waits), 60_000);
});

test("a short wait that the server asks for does not replace our longer one", async () => {
  const clock = fakeClock();
  const signedUrl = new SignedUrl({
    now: clock.now,
    ask: async () => ({ status: 503, answer: { error: "Busy.", retry_after: 5 } }),
  });
  const waits = [];
  for (let i = 0; i < 7; i += 1) waits.push((await signedUrl.refresh()).retryMs);
  assert.deepEqual(waits, [5000, 5000, 8000, 16_000, 32_000, 60_000, 60_000]);
  await clock.pass(59_000);
  assert.equal(signedUrl.due, false);
  await clock.pass(1000);
  assert.equal(signedUrl.due, true);
});

test("where trying again is pointless, only the person asks again", async () => {
  const clock = fakeClock();
  const script = [{ error: "The time is used up.", retry_after: null }, { signed_url: "wss://x/1" }];
  const signedUrl = new SignedUrl({
    now: clock.now,
    ask: async () => ({ status: 200, answer: script.shift() }),
  });
  assert.equal(signedUrl.due, true);
  assert.deepEqual(await signedUrl.refresh(), { problem: "The time is used up.", retryMs: null });
  await clock.pass(24 * 3_600_000);
  assert.equal(signedUrl.due, false);
  assert.deepEqual(await signedUrl.refresh(), { url: "wss://x/1" });
  signedUrl.markUsed();
  assert.equal(signedUrl.due, true);
});

test("only our own server says that a session does not exist", async () => {
  const answers = [
    { status: 403, answer: { error: "Forbidden" } },
    { status: 404, answer: null },
    { status: 410, answer: null },
    { status: 404, answer: { error: "This room doesn't exist." } },
  ];
  const signedUrl = new SignedUrl({ now: () => 0, ask: async () => answers.shift() });
  for (const retryMs of [2000, 4000, 8000]) assert.equal((await signedUrl.refresh()).retryMs, retryMs);
  assert.deepEqual(await signedUrl.refresh(), { gone: "This room doesn't exist." });
});
