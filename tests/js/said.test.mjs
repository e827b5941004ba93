import assert from "node:assert/strict";
import test from "node:test";
import { CaptionSize } from "../../coachroom/ui/assets/captions.js";
import { Said } from "../../coachroom/ui/assets/said.js";

const shown = (said) => said.messages.map(({ role, message }) => [role, message]);

test("what was said before the page was loaded and what is said now stand in one list", () => {
  const said = new Said([{ sender: "agent", text: "Hello Ana." }]);
  said.take("turn", { sender: "client", text: "I want to sleep better", event_id: null });
  said.take("status", { status: "connected" });
  assert.deepEqual(shown(said), [
    ["agent", "Hello Ana."],
    ["user", "I want to sleep better"],
  ]);
});

test("an answer that was cut short stands as it was heard", () => {
  const said = new Said();
  said.take("turn", { sender: "agent", text: "First. Second.", event_id: 3 });
  said.take("turn", { sender: "client", text: "Wait", event_id: 4 });
  said.take("correction", { event_id: 3, text: "First.", original: "First. Second." });
  said.take("correction", { event_id: 9, text: "Nobody said it.", original: "…" });
  assert.deepEqual(shown(said), [
    ["agent", "First."],
    ["user", "Wait"],
  ]);
});

test("a turn without words is not shown", () => {
  const said = new Said();
  said.take("turn", { sender: "client", text: "…", event_id: 1 });
  assert.deepEqual(said.messages, []);
});

test("the size of the words goes round and is kept in this browser", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const size = new CaptionSize(storage);
  const seen = [size.name];
  for (let press = 0; press < 3; press += 1) {
    size.next();
    seen.push(size.name);
  }
  assert.deepEqual(seen, ["normal", "large", "very large", "normal"]);
  size.next();
  assert.equal(new CaptionSize(storage).rem, 1.3);
});

test("a browser that keeps nothing shows the usual size", () => {
  const refuse = () => {
    throw new Error("denied");
  };
  const size = new CaptionSize({ getItem: refuse, setItem: refuse });
  size.next();
  assert.equal(size.name, "large");
});
