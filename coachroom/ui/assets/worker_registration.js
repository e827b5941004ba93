// @ts-check
// Has the browser keep our service worker, or take it out.

const SCRIPT = "/sw.js";

/**
 * Registers the worker; where it is switched off on the server, takes out one that is still there.
 * @param {boolean} on
 * @param {ServiceWorkerContainer | undefined} [container] Missing where the browser has none, or the page is not safe.
 */
export async function keepWorker(on, container = navigator.serviceWorker) {
  if (!container) return;
  try {
    if (on) await container.register(SCRIPT, { updateViaCache: "none" });
    else await takeOut(container);
  } catch {
    // A private window may refuse it; every page works without.
  }
}

/** @param {ServiceWorkerContainer} container */
async function takeOut(container) {
  for (const each of await container.getRegistrations()) await each.unregister();
  for (const name of await caches.keys()) await caches.delete(name);
}
