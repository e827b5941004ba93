import assert from "node:assert/strict";
import test from "node:test";
import { mountOnce, SessionBox } from "../../coachroom/ui/assets/mount.js";
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

/** A box of sessions that only take down what becomes of them. */
function boxed() {
  const seen = [];
  const sessions = new Map();
  const component = mountOnce(
    "box",
    (root) =>
      new SessionBox(root, {
        sessions: () => sessions,
        create: ({ session_id: id }) => ({
          sessionId: id,
          leave(view, gone) {
            seen.push(`${id} left`);
            this.gone = gone;
          },
          dispose: () => seen.push(`${id} disposed`),
        }),
        createView: (_root, { sessionId }, send) => {
          seen.push(`view of ${sessionId}`);
          return {
            press: () => send("pressed", sessionId),
            stop: () => seen.push(`view of ${sessionId} stopped`),
          };
        },
        show: (session, view) => {
          seen.push(`${session.sessionId} shown`);
          session.view = view;
        },
        opened: ({ sessionId }) => seen.push(`${sessionId} opened`),
        forgotten: () => seen.push("forgotten"),
      }),
  );
  const sent = [];
  const mount = (parentElement, id, way = 1) =>
    component({
      parentElement,
      data: { session_id: id },
      setTriggerValue: (name, value) => sent.push([way, name, value]),
    });
  return { seen, sessions, mount, sent };
}

test("a session is made and opened once, and shown on every call", () => {
  const { seen, mount } = boxed();
  const place = fakeElement();
  mount(place, "one");
  mount(place, "one");
  assert.deepEqual(seen, ["view of one", "one shown", "one opened", "one shown"]);
});

test("a box that is made anew finds its session", () => {
  const { seen, sessions, mount } = boxed();
  mount(fakeElement(), "one")();
  const session = sessions.get("one");
  mount(fakeElement(), "one");
  assert.equal(sessions.get("one"), session);
  assert.deepEqual(seen.slice(3), ["one left", "view of one stopped", "view of one", "one shown"]);
});

test("a session to which nobody comes back is forgotten once", () => {
  const { seen, sessions, mount } = boxed();
  mount(fakeElement(), "one")();
  const { gone } = sessions.get("one");
  gone();
  gone();
  assert.equal(sessions.size, 0);
  assert.equal(seen.filter((each) => each === "forgotten").length, 1);
});

test("another session in the same place ends the one before", () => {
  const { seen, sessions, mount } = boxed();
  const place = fakeElement();
  mount(place, "one");
  mount(place, "two");
  assert.deepEqual([...sessions.keys()], ["two"]);
  assert.deepEqual(seen.slice(3), [
    "forgotten",
    "one disposed",
    "view of one stopped",
    "view of two",
    "two shown",
    "two opened",
  ]);
});

test("a press goes the way of the latest call", () => {
  const { sessions, mount, sent } = boxed();
  const place = fakeElement();
  mount(place, "one", 1);
  mount(place, "one", 2);
  sessions.get("one").view.press();
  assert.deepEqual(sent, [[2, "pressed", "one"]]);
});
