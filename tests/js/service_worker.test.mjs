// The service worker, run in a sandbox: what it answers for, and what it leaves to the browser.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import vm from "node:vm";

const CODE = await readFile(new URL("../../coachroom/ui/assets/service_worker.js", import.meta.url), "utf8");
const HERE = "https://coach.example.com";
const PAGE = { url: `${HERE}/Goals`, mode: "navigate", method: "GET", destination: "document" };

/** A worker in a browser whose network is there or not; `answer` asks it for something. */
function startWorker({ connected = true, status = 200, windows = [], signedIn = true, hasKey = true } = {}) {
  const posted = [];
  const asked = [];
  let unsubscribed = 0;
  const pushManager = {
    subscribe: async (options) => {
      asked.push({ ...options });
      return {
        toJSON: () => ({ endpoint: "https://push.example/new", keys: { p256dh: "p", auth: "a" } }),
        unsubscribe: async () => unsubscribed++,
      };
    },
  };
  const listeners = {};
  const shown = [];
  const opened = [];
  const world = {
    URL,
    Request: class {},
    location: { origin: HERE },
    addEventListener: (name, listener) => (listeners[name] = listener),
    caches: { match: async (path) => `kept ${path}` },
    clients: { matchAll: async () => windows, openWindow: async (url) => opened.push(url) },
    registration: {
      pushManager,
      showNotification: async (title, options) => shown.push({ title, ...options }),
    },
    fetch: async (wanted, options) => {
      const url = wanted.url ?? wanted;
      if (!connected) throw new TypeError("Failed to fetch");
      if (url === "/push/key") return { ok: hasKey, json: async () => ({ public_key: "key" }) };
      if (options) {
        posted.push([url, JSON.parse(options.body)]);
        return { ok: signedIn };
      }
      return { url, status };
    },
  };
  vm.runInNewContext(CODE, world);
  const answer = (request) => {
    let response = null;
    listeners.fetch({ request, respondWith: (given) => (response = given) });
    return response;
  };
  const during = async (name, event) => {
    let work;
    listeners[name]({ ...event, waitUntil: (given) => (work = given) });
    await work;
  };
  return { answer, during, shown, opened, posted, asked, unsubscribed: () => unsubscribed };
}

test("a page comes from the network, and without one the offline page does", async () => {
  assert.equal((await startWorker().answer(PAGE)).url, `${HERE}/Goals`);
  assert.equal(await startWorker({ connected: false }).answer(PAGE), "kept /offline");
});

test("a proxy that does not reach the server is no page; what the server itself says is", async () => {
  for (const status of [502, 504]) assert.equal(await startWorker({ status }).answer(PAGE), "kept /offline");
  for (const status of [200, 404, 500, 503])
    assert.equal((await startWorker({ status }).answer(PAGE)).status, status);
});

for (const [what, request] of Object.entries({
  "a form that is posted": { ...PAGE, method: "POST" },
  "a script": { ...PAGE, mode: "no-cors", destination: "script" },
  "a beacon or an event of the room": { ...PAGE, mode: "cors", method: "POST", destination: "" },
  "Streamlit's own address": { ...PAGE, url: `${HERE}/_stcore/health` },
  "a frame in a page": { ...PAGE, destination: "iframe" },
  "a download": { ...PAGE, url: `${HERE}/exports/1` },
  "a sign-in at the provider": { ...PAGE, url: `${HERE}/oauth2callback?code=1` },
}))
  test(`it leaves alone ${what}`, () => assert.equal(startWorker().answer(request), null));

test("what is pushed is shown, and a tap leads to its page", async () => {
  const worker = startWorker();
  const pushed = {
    title: "Carla asks to join",
    body: "Open your room.",
    url: "/",
    window: "/Room",
    tag: "join",
  };
  await worker.during("push", { data: { json: () => pushed } });
  assert.deepEqual(
    worker.shown.map(({ title, body, tag }) => [title, body, tag]),
    [["Carla asks to join", "Open your room.", "join"]],
  );
  await worker.during("notificationclick", { notification: { close() {}, data: worker.shown[0].data } });
  assert.deepEqual(worker.opened, [`${HERE}/`]);
});

test("a tap goes to the window that shows the page already, and never to another site", async () => {
  let focused = 0;
  const worker = startWorker({ windows: [{ url: `${HERE}/Room?room=1`, focus: () => focused++ }] });
  for (const url of ["/", "https://evil.example"])
    await worker.during("notificationclick", {
      notification: { close() {}, data: { url, window: "/Room" } },
    });
  assert.equal(focused, 1);
  assert.deepEqual(worker.opened, []);
});

const SUBSCRIBED = ["/push/subscribe", { endpoint: "https://push.example/new", p256dh: "p", auth: "a" }];

test("where the push service changes a subscription, the server learns the new one and drops the old one", async () => {
  const worker = startWorker();
  await worker.during("pushsubscriptionchange", {
    oldSubscription: { endpoint: "https://push.example/old" },
  });
  assert.deepEqual(worker.asked, [{ userVisibleOnly: true, applicationServerKey: "key" }]);
  assert.deepEqual(worker.posted, [
    SUBSCRIBED,
    ["/push/unsubscribe", { endpoint: "https://push.example/old" }],
  ]);
  assert.equal(worker.unsubscribed(), 0);
});

test("it does so too where the browser does not say what the old one was, or it is the same", async () => {
  for (const oldSubscription of [undefined, null, { endpoint: "https://push.example/new" }]) {
    const worker = startWorker();
    await worker.during("pushsubscriptionchange", { oldSubscription });
    assert.deepEqual(worker.posted, [SUBSCRIBED]);
  }
});

test("where nobody is signed in, or there are no notifications any more, the browser takes none", async () => {
  const signedOut = startWorker({ signedIn: false });
  await signedOut.during("pushsubscriptionchange", {
    oldSubscription: { endpoint: "https://push.example/old" },
  });
  assert.deepEqual([signedOut.posted, signedOut.unsubscribed()], [[SUBSCRIBED], 1]);
  const off = startWorker({ hasKey: false });
  await off.during("pushsubscriptionchange", {});
  assert.deepEqual([off.asked, off.posted], [[], []]);
});
