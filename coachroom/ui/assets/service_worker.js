// @ts-check
// Stands between the pages and the network, and does three things: where the server cannot be reached, or a proxy in
// front does not reach it, a page says so; what the server pushes is shown; and where a push service changes this
// browser's subscription, the server is told. It keeps no page, and touches nothing else that goes over the network.

const OFFLINE = "/offline";
// Under a new name the old copy of that page goes.
const CACHE = "coachroom-offline-2";
// What a proxy in front says where the server is away; the server itself never does.
const BAD_GATEWAY = 502;
const GATEWAY_TIMEOUT = 504;
// What is downloaded, asked of Streamlit, or goes through a sign-in, is no page to put another one in the place of.
const LEFT_ALONE = /^\/(_stcore|component|exports|auth|oauth2callback|login|healthz|metrics|practice)(\/|$)/;

// The types of a page's scripts know nothing of a worker's.
const worker = /** @type {any} */ (globalThis);

/** @typedef {Event & { waitUntil: (work: Promise<unknown>) => void }} LongEvent */
/** @typedef {{ title: string, body: string, url: string, window: string, tag: string }} Pushed */

async function keepOfflinePage() {
  const cache = await worker.caches.open(CACHE);
  await cache.add(new Request(OFFLINE, { cache: "reload" }));
  await worker.skipWaiting();
}

async function begin() {
  for (const name of await worker.caches.keys()) if (name !== CACHE) await worker.caches.delete(name);
  await worker.clients.claim();
}

/** @param {Request} request */
async function pageOrOffline(request) {
  try {
    const answer = await fetch(request);
    if (answer.status !== BAD_GATEWAY && answer.status !== GATEWAY_TIMEOUT) return answer;
    return (await worker.caches.match(OFFLINE)) ?? answer;
  } catch (error) {
    const offline = await worker.caches.match(OFFLINE);
    if (!offline) throw error;
    return offline;
  }
}

/** Whether this is somebody who goes to a page of ours. @param {Request} request */
function isPage({ mode, method, destination, url }) {
  if (mode !== "navigate" || method !== "GET" || destination !== "document") return false;
  return !LEFT_ALONE.test(new URL(url).pathname);
}

/** @param {Pushed} pushed */
const show = ({ title, body, tag, ...where }) =>
  worker.registration.showNotification(title, { body, tag, data: where, icon: "/app-icon-192.png" });

/**
 * Goes to the window whose page has the path `window`, where one is open; otherwise to the page at `url`.
 * @param {Pick<Pushed, "url" | "window">} where
 */
async function goTo({ url: wanted, window: path }) {
  const url = new URL(wanted, location.origin);
  if (url.origin !== location.origin) return;
  const open = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const same = open.find((/** @type {{ url: string }} */ each) => new URL(each.url).pathname === path);
  await (same ? same.focus() : worker.clients.openWindow(url.href));
}

/** @param {string} path @param {object} body */
const tell = (path, body) =>
  fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/**
 * Subscribes with the server's key and tells the server, which knows who is signed in. Where nobody is, this browser
 * takes none any more.
 * @param {{ oldSubscription?: PushSubscription | null }} event
 */
async function subscribeAnew({ oldSubscription }) {
  const answer = await fetch("/push/key");
  if (!answer.ok) return;
  const { public_key: applicationServerKey } = await answer.json();
  const fresh = await worker.registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey,
  });
  const { endpoint, keys } = fresh.toJSON();
  const told = await tell("/push/subscribe", { endpoint, ...keys });
  if (!told.ok) await fresh.unsubscribe();
  else if (oldSubscription && oldSubscription.endpoint !== endpoint)
    await tell("/push/unsubscribe", { endpoint: oldSubscription.endpoint });
}

worker.addEventListener("install", (/** @type {LongEvent} */ event) => event.waitUntil(keepOfflinePage()));

worker.addEventListener("activate", (/** @type {LongEvent} */ event) => event.waitUntil(begin()));

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  if (isPage(event.request)) event.respondWith(pageOrOffline(event.request));
});

worker.addEventListener("push", (/** @type {any} */ event) => {
  if (event.data) event.waitUntil(show(event.data.json()));
});

worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ event) =>
  event.waitUntil(subscribeAnew(event)),
);

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(goTo(event.notification.data));
});
