import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../coachroom/ui/assets/outbox.js";
import { fakeClock, settle } from "./helpers.mjs";

/** A server that stores what it gets, unless the script says otherwise. */
function setUp({ script = [] } = {}) {
  const clock = fakeClock();
  const requests = [];
  const beacons = [];
  const stored = new Map();
  const seen = { gone: null, answers: [] };
  const outbox = new Outbox({
    epoch: "e1",
    identity: () => ({ token: "secret", conversation_id: "conv_1" }),
    post: async (text) => {
      const request = JSON.parse(text);
      requests.push(request);
      const step = script.shift();
      if (step === "offline") throw new TypeError("network");
      if (typeof step === "function") return step(request);
      if (step) return { status: step, answer: null };
      for (const event of request.events) stored.set(event.n, event);
      return { status: 200, answer: { ack: Math.max(...stored.keys()), session: "active" } };
    },
    beacon: (text) => beacons.push(JSON.parse(text)),
    clock,
    onAnswer: (answer) => seen.answers.push(answer),
    onGone: (sentence) => {
      seen.gone = sentence;
    },
  });
  return { outbox, clock, requests, beacons, stored, seen };
}

test("an event is sent within 30 ms and forgotten once acknowledged", async () => {
  const { outbox, clock, requests } = setUp();
  outbox.add("turn", { sender: "client", text: "hello" });
  outbox.add("turn", { sender: "agent", text: "hi" });
  await clock.pass(30);
  assert.equal(requests.length, 1);
  assert.equal(requests[0].token, "secret");
  assert.equal(requests[0].epoch, "e1");
  assert.equal(requests[0].why, "live");
  assert.match(requests[0].sent_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(
    requests[0].events.map(({ n, kind }) => [n, kind]),
    [
      [1, "turn"],
      [2, "turn"],
    ],
  );
  assert.match(requests[0].events[0].at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(outbox.pending, 0);
});

test("one request at a time; what happens meanwhile goes with the next", async () => {
  let answer;
  const held = () => new Promise((resolve) => (answer = resolve));
  const { outbox, clock, requests } = setUp({ script: [held] });
  outbox.add("turn", { text: "one" });
  await clock.pass(30);
  outbox.add("turn", { text: "two" });
  outbox.add("turn", { text: "three" });
  await clock.pass(3000);
  assert.equal(requests.length, 1);
  answer({ status: 200, answer: { ack: 1 } });
  await settle();
  await clock.pass(5);
  assert.deepEqual(
    requests[1].events.map(({ n }) => n),
    [2, 3],
  );
});

test("what is not acknowledged is sent again, slower and slower, and never given up", async () => {
  const { outbox, clock, requests, stored } = setUp({ script: Array(30).fill("offline") });
  outbox.add("turn", { text: "precious" });
  const gaps = [];
  let last = null;
  for (let i = 0; i < 31; i += 1) {
    const before = requests.length;
    let waited = 0;
    while (requests.length === before) {
      await clock.pass(10);
      waited += 10;
    }
    if (last !== null) gaps.push(waited);
    last = waited;
  }
  assert.ok(gaps[0] >= 500 && gaps[0] < 600);
  assert.ok(Math.max(...gaps) <= 5010);
  assert.equal(stored.get(1).text, "precious");
  assert.equal(outbox.pending, 0);
});

test("an answer that acknowledges less keeps the rest", async () => {
  const partly = () => ({ status: 200, answer: { ack: 1 } });
  const { outbox, clock, requests } = setUp({ script: [partly] });
  outbox.add("a");
  outbox.add("b");
  await clock.pass(100);
  assert.deepEqual(
    requests[1].events.map(({ n }) => n),
    [2],
  );
  assert.equal(outbox.pending, 0);
});

test("our server's answer that the session does not exist ends the outbox", async () => {
  const gone = () => ({ status: 404, answer: { error: "This room doesn't exist." } });
  const { outbox, clock, requests, seen } = setUp({ script: [gone] });
  outbox.add("turn", { text: "too late" });
  await clock.pass(60_000);
  assert.equal(requests.length, 1);
  assert.equal(seen.gone, "This room doesn't exist.");
  outbox.add("turn", { text: "unheard" });
  await clock.pass(60_000);
  assert.equal(requests.length, 1);
});

test("somebody else's 403, 404 or 410 throws nothing away", async () => {
  const proxy = (status) => () => ({ status, answer: status === 403 ? { error: "Forbidden" } : null });
  const { outbox, clock, requests, stored, seen } = setUp({ script: [403, 404, 410].map(proxy) });
  outbox.add("turn", { text: "precious" });
  await clock.pass(600);
  assert.equal(requests.length, 2);
  await clock.pass(10_000);
  assert.equal(requests.length, 4);
  assert.equal(seen.gone, null);
  assert.equal(stored.get(1).text, "precious");
  assert.equal(outbox.pending, 0);
});

test("a body the server finds too large is halved, then its one event cut", async () => {
  const tooLarge = (request) => (request.events.length > 1 ? { status: 413, answer: null } : store(request));
  const kept = new Map();
  const store = (request) => {
    for (const event of request.events) kept.set(event.n, event);
    return { status: 200, answer: { ack: Math.max(...kept.keys()) } };
  };
  const script = Array(12).fill(tooLarge);
  const { outbox, clock } = setUp({ script });
  for (let i = 0; i < 4; i += 1) outbox.add("turn", { text: `part ${i}` });
  await clock.pass(60_000);
  assert.deepEqual([...kept.keys()], [1, 2, 3, 4]);

  const strict = (request) => (JSON.stringify(request).length > 20_000 ? { status: 413 } : store(request));
  script.splice(0, Infinity, ...Array(5).fill(strict));
  outbox.add("turn", { text: "z".repeat(100_000) });
  await clock.pass(60_000);
  assert.equal(kept.get(5).truncated, true);
  assert.equal(kept.get(5).text, "z".repeat(12_000) + "[…]");
  assert.equal(outbox.pending, 0);
});

test("a body that is too slow is halved, and its one event neither cut nor dropped", async () => {
  const slow = () => ({ status: 408, answer: null });
  const { outbox, clock, requests, stored } = setUp({ script: [slow, slow, slow] });
  outbox.add("turn", { text: "z".repeat(20_000) });
  outbox.add("turn", { text: "b" });
  await clock.pass(60_000);
  assert.deepEqual(
    requests.map(({ events }) => events.length),
    [2, 1, 1, 1, 1],
  );
  assert.equal(stored.get(1).text.length, 20_000);
  assert.equal(outbox.pending, 0);
});

test("an event no server will take does not block the others", async () => {
  const picky = (request) =>
    request.events.some(({ kind }) => kind === "odd")
      ? { status: 400, answer: null }
      : { status: 200, answer: { ack: Math.max(...request.events.map(({ n }) => n)) } };
  const { outbox, clock } = setUp({ script: Array(20).fill(picky) });
  outbox.add("odd");
  outbox.add("turn", { text: "fine" });
  await clock.pass(60_000);
  assert.equal(outbox.pending, 0);
});

test("a closing page sends what waits by beacon and keeps it until acknowledged", async () => {
  const { outbox, clock, beacons, requests } = setUp({ script: ["offline"] });
  outbox.add("turn", { text: "goodbye" });
  outbox.add("left", { why: "pagehide" });
  outbox.sendBeacon("pagehide", { final: true });
  assert.equal(beacons.length, 1);
  assert.equal(beacons[0].why, "pagehide");
  assert.deepEqual(
    beacons[0].events.map(({ kind }) => kind),
    ["turn", "left"],
  );
  await clock.pass(600);
  assert.equal(requests.length, 2);
  outbox.sendBeacon("hidden", { final: false });
  assert.equal(beacons.length, 1, "nothing waits: nothing is sent");
});

test("a hidden tab may come back: a large event is then not cut", () => {
  const { outbox, beacons } = setUp();
  outbox.add("turn", { text: "w".repeat(200_000) });
  outbox.sendBeacon("hidden", { final: false });
  assert.equal(beacons.length, 0);
  outbox.sendBeacon("pagehide", { final: true });
  assert.equal(beacons[0].events[0].truncated, true);
});

test("flushed waits for the acknowledgement, and no longer than asked", async () => {
  const { outbox, clock } = setUp({ script: Array(100).fill("offline") });
  let done = false;
  outbox.add("status");
  outbox.flushed(1500).then(() => (done = true));
  await clock.pass(1400);
  assert.equal(done, false);
  await clock.pass(200);
  assert.equal(done, true);

  const { outbox: quick, clock: time } = setUp();
  quick.add("status");
  let fast = false;
  quick.flushed(1500).then(() => (fast = true));
  await time.pass(40);
  assert.equal(fast, true);
});
