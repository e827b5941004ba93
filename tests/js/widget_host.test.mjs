import assert from "node:assert/strict";
import test from "node:test";
import { WidgetHost } from "../../coachroom/ui/assets/widget_host.js";
import { fakeClock, fakeElement, fakeWidget } from "./helpers.mjs";

const THEME = { primary: "#1f6f5c", background: "#ffffff", text: "#1c1f1e", radius: "0.5rem" };
const PLACE = { box: "box 1", host: "host" };

/** `buttons`: labels of the buttons that each new widget has; `hasBox`: whether it has a text box from the start. */
function setUp({
  buttons = ["Start a call", "Mute microphone"],
  attributes = { "agent-id": "a" },
  hasBox = true,
  earlier = [],
} = {}) {
  const clock = fakeClock();
  const seen = { widgets: [], dressed: 0, calls: [], opened: [], closed: 0 };
  const portal = {
    node: fakeElement(),
    anchor: null,
    open(host) {
      seen.opened.push(host);
      portal.node.isConnected = true;
    },
    close: () => (seen.closed += 1),
  };
  const host = new WidgetHost({
    attributes: () => attributes,
    earlier: () => earlier,
    captions: { rem: 1.3 },
    onCall: (config) => seen.calls.push(config),
    clock,
    factory: {
      createPortal: () => portal,
      createWidget: (given) => {
        seen.given = given;
        seen.widgets.push(fakeWidget(...buttons));
        seen.widgets.at(-1).widget.shadowRoot.hasBox = hasBox;
        return seen.widgets.at(-1).widget;
      },
      dressWidget: () => (seen.dressed += 1),
    },
  });
  return { host, portal, seen, clock, attributes };
}

function mounted(given) {
  const room = setUp(given);
  room.host.moveTo(PLACE);
  room.host.mount();
  return { ...room, ...room.seen.widgets[0] };
}

test("the widget is mounted once, in the portal, over its placeholder", () => {
  const { host, portal, seen, widget } = mounted();
  host.mount();
  assert.equal(host.mounted, true);
  assert.deepEqual(portal.node.children, [widget]);
  assert.deepEqual(seen.opened, ["host"]);
  assert.equal(portal.anchor, "box 1");
  assert.equal(seen.dressed, 1);
});

test("without a place there is no widget", () => {
  const { host, seen } = setUp();
  host.mount();
  assert.equal(host.mounted, false);
  assert.deepEqual(seen.opened, []);
});

test("another place is followed without moving the portal", () => {
  const { host, portal, seen } = mounted();
  host.moveTo({ box: "box 2", host: "host 2" });
  assert.equal(portal.anchor, "box 2");
  assert.deepEqual(seen.opened, ["host"]);
});

test("each call's config is handed on before the call starts", () => {
  const { seen, widget } = mounted();
  widget.dispatch("elevenlabs-convai:call", { detail: { config: { agentId: "a" } } });
  assert.deepEqual(seen.calls, [{ agentId: "a", earlier: [] }]);
});

test("each widget and each call begins with what was said so far", () => {
  const earlier = [{ role: "agent", message: "Hello" }];
  const { seen, host, widget } = mounted({ earlier, attributes: { "override-config": '{"a":1}' } });
  assert.deepEqual(JSON.parse(seen.given["override-config"]), { a: 1, earlier });
  earlier.push({ role: "user", message: "I want to sleep better" });
  widget.dispatch("elevenlabs-convai:call", { detail: { config: {} } });
  assert.equal(seen.calls[0].earlier.length, 2);
  host.remount();
  assert.equal(JSON.parse(seen.given["override-config"]).earlier.length, 2);
});

test("a new widget takes the old one's place and colours", () => {
  const { host, portal, seen } = mounted();
  host.dress(THEME);
  host.remount();
  const [, { widget }] = seen.widgets;
  assert.deepEqual(portal.node.children, [widget]);
  assert.equal(widget.styles.get("--el-accent"), THEME.primary);
  assert.equal(seen.opened.length, 1, "the portal stays where it is");
});

test("words that are given back stand before what is typed meanwhile, and a new widget has them too", async () => {
  const { host, box, seen } = mounted();
  box.value = "and I";
  host.giveBack("I am tired");
  assert.deepEqual([box.value, box.typed], ["I am tired\nand I", 1]);
  box.value += " cannot sleep";
  host.remount();
  assert.equal(seen.widgets[1].box.value, "I am tired\nand I cannot sleep");
});

test("words are given back as soon as the widget has its text box", async () => {
  const { host, clock, seen } = mounted({ hasBox: false });
  host.giveBack("I am tired");
  host.remount();
  const [, { widget, box }] = seen.widgets;
  await clock.pass(500);
  assert.equal(box.value, "");
  widget.shadowRoot.hasBox = true;
  await clock.pass(25);
  assert.equal(box.value, "I am tired");
  await clock.pass(5000);
  assert.equal(box.typed, 1);
});

test("attributes that change reach the widget, and those that go are taken off", () => {
  const { host, widget, attributes } = mounted();
  attributes["agent-id"] = null;
  attributes["signed-url"] = "wss://x/1";
  widget.setAttribute("agent-id", "a");
  host.updateAttributes();
  assert.equal(widget.getAttribute("signed-url"), "wss://x/1");
  assert.equal(widget.getAttribute("agent-id"), null);
});

test("colours are written when the theme changes and not on every look", () => {
  const { host, widget, portal } = mounted();
  host.dress(THEME);
  assert.equal(widget.styles.get("--el-base"), "#ffffff");
  assert.equal(portal.node.style.borderRadius, "0.5rem");
  widget.styles.clear();
  host.dress(THEME);
  assert.equal(widget.styles.size, 0);
  host.dress({ ...THEME, background: "#000000" });
  assert.equal(widget.styles.get("--el-base"), "#000000");
});

test("start is pressed as soon as the widget offers it", async () => {
  const { host, clock, buttons } = mounted();
  buttons[0].disabled = true;
  const pressed = host.pressStart();
  await clock.pass(1000);
  assert.equal(buttons[0].clicks, 0);
  buttons[0].disabled = false;
  await clock.pass(25);
  assert.equal(await pressed, true);
  assert.equal(buttons[0].clicks, 1);
});

test("a widget that never offers to start is given up after five seconds", async () => {
  const { host, clock } = mounted({ buttons: [] });
  const pressed = host.pressStart();
  await clock.pass(5000);
  assert.equal(await pressed, false);
});

test("start is not pressed once the call has begun without it", async () => {
  const { host, clock, buttons } = mounted();
  buttons[0].disabled = true;
  let begun = false;
  const pressed = host.pressStart(() => begun);
  await clock.pass(100);
  begun = true;
  buttons[0].disabled = false;
  await clock.pass(25);
  assert.equal(await pressed, true);
  assert.equal(buttons[0].clicks, 0);
});

test("the labels that the agent's configuration sets are the ones looked for", async () => {
  const attributes = { "text-contents": JSON.stringify({ start_call: "Los" }) };
  const { host, buttons } = mounted({ buttons: ["Los"], attributes });
  assert.equal(await host.pressStart(), true);
  assert.equal(buttons[0].clicks, 1);
});

test("a muted client is drawn muted once the new call has its button, and pressed once", async () => {
  const { host, clock, buttons } = mounted();
  const [, mute] = buttons;
  mute.setAttribute("aria-label", "not yet");
  const shown = host.showMuted(() => true);
  await clock.pass(500);
  mute.setAttribute("aria-label", "Mute microphone");
  await clock.pass(50);
  await shown;
  assert.equal(mute.clicks, 1);
  mute.setAttribute("aria-pressed", "true");
  assert.equal(host.pressMute(true), true);
  assert.equal(mute.clicks, 1);
});

test("nothing is pressed for a client who unmutes meanwhile", async () => {
  const { host, clock, buttons } = mounted({ buttons: [] });
  let muted = true;
  const shown = host.showMuted(() => muted);
  await clock.pass(100);
  muted = false;
  await clock.pass(50);
  await shown;
  assert.equal(buttons.length, 0);
});

test("closing closes the portal, also where there never was one", () => {
  setUp().host.close();
  const { host, seen } = mounted();
  host.close();
  assert.equal(seen.closed, 1);
});
