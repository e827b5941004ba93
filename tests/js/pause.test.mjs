import assert from "node:assert/strict";
import test from "node:test";
import { Interruption } from "../../coachroom/ui/assets/interruption.js";
import { Pause } from "../../coachroom/ui/assets/pause.js";

const NOW = Date.parse("2026-01-01T10:00:00Z");
const UNTIL = "2026-01-01T10:29:30";

function setUp({ until = null, inCall = true } = {}) {
  const seen = { hungUp: [], changes: 0 };
  const bridge = {
    inCall,
    busy: inCall,
    async hangUp(reason) {
      seen.hungUp.push(reason);
      bridge.inCall = bridge.busy = false;
    },
  };
  const pause = new Pause({ until, bridge, onChange: () => (seen.changes += 1) });
  return { pause, bridge, seen };
}

test("a pause ends the call and says why", async () => {
  const { pause, seen } = setUp();
  assert.deepEqual([pause.on, pause.possible], [false, true]);
  await pause.begin("paused");
  assert.deepEqual([pause.on, pause.possible, seen.hungUp], [true, false, ["paused"]]);
  await pause.begin("interrupted");
  assert.deepEqual(seen.hungUp, ["paused"]);
});

test("an older answer of the server does not end a pause, and a call does", async () => {
  const { pause, bridge } = setUp();
  await pause.begin("paused");
  pause.answered(null);
  pause.answered(undefined);
  assert.equal(pause.on, true);
  pause.answered(UNTIL);
  assert.equal(pause.on, true);
  bridge.busy = true;
  pause.callBegins();
  assert.equal(pause.on, false);
});

test("where the call that should end it does not begin, the session is still paused", async () => {
  const { pause, bridge } = setUp({ until: UNTIL, inCall: false });
  assert.equal(pause.on, true);
  bridge.busy = true;
  pause.callBegins();
  bridge.busy = false;
  assert.equal(pause.on, true);
  pause.answered(null);
  assert.equal(pause.on, false);
});

test("where the system took the microphone, the room says so, and the next pause is one of the client's", async () => {
  const { pause, bridge } = setUp();
  await pause.begin("interrupted");
  assert.match(pause.look(NOW).hint, /^Your device took the microphone away\. You are paused/);
  assert.equal(pause.look(NOW).startLabel, "Go on");
  bridge.inCall = bridge.busy = true;
  pause.callBegins();
  await pause.begin("paused");
  assert.match(pause.look(NOW).hint, /^You are paused/);
});

test("the room says how long it waits", () => {
  const hint = (until) => setUp({ until, inCall: false }).pause.look(NOW).hint;
  assert.match(hint(UNTIL), /The room waits 30 minutes for you\.$/);
  assert.match(hint("2026-01-01T10:00:40"), /The room waits 1 minute for you\.$/);
  assert.match(hint(null), /nothing reaches the coach\.$/);
});

/** A call's microphone, as the client library holds it. */
function call() {
  const context = Object.assign(new EventTarget(), { state: "running" });
  const track = Object.assign(new EventTarget(), { readyState: "live" });
  const conversation = { input: { context, inputStream: { getAudioTracks: () => [track] } } };
  const end = () => {
    track.readyState = "ended";
    track.dispatchEvent(new Event("ended"));
  };
  const become = (state) => {
    context.state = state;
    context.dispatchEvent(new Event("statechange"));
  };
  return { conversation, end, become };
}

function watching({ hidden = false } = {}) {
  const page = { hidden, interrupted: 0 };
  const interruption = new Interruption({
    hidden: () => page.hidden,
    onInterrupted: () => (page.interrupted += 1),
  });
  const { conversation, end, become } = call();
  interruption.watch(conversation);
  return { page, interruption, end, become };
}

test("a microphone that is taken out of sight is an interruption, once", () => {
  const { page, interruption, end } = watching({ hidden: true });
  end();
  interruption.look();
  assert.equal(page.interrupted, 1);
});

test("a microphone that is unplugged in sight is none, until the page goes out of sight", () => {
  const { page, interruption, end } = watching();
  end();
  assert.equal(page.interrupted, 0);
  page.hidden = true;
  interruption.look();
  assert.equal(page.interrupted, 1);
});

test("a context that the system interrupts is an interruption, and one that is closed is none", () => {
  const interrupted = watching();
  interrupted.become("interrupted");
  assert.equal(interrupted.page.interrupted, 1);
  const closed = watching({ hidden: true });
  closed.become("closed");
  assert.equal(closed.page.interrupted, 0);
});

test("of an older call nothing is heard any more, and a call without a microphone has none to lose", () => {
  const { page, interruption, end } = watching({ hidden: true });
  interruption.watch({});
  end();
  interruption.look();
  assert.equal(page.interrupted, 0);
});
