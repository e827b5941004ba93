// @ts-check
// Asks every few seconds whether the server is back, and then loads what was asked for; a form is sent once more.
(() => {
  // The first page asks nobody else and uses no link up, whatever page this stands in the place of.
  const ASKED = "/";
  const EVERY_MS = 5_000;

  async function ask() {
    let back = false;
    try {
      back = (await fetch(ASKED, { method: "HEAD", cache: "no-store" })).ok;
    } catch {
      // Still away.
    }
    if (back) location.reload();
    else setTimeout(ask, EVERY_MS);
  }

  setTimeout(ask, EVERY_MS);
})();
