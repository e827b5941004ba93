// @ts-check
// Served in the place of the service worker where that is switched off: it takes itself out of every browser that has
// it.

const workerOff = /** @type {any} */ (globalThis);

async function leave() {
  for (const name of await workerOff.caches.keys()) await workerOff.caches.delete(name);
  await workerOff.registration.unregister();
}

workerOff.addEventListener("install", () => workerOff.skipWaiting());

workerOff.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(leave()));
