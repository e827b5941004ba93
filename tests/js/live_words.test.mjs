import assert from "node:assert/strict";
import test from "node:test";
import { notDone, overForCoach, overSentence } from "../../coachroom/ui/assets/live_words.js";

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
