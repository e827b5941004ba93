// @ts-check
// Asks every few seconds whether the page can be reached again, and loads it then.
(() => {
  const EVERY_MS = 5_000;

  async function ask() {
    let status = 0;
    try {
      ({ status } = await fetch(location.href, { method: "HEAD", cache: "no-store" }));
    } catch {
      // Still away.
    }
    if (status > 0 && status < 500) location.reload();
    else setTimeout(ask, EVERY_MS);
  }

  setTimeout(ask, EVERY_MS);
})();
