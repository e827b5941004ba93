import assert from "node:assert/strict";
import test from "node:test";
import { LiveMix } from "../../coachroom/ui/assets/live_mix.js";
import { Speaker } from "../../coachroom/ui/assets/speaker.js";
import { FakeStream, fakeTrack, withSound } from "./fake_sound.mjs";
import { fakeConversation } from "./helpers.mjs";

globalThis.MediaStream = FakeStream;

/** A call whose client is heard at 0.5, and a coach who is at 0.25. */
function setUp() {
  const sound = withSound(fakeConversation());
  const seen = { recaptured: 0 };
  const mix = new LiveMix({ onRecaptured: () => (seen.recaptured += 1) });
  mix.attach(sound.conversation);
  mix.setCoach(fakeTrack("audio", 0.25));
  return { mix, seen, ...sound };
}

test("the agent hears the client alone until the coach may talk to it", () => {
  const { mix, heard } = setUp();
  assert.equal(heard(), 0.5);
  mix.route({ coachOpen: true });
  assert.equal(heard(), 0.75);
  mix.route({ coachOpen: false });
  assert.equal(heard(), 0.5);
});

test("who is muted is not heard, and the coach goes on being heard", () => {
  const { mix, heard } = setUp();
  mix.route({ coachOpen: true, clientClosed: true });
  assert.equal(heard(), 0.25);
});

test("apart the agent hears neither", () => {
  const { mix, heard } = setUp();
  mix.route({ coachOpen: true, apart: true });
  assert.equal(heard(), 0);
});

test("another microphone of the widget goes through the gate too, also while the client is muted", () => {
  const { mix, heard, recapture, seen, conversation } = setUp();
  mix.route({ clientClosed: true });
  const other = fakeTrack("audio", 0.4);
  recapture(other);
  assert.deepEqual([heard(), seen.recaptured], [0, 1]);
  assert.equal(mix.microphoneTrack, other);
  mix.route({ clientClosed: false });
  assert.equal(heard(), 0.4);
  conversation.input.context.createMediaStreamSource(new FakeStream([fakeTrack()])).connect("elsewhere");
  assert.equal(seen.recaptured, 1);
});

test("while the agent speaks only a coach who talks over it is let through", () => {
  const { mix, heard } = setUp();
  mix.route({ coachOpen: true });
  const quiet = fakeTrack("audio", 0.02);
  mix.setCoach(quiet);
  mix.look({ agentSpeaks: true });
  assert.equal(heard(), 0.5);
  mix.look({ agentSpeaks: false });
  assert.equal(heard(), 0.52);
  mix.setCoach(fakeTrack("audio", 0.25));
  mix.look({ agentSpeaks: true });
  assert.equal(heard(), 0.75);
});

test("it tells how loud each is at the agent", () => {
  const { mix } = setUp();
  assert.deepEqual(mix.look({ agentSpeaks: false }), { client: 0.5, coach: 0 });
  mix.route({ coachOpen: true, clientClosed: true });
  assert.deepEqual(mix.look({ agentSpeaks: false }), { client: 0, coach: 0.25 });
});

test("a coach who is gone is not heard, and nothing of theirs closes the client's way", () => {
  const { mix, heard, conversation } = setUp();
  mix.route({ coachOpen: true, clientClosed: true, apart: true });
  mix.release();
  assert.equal(heard(), 0.5);
  const next = new LiveMix();
  next.attach(conversation);
  next.setCoach(fakeTrack("audio", 0.125));
  next.route({ coachOpen: true });
  assert.equal(heard(), 0.625, "and one who comes again in the same call is heard once");
});

test("the next call hears the coach as the last one did", () => {
  const { mix } = setUp();
  mix.route({ coachOpen: true });
  mix.attach(null);
  const next = withSound(fakeConversation());
  mix.attach(next.conversation);
  assert.equal(next.heard(), 0.75);
  assert.equal(mix.agentTrack, next.voice);
});

test("a widget that is wired otherwise is left alone", () => {
  const mix = new LiveMix();
  mix.attach(fakeConversation());
  mix.setCoach(fakeTrack());
  mix.route({ coachOpen: true });
  assert.deepEqual([mix.gated, mix.canMix, mix.agentTrack], [false, false, null]);
});

test("a browser that cannot mix the two says so, and the client is still heard", () => {
  const { conversation, heard } = withSound(fakeConversation());
  const create = conversation.input.context.createMediaStreamSource;
  const coach = fakeTrack("audio", 0.25);
  conversation.input.context.createMediaStreamSource = (stream) => {
    if (stream.tracks[0] === coach) throw new Error("other rate");
    return create(stream);
  };
  const mix = new LiveMix();
  mix.attach(conversation);
  mix.setCoach(coach);
  mix.route({ coachOpen: true });
  assert.deepEqual([mix.gated, mix.canMix, heard()], [true, false, 0.5]);
});

for (const [client, coach, who] of [
  [2000, 0, "client"],
  [0, 2000, "coach"],
  [1000, 1000, "mixed"],
  [200, 1800, "coach"],
  [1800, 200, "client"],
  [0, 0, "client"],
])
  test(`${client} ms of the client and ${coach} ms of the coach are words of: ${who}`, () => {
    const speaker = new Speaker();
    speaker.hear({ client: 0.2, coach: 0.005 }, client);
    speaker.hear({ client: 0.005, coach: 0.2 }, coach);
    assert.equal(speaker.take(), who);
    assert.equal(speaker.take(), "client", "what was heard before counts once");
  });
