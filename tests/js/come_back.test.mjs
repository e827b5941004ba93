// The script of the page for when the server is away: it asks until somebody answers, and loads what was asked for.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import vm from "node:vm";

const CODE = await readFile(new URL("../../coachroom/ui/assets/come_back.js", import.meta.url), "utf8");

/** Loads the page and lets its time pass, with an answer for each time it asks; how often it asked and loaded. */
async function load(answers) {
  const timers = [];
  const seen = { asked: [], loaded: 0 };
  const world = {
    location: { reload: () => seen.loaded++ },
    setTimeout: (work, ms) => timers.push([work, ms]),
    fetch: async (url, options) => {
      seen.asked.push([url, options.method, options.cache]);
      const answer = answers.shift();
      if (answer === undefined) throw new TypeError("Failed to fetch");
      return { ok: answer === 200 };
    },
  };
  vm.runInNewContext(CODE, world);
  while (timers.length > 0 && seen.asked.length < 5) {
    const [work, ms] = timers.shift();
    assert.equal(ms, 5000);
    await work();
  }
  return seen;
}

test("it loads the page once the first page is there, and asks for no other one", async () => {
  const { asked, loaded } = await load([503, 502, 200]);
  assert.deepEqual([asked.length, loaded], [3, 1]);
  assert.deepEqual(asked[0], ["/", "HEAD", "no-store"]);
});

test("it goes on to ask while nobody answers", async () => {
  assert.deepEqual((await load([])).loaded, 0);
  assert.equal((await load([500, 503, 504])).asked.length, 5);
});
