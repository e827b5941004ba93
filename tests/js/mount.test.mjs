import assert from "node:assert/strict";
import test from "node:test";
import { mountOnce } from "../../coachroom/ui/assets/mount.js";
import { fakeElement } from "./helpers.mjs";

globalThis.document = { createElement: (tag) => fakeElement(tag) };

function setUp() {
  const seen = { roots: [], data: [], disposed: 0 };
  const component = mountOnce("example", (root) => {
    seen.roots.push(root);
    return { update: ({ data }) => seen.data.push(data), dispose: () => (seen.disposed += 1) };
  });
  return { component, seen };
}

test("a component is created once for its place and updated on every call", () => {
  const { component, seen } = setUp();
  const parentElement = fakeElement();
  component({ parentElement, data: 1 });
  component({ parentElement, data: 2 });
  assert.equal(seen.roots.length, 1);
  assert.equal(seen.roots[0].getAttribute("class"), "cr cr-example");
  assert.deepEqual(seen.data, [1, 2]);
  assert.equal(parentElement.children.length, 1);
});

test("the clean-up disposes of the component, and the next call creates another", () => {
  const { component, seen } = setUp();
  const parentElement = fakeElement();
  component({ parentElement, data: 1 })();
  assert.equal(seen.disposed, 1);
  assert.equal(parentElement.children.length, 0);
  component({ parentElement, data: 2 });
  assert.equal(seen.roots.length, 2);
});

test("a clean-up that comes after the next call does nothing", () => {
  const { component, seen } = setUp();
  const parentElement = fakeElement();
  const first = component({ parentElement, data: 1 });
  const second = component({ parentElement, data: 2 });
  first();
  assert.equal(seen.disposed, 0);
  assert.equal(parentElement.children.length, 1);
  second();
  assert.equal(seen.disposed, 1);
});

test("each place has a component of its own", () => {
  const { component, seen } = setUp();
  component({ parentElement: fakeElement(), data: 1 })();
  component({ parentElement: fakeElement(), data: 2 });
  assert.equal(seen.roots.length, 2);
  assert.equal(seen.disposed, 1);
});
