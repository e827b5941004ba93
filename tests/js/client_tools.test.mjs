import assert from "node:assert/strict";
import test from "node:test";
import { BaseConversation } from "../../node_modules/@elevenlabs/client/dist/BaseConversation.js";
import { ClientTools } from "../../coachroom/ui/assets/client_tools.js";
import { fakeClock, settle } from "./helpers.mjs";

const NOTED = {
  result: "Noted.",
  is_error: false,
  note: { id: "n1", text: "Goal: Run", kind: "goal" },
  stage: "goal",
};

/** `replies`: what the server answers to one attempt after the other; an Error is a broken network. */
function setUp(replies, more = {}) {
  const clock = fakeClock();
  const asked = [];
  const answers = [];
  let ids = 0;
  const tools = new ClientTools({
    ask: async (request) => {
      asked.push(structuredClone(request));
      const reply = replies.length > 1 ? replies.shift() : replies[0];
      if (reply instanceof Error) throw reply;
      return reply;
    },
    clock,
    newId: () => `call-${++ids}`,
    onAnswer: (answer) => answers.push(answer),
    ...more,
  });
  return { clock, asked, answers, tools };
}

const ok = (answer) => ({ status: 200, answer });

/** The part of the client library that runs a tool, with the messages it would send. */
async function usedByTheAgent(clientTools, name, parameters) {
  const sent = [];
  const conversation = Object.assign(Object.create(BaseConversation.prototype), {
    options: { clientTools },
    connection: { sendMessage: (message) => sent.push(message) },
    onError() {},
  });
  const call = { tool_name: name, tool_call_id: "theirs", parameters, event_id: 1 };
  await conversation.handleClientToolCall({ client_tool_call: call });
  return sent;
}

test("the client library sends the server's sentence to the agent", async () => {
  const room = setUp([ok(NOTED)]);
  const sent = await usedByTheAgent(room.tools.functions(["save_goal"]), "save_goal", { title: "Run" });
  assert.deepEqual(sent, [
    { type: "client_tool_result", tool_call_id: "theirs", result: "Noted.", is_error: false },
  ]);
  assert.deepEqual(room.asked, [{ call_id: "call-1", name: "save_goal", parameters: { title: "Run" } }]);
  assert.deepEqual(room.answers, [NOTED]);
});

test("a refusal reaches the agent as an error with the server's sentence", async () => {
  const refused = ok({ result: "The title is missing.", is_error: true, note: null, stage: null });
  const room = setUp([refused]);
  const [sent] = await usedByTheAgent(room.tools.functions(["save_goal"]), "save_goal", {});
  assert.equal(sent.is_error, true);
  assert.match(sent.result, /The title is missing\./);
});

test("an attempt that fails is made again under the same id", async () => {
  const room = setUp([new Error("offline"), { status: 503, answer: null }, ok(NOTED)]);
  const used = room.tools.use("save_goal", { title: "Run" });
  await room.clock.pass(5000);
  assert.equal(await used, "Noted.");
  assert.deepEqual(
    room.asked.map(({ call_id: id }) => id),
    ["call-1", "call-1", "call-1"],
  );
});

test("a server that never answers costs the call six seconds at most", async () => {
  const room = setUp([], { ask: () => new Promise(() => {}) });
  let failed = null;
  room.tools.use("remember", { text: "x" }).catch((error) => (failed = error));
  await room.clock.pass(5999);
  assert.equal(failed, null);
  await room.clock.pass(1);
  await settle();
  assert.match(failed.message, /Go on without it/);
});

test("an answer that comes after the agent went on is shown all the same", async () => {
  let answer;
  const room = setUp([], { ask: () => new Promise((resolve) => (answer = resolve)) });
  room.tools.use("save_goal", { title: "Run" }).catch(() => {});
  await room.clock.pass(7000);
  answer(ok(NOTED));
  await settle();
  assert.deepEqual(room.answers, [NOTED]);
});

test("a session that is over is not asked again", async () => {
  const room = setUp([{ status: 404, answer: { error: "This room is gone." } }]);
  await assert.rejects(room.tools.use("remember", { text: "x" }), /This room is gone/);
  assert.equal(room.asked.length, 1);
});

test("the turns are sent before the note that comes from them", async () => {
  const order = [];
  const room = setUp([ok(NOTED)], {
    before: async () => order.push("turns"),
    onAnswer: () => order.push("noted"),
  });
  await room.tools.use("save_goal", { title: "Run" });
  assert.deepEqual(order, ["turns", "noted"]);
});
