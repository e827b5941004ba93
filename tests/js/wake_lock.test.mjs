import assert from "node:assert/strict";
import test from "node:test";
import { WakeLock } from "../../coachroom/ui/assets/wake_lock.js";

/** A browser that keeps its screen on for whoever asks; `take` is what it does when the page is out of sight. */
function screen({ refuses = false } = {}) {
  const seen = { asked: 0, on: 0 };
  const listeners = [];
  const request = async () => {
    seen.asked += 1;
    if (refuses) throw new Error("NotAllowedError");
    seen.on += 1;
    let released = false;
    const release = async () => {
      if (released) return;
      released = true;
      seen.on -= 1;
      listeners.splice(0).forEach((listener) => listener());
    };
    seen.take = release;
    return { release, addEventListener: (_, listener) => listeners.push(listener) };
  };
  return { seen, lock: new WakeLock(request) };
}

test("the screen stays on from a call's begin to its end", async () => {
  const { seen, lock } = screen();
  await lock.want(true);
  await lock.want(true);
  assert.deepEqual([seen.asked, seen.on], [1, 1]);
  await lock.want(false);
  assert.equal(seen.on, 0);
});

test("once the page is in sight again, the screen is held again", async () => {
  const { seen, lock } = screen();
  await lock.want(true);
  await seen.take();
  assert.equal(seen.on, 0);
  await lock.wake();
  assert.equal(seen.on, 1);
});

test("without a call a page that comes into sight holds nothing", async () => {
  const { seen, lock } = screen();
  await lock.wake();
  await lock.want(true);
  await lock.want(false);
  await lock.wake();
  assert.deepEqual([seen.asked, seen.on], [1, 0]);
});

test("a call that ends while the browser still thinks about it leaves nothing held", async () => {
  const { seen, lock } = screen();
  const asked = lock.want(true);
  await lock.want(false);
  await asked;
  assert.equal(seen.on, 0);
});

test("where the browser says no, the call goes on, and the next look asks again", async () => {
  const { seen, lock } = screen({ refuses: true });
  await lock.want(true);
  await lock.wake();
  assert.deepEqual([seen.asked, seen.on], [2, 0]);
});
