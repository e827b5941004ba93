import assert from "node:assert/strict";
import test from "node:test";
import { Notes } from "../../coachroom/ui/assets/notes.js";

const note = (id) => ({ id, text: `Goal: ${id}`, kind: "goal" });
const texts = (notes) => notes.all.filter(({ undone }) => !undone).map(({ text }) => text);

function setUp(given = {}, reply = null) {
  let changes = 0;
  const undone = [];
  const notes = new Notes({
    requestUndo: async (id) => {
      undone.push(id);
      if (reply instanceof Error) throw reply;
      return reply ?? { status: 200, answer: { undone: true, notes: [] } };
    },
    onChange: () => (changes += 1),
    ...given,
  });
  return { notes, undone, changes: () => changes };
}

test("all are shown, the newest last, each once", () => {
  const { notes } = setUp({ notes: [note("a"), note("b")] });
  notes.add({ note: note("c") });
  notes.add({ note: note("d") });
  notes.add({ note: note("d") });
  assert.deepEqual(texts(notes), ["Goal: a", "Goal: b", "Goal: c", "Goal: d"]);
});

test("a stage once reached stays reached", () => {
  const { notes } = setUp({ stages: ["goal"] });
  notes.add({ stage: "reality" });
  notes.add({ stage: "goal" });
  assert.deepEqual([...notes.reached], ["goal", "reality"]);
});

test("an answer that says nothing new changes nothing", () => {
  const room = setUp();
  room.notes.add({ note: null, stage: null });
  assert.equal(room.changes(), 0);
});

test("undo takes back the note and those that came from the same words; each keeps its place", async () => {
  const reply = { status: 200, answer: { undone: true, notes: [note("c")] } };
  const { notes, undone } = setUp({ notes: [note("a"), note("b"), note("c")] }, reply);
  assert.equal(await notes.undo("a"), true);
  assert.deepEqual(undone, ["a"]);
  assert.deepEqual(texts(notes), ["Goal: c"]);
  assert.deepEqual(
    notes.all.map(({ id, undone }) => [id, undone]),
    [
      ["a", true],
      ["b", true],
      ["c", false],
    ],
  );
  assert.equal(notes.message, "Undone: Goal: a");
  assert.equal(await notes.undo("b"), false, "what is undone is not undone again");
  notes.add({ note: note("b") });
  assert.deepEqual(texts(notes), ["Goal: b", "Goal: c"], "what is noted again stands again");
});

test("an undo that fails says so and leaves the note", async () => {
  for (const reply of [new Error("offline"), { status: 503, answer: null }]) {
    const { notes } = setUp({ notes: [note("a")] }, reply);
    assert.equal(await notes.undo("a"), false);
    assert.deepEqual(texts(notes), ["Goal: a"]);
    assert.match(notes.message, /could not be undone/);
  }
});

test("pressing undo twice asks once", async () => {
  const { notes, undone } = setUp({ notes: [note("a")] });
  const first = notes.undo("a");
  assert.equal(notes.all[0].busy, true);
  assert.equal(await notes.undo("a"), false);
  await first;
  assert.deepEqual(undone, ["a"]);
});

test("what was looked up stays when a note is undone", async () => {
  const { notes } = setUp({ notes: [note("a"), { id: "b", text: "Looked up: my phone", kind: null }] });
  await notes.undo("a");
  assert.deepEqual(texts(notes), ["Looked up: my phone"]);
});
