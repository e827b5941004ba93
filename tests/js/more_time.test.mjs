import assert from "node:assert/strict";
import test from "node:test";
import { MoreTime } from "../../coachroom/ui/assets/more_time.js";

function setUp(...replies) {
  const longer = [];
  let asked = 0;
  const moreTime = new MoreTime({
    ask: async () => {
      const reply = replies[asked++];
      if (reply === undefined) throw new Error("offline");
      return reply;
    },
    onLonger: (answer) => longer.push(answer.ends_at),
    onChange: () => {},
  });
  return { moreTime, longer, asked: () => asked };
}

const LONGER = { status: 200, answer: { ends_at: "2026-05-01T12:05:00", tell: "There is time." } };

test("what is offered is taken once, however often it is pressed", async () => {
  const { moreTime, longer, asked } = setUp(LONGER, LONGER);
  await moreTime.take();
  assert.equal(asked(), 0); // nothing was offered
  moreTime.offered(5);
  await Promise.all([moreTime.take(), moreTime.take()]);
  await moreTime.take();
  assert.deepEqual([longer, asked(), moreTime.minutes], [["2026-05-01T12:05:00"], 1, 0]);
});

test("a refusal says why, and an offer that could not be had may be tried again", async () => {
  const refused = { status: 429, answer: { error: "You have used up your 60 minutes of today." } };
  const { moreTime, longer } = setUp(refused, undefined, LONGER);
  moreTime.offered(5);
  await moreTime.take();
  assert.equal(moreTime.problem, refused.answer.error);
  await moreTime.take();
  assert.match(moreTime.problem, /try again/);
  await moreTime.take();
  assert.deepEqual([longer.length, moreTime.problem], [1, null]);
});

test("why it could not be had goes with the offer", async () => {
  const { moreTime } = setUp({ status: 409, answer: { error: "Too early." } });
  moreTime.offered(5);
  await moreTime.take();
  moreTime.offered(5);
  assert.equal(moreTime.problem, "Too early.");
  moreTime.offered(0);
  assert.equal(moreTime.problem, null);
});

test("the offer goes when the server takes it back", () => {
  const { moreTime } = setUp();
  moreTime.offered(5);
  moreTime.offered(0);
  assert.equal(moreTime.minutes, 0);
});
