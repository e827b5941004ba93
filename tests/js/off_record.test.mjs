import assert from "node:assert/strict";
import test from "node:test";
import { Notes } from "../../coachroom/ui/assets/notes.js";
import { OffRecord } from "../../coachroom/ui/assets/off_record.js";

const TAKEN = { status: 200, answer: { off_record: true, tell: "Nothing is kept." } };

function setUp(...replies) {
  const told = [];
  let asked = 0;
  const offRecord = new OffRecord({
    on: false,
    ask: async () => {
      const reply = replies[asked++];
      if (reply === undefined) throw new Error("offline");
      return reply;
    },
    onTaken: (tell) => told.push(tell),
    onChange: () => {},
  });
  return { offRecord, told, asked: () => asked };
}

test("the client is asked first, and may leave it", () => {
  const { offRecord, asked } = setUp();
  offRecord.toggleQuestion();
  assert.equal(offRecord.asking, true);
  offRecord.toggleQuestion();
  assert.deepEqual([offRecord.asking, offRecord.on, asked()], [false, false, 0]);
});

test("it is taken once, and for good", async () => {
  const { offRecord, told, asked } = setUp(TAKEN, TAKEN);
  offRecord.toggleQuestion();
  await Promise.all([offRecord.take(), offRecord.take()]);
  await offRecord.take();
  offRecord.toggleQuestion();
  assert.deepEqual([offRecord.on, offRecord.asking, told, asked()], [true, false, ["Nothing is kept."], 1]);
});

test("where the server does not say so, the session is still on the record and the client is told", async () => {
  const refused = { status: 404, answer: { error: "We can't find this room." } };
  const { offRecord, told } = setUp(undefined, refused);
  offRecord.toggleQuestion();
  await offRecord.take();
  assert.match(offRecord.problem, /still on the record/);
  await offRecord.take();
  assert.deepEqual([offRecord.problem, offRecord.on, told], [refused.answer.error, false, []]);
});

test("off the record nobody is told that their words are kept", async () => {
  const { offRecord } = setUp(TAKEN);
  const sentence = "The line broke. What you said is kept. You are being connected again.";
  assert.equal(offRecord.trueOf(sentence), sentence);
  await offRecord.take();
  assert.equal(offRecord.trueOf(sentence), "The line broke. You are being connected again.");
});

test("what was noted is gone from the page", () => {
  const notes = new Notes({
    notes: [{ id: "n1", text: "Sleep" }],
    stages: ["goal"],
    requestUndo: async () => null,
  });
  notes.clear();
  assert.deepEqual([notes.all, notes.reached.size], [[], 0]);
});
