import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { BrowserPush, SENTENCE } from "../../coachroom/ui/assets/push_subscription.js";
import { settle } from "./helpers.mjs";

const ENDPOINT = "https://fcm.googleapis.com/fcm/send/a";
const HASH = createHash("sha256").update(ENDPOINT).digest("hex");

/** A browser with a push service, which may be slow, and a server that may refuse. */
function setUp({
  known = [],
  permission = "granted",
  subscribed = false,
  answers = true,
  status = 200,
  none = false,
} = {}) {
  const seen = { posts: [], asked: 0, timers: [] };
  const subscription = {
    endpoint: ENDPOINT,
    getKey: (name) => new Uint8Array(name === "auth" ? [251, 255] : [4, 1]).buffer,
    unsubscribe: async () => (state.subscription = null),
  };
  const state = { subscription: subscribed ? subscription : null };
  const manager = {
    getSubscription: async () => state.subscription,
    subscribe: (options) => {
      seen.options = options;
      if (!answers) return new Promise(() => {});
      state.subscription = subscription;
      return Promise.resolve(subscription);
    },
  };
  const push = new BrowserPush(
    {
      manager: async () => (none ? null : manager),
      permission: () => permission,
      askPermission: async () => {
        seen.asked += 1;
        return permission;
      },
      needsHomeScreen: () => none === "iphone",
      post: async (path, body) => {
        seen.posts.push([path, body]);
        return { status, answer: status === 200 ? { done: true } : { error: "No." } };
      },
      pause: () => new Promise((resolve) => seen.timers.push(resolve)),
    },
    { public_key: "BAE", known },
  );
  return { push, seen, state };
}

test("nothing is asked of the person before they press", async () => {
  const { push, seen } = setUp();
  assert.equal(await push.look(), "off");
  assert.deepEqual([seen.asked, seen.posts], [0, []]);
});

test("a press subscribes the browser and tells the server where it is", async () => {
  const { push, seen } = setUp();
  await push.switchOn();
  assert.deepEqual(seen.posts, [["/push/subscribe", { endpoint: ENDPOINT, p256dh: "BAE", auth: "-_8" }]]);
  assert.deepEqual([...seen.options.applicationServerKey], [4, 1]);
  assert.equal(seen.options.userVisibleOnly, true);
  assert.equal(await push.look(), "on");
});

test("a second press takes it back, on the server first", async () => {
  const { push, seen, state } = setUp({ subscribed: true, known: [HASH] });
  assert.equal(await push.look(), "on");
  await push.switchOff();
  assert.deepEqual(seen.posts, [["/push/unsubscribe", { endpoint: ENDPOINT }]]);
  assert.equal(state.subscription, null);
  assert.equal(await push.look(), "off");
});

test("what the person before subscribed in this browser is not this person's", async () => {
  const { push } = setUp({ subscribed: true, known: [] });
  assert.equal(await push.look(), "off");
});

test("a service that never answers is waited for no longer than five seconds", async () => {
  const { push, seen } = setUp({ answers: false });
  const pressed = push.switchOn();
  await settle();
  seen.timers.forEach((over) => over());
  await assert.rejects(pressed, { message: SENTENCE.slow });
  assert.deepEqual(seen.posts, []);
});

test("who said no reads where to change that", async () => {
  const { push } = setUp({ permission: "denied" });
  assert.equal(await push.look(), "blocked");
  await assert.rejects(push.switchOn(), { message: SENTENCE.blocked });
});

test("the server's refusal is said, and the browser counts as off", async () => {
  const { push } = setUp({ status: 422 });
  await assert.rejects(push.switchOn(), { message: "No." });
  assert.equal(await push.look(), "off");
});

test("a browser without notifications says so, and an iPhone says what to do", async () => {
  assert.equal(await setUp({ none: true }).push.look(), "unsupported");
  assert.equal(await setUp({ none: "iphone" }).push.look(), "not on the home screen");
});
