import assert from "node:assert/strict";
import test from "node:test";
import { modeSentence, notDone, overForCoach, overSentence } from "../../coachroom/ui/assets/live_words.js";

for (const mode of ["listening", "both", "private"])
  test(`nobody is said to be heard by an AI coach whose call is over: ${mode}`, () => {
    const inCall = modeSentence({ coach: "Carla", mode, held: mode === "private", inCall: true });
    const alone = modeSentence({ coach: "Carla", mode, held: false, inCall: false });
    assert.doesNotMatch(inCall, /call/);
    assert.match(alone, /The AI coach (is not in a|has left the) call/);
  });

test("a session that goes on off the record is not called over", () => {
  const why = "session";
  assert.match(overSentence({ coach: "Carla", why }), /^Carla has left: .* or off the record\. Nobody else/);
  assert.match(overForCoach("Ana", why), /or off the record\.$/);
});

test("a coach reads why the server did not take an order", () => {
  const sentences = ["echo", "order", "late", "client", "no_call", "mixer", "offline", "anything else"].map(
    (why) => notDone("Ana", why),
  );
  assert.equal(new Set(sentences).size, sentences.length);
});
