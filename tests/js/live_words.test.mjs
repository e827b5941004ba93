import assert from "node:assert/strict";
import test from "node:test";
import { modeSentence } from "../../coachroom/ui/assets/live_words.js";

for (const mode of ["listening", "both", "private"])
  test(`nobody is said to be heard by an AI coach whose call is over: ${mode}`, () => {
    const inCall = modeSentence({ coach: "Carla", mode, held: mode === "private", inCall: true });
    const alone = modeSentence({ coach: "Carla", mode, held: false, inCall: false });
    assert.doesNotMatch(inCall, /call/);
    assert.match(alone, /The AI coach (is not in a|has left the) call/);
  });
