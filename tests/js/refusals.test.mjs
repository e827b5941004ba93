import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  LOST,
  REFUSED,
  startLabel,
  statusLabel,
  statusSentence,
} from "../../coachroom/ui/assets/messages.js";
import { closingSaid, menderOf } from "../../coachroom/ui/assets/refusals.js";

/** The server's tests read the same rows. */
const CLOSED = JSON.parse(readFileSync(new URL("../data/refusals.json", import.meta.url), "utf8"));
const QUOTA = "This request exceeds your quota limit.";

for (const { code, reason, mender } of CLOSED)
  test(`a call closed with ${code} ${reason} is the ${mender}'s to mend`, () => {
    assert.equal(menderOf({ why: "refused", closeCode: code, closeReason: reason }), mender);
  });

test("a call that the page's policy blocked is the community's to mend", () => {
  assert.equal(menderOf({ why: "policy", closeCode: 1006 }), "community");
  assert.equal(menderOf({ why: "policy" }), "community");
});

test("a call that the agent's server took and never began is the community's to mend", () => {
  assert.equal(menderOf({ why: "not_begun" }), "community");
  assert.equal(menderOf({ why: "timeout" }), "connection");
  const hung = { status: "failed", reason: "not_begun", mender: "community" };
  assert.deepEqual(
    [
      statusLabel(hung, { muted: false, resumed: false }),
      statusSentence(hung),
      startLabel(hung, { resumed: false }),
    ],
    ["Not available", "The coach did not begin.", "Continue the conversation"],
  );
});

test("each sentence says what happened and what to do, and only one sends to the client's connection", () => {
  for (const sentences of [REFUSED, LOST])
    for (const [mender, sentence] of Object.entries(sentences)) {
      assert.equal(/internet connection/.test(sentence), mender === "connection");
      assert.equal(/community's host/.test(sentence), mender === "community");
      assert.equal(/Nothing is wrong on your side/.test(sentence), mender !== "connection");
      assert.equal(/continue/.test(sentence), mender !== "community");
      assert.doesNotMatch(sentence, /1008|agent|ElevenLabs|override|error/i);
    }
});

test("the box says that the connection is lost only where that may be so", () => {
  for (const [mender, label] of [
    ["connection", "Connection lost"],
    ["place", "Connection lost"],
    ["community", "Not available"],
  ])
    for (const call of [
      { status: "failed", reason: "refused", mender },
      { status: "disconnected", reason: "error", mender },
    ]) {
      assert.equal(statusLabel(call, { muted: false, resumed: false }), label);
      assert.equal(startLabel(call, { resumed: false }), "Continue the conversation");
      assert.equal(/connection/.test(statusSentence(call)) && mender === "community", false);
    }
});

test("an error of the agent's server is read whichever form it has", () => {
  for (const [event, closeCode, closeReason] of [
    [{ error_event: { code: 1008, message: "No.", reason: "override_error" } }, 1008, "No."],
    [{ error_event: { code: 1011, reason: "internal" } }, 1011, "internal"],
    [
      { message: `received 1002 (protocol error) ${QUOTA}; then sent 1002 (protocol error) ${QUOTA}` },
      1002,
      QUOTA,
    ],
    [{ message: `received 1002 (protocol error) ${QUOTA}` }, 1002, QUOTA],
    [{ message: QUOTA }, null, QUOTA],
    [{ message: { odd: 1 } }, null, "[object Object]"],
    [{}, null, ""],
    [null, null, ""],
  ])
    assert.deepEqual(closingSaid(event), { closeCode, closeReason });
});
