// A clock that tests move by hand, and the little of a browser that the modules use.

import { Bridge } from "../../coachroom/ui/assets/bridge.js";
import { Microphone } from "../../coachroom/ui/assets/microphone.js";

export function fakeClock(start = 1_000_000) {
  let time = start;
  let timers = [];
  let last = 0;
  const add = (ms, f, every) => {
    timers.push({ id: ++last, at: time + ms, f, every });
    return last;
  };
  return {
    now: () => time,
    steady: () => time,
    after: (ms, f) => add(ms, f, null),
    every: (ms, f) => add(ms, f, ms),
    cancel: (id) => {
      timers = timers.filter((timer) => timer.id !== id);
    },
    /** Stands still for a while, as in a sleep: nothing that became due in it runs. */
    jump(ms) {
      time += ms;
      timers.forEach((timer) => (timer.at += ms));
    },
    /** Runs what is due, one timer at a time, letting promises settle in between. */
    async pass(ms) {
      const until = time + ms;
      await settle();
      for (;;) {
        const due = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        time = Math.max(time, due.at);
        if (due.every) due.at += due.every;
        else timers = timers.filter((timer) => timer !== due);
        due.f();
        await settle();
      }
      time = until;
    },
  };
}

/** A bridge of the page, and the events that it records. */
export function recordingBridge(clock) {
  const events = [];
  const bridge = new Bridge({
    add: (kind, fields) => {
      events.push({ n: events.length + 1, kind, ...fields });
      return events.at(-1);
    },
    clock,
    microphone: new Microphone({ onChange: () => {} }),
  });
  return { bridge, events };
}

export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** What onConversationCreated hands out: the parts of the client's conversation that the room touches. */
export function fakeConversation({ type = "voice", id = "conv_1" } = {}) {
  const calls = { muted: [], sent: [], context: [], ended: 0, activity: 0 };
  return {
    calls,
    type,
    options: { onMessage() {}, onModeChange() {}, onStatusChange() {}, onDisconnect() {} },
    getId: () => id,
    setMicMuted: (muted) => calls.muted.push(muted),
    sendUserMessage: (text) => calls.sent.push(text),
    sendMultimodalMessage: (message) => calls.sent.push(message),
    sendContextualUpdate: (text, options) => calls.context.push([text, options?.contextId]),
    sendUserActivity: () => (calls.activity += 1),
    getInputVolume: () => 0.4,
    getOutputVolume: () => 0.2,
    async endSession() {
      calls.ended += 1;
      this.options.onStatusChange({ status: "disconnecting" });
      this.options.onStatusChange({ status: "disconnected" });
      this.options.onDisconnect({ reason: "user" });
    },
  };
}

/** An element with the little of the DOM that components, portal and widget are given. */
export function fakeElement(tag = "div") {
  const attributes = new Map();
  const listeners = new Map();
  const styles = new Map();
  const element = {
    tag,
    children: [],
    style: { setProperty: (name, value) => styles.set(name, value) },
    styles,
    shadowRoot: null,
    isConnected: false,
    clicks: 0,
    disabled: false,
    classList: { contains: (name) => (attributes.get("class") ?? "").split(" ").includes(name) },
    getAttribute: (name) => attributes.get(name) ?? null,
    setAttribute: (name, value) => attributes.set(name, value),
    removeAttribute: (name) => attributes.delete(name),
    addEventListener: (name, listener) => listeners.set(name, listener),
    dispatch: (name, event) => listeners.get(name)?.(event),
    append(...nodes) {
      for (const node of nodes) {
        node.parent = element;
        element.children.push(node);
      }
    },
    replaceChildren(...nodes) {
      element.children = [];
      element.append(...nodes);
    },
    remove() {
      const { parent } = element;
      if (parent) parent.children = parent.children.filter((child) => child !== element);
    },
    click: () => (element.clicks += 1),
  };
  return element;
}

/** A widget's element with a text box, and the buttons of its own that have these labels. */
export function fakeWidget(...labels) {
  const widget = fakeElement("elevenlabs-convai");
  const buttons = labels.map((label) => {
    const button = fakeElement("button");
    button.setAttribute("aria-label", label);
    return button;
  });
  const box = { value: "", typed: 0, dispatchEvent: ({ type }) => (box.typed += type === "input" ? 1 : 0) };
  const root = {
    hasBox: true,
    querySelectorAll: () => buttons,
    querySelector: (selector) => (selector === "textarea" && root.hasBox ? box : null),
  };
  widget.shadowRoot = root;
  return { widget, buttons, box };
}
