import assert from "node:assert/strict";
import test from "node:test";
import { FeltDelay } from "../../coachroom/ui/assets/felt_delay.js";
import { fakeClock } from "./helpers.mjs";

const RATE = 16_000;
const BURST = 320; // what an audio system renders at once
const MAX_ERROR_MS = 20;

/** Noise of this loudness between two moments, in milliseconds; the same each time. */
function sound(...stretches) {
  let seed = 1;
  return (ms) => {
    const stretch = stretches.find(([from, to]) => ms >= from && ms < to);
    seed = (seed * 16_807) % 2_147_483_647;
    return stretch ? (seed / 2_147_483_647 - 0.5) * (stretch[2] ?? 0.5) : 0;
  };
}

/** The widget's analyser: it remembers what was rendered until now, and makes others that hear the same. */
function analyserOf(signal, clock, begin, lost = { at: Infinity, ms: 0 }) {
  const elapsed = () => clock.now() - begin - (clock.now() - begin > lost.at ? lost.ms : 0);
  const rendered = () => Math.floor(((elapsed() / 1000) * RATE) / BURST) * BURST;
  const signalAt = (ms) => signal(ms > lost.at ? ms + lost.ms : ms);
  const heard = [];
  const context = {
    sampleRate: RATE,
    get currentTime() {
      return rendered() / RATE;
    },
    createAnalyser: () => ({
      context,
      fftSize: 2048,
      getFloatTimeDomainData(samples) {
        const end = rendered();
        while (heard.length < end) heard.push(signalAt((heard.length / RATE) * 1000));
        const first = end - samples.length;
        for (let i = 0; i < samples.length; i += 1) samples[i] = heard[first + i] ?? 0;
      },
    }),
  };
  return { context, connect() {} };
}

/** A call in which both sides sound as given, from its beginning on. */
function call(client, agent, { muted = () => false, lost } = {}) {
  const clock = fakeClock();
  const begin = clock.now();
  const events = [];
  const delay = new FeltDelay({ clock, add: (kind, fields) => events.push({ kind, ...fields }) });
  delay.attach({
    input: { analyser: analyserOf(client, clock, begin, lost), isMuted: muted },
    output: { analyser: analyserOf(agent, clock, begin) },
  });
  const until = (ms) => clock.pass(begin + ms - clock.now());
  return { clock, delay, events, until };
}

function near(measured, ms) {
  assert.ok(Math.abs(measured - ms) <= MAX_ERROR_MS, `${measured} is not about ${ms}`);
}

/** The client speaks from 1000 to 3000, the transcript comes at 3600, the agent sounds from 4100 on. */
async function oneAnswer(client = sound([1000, 3000])) {
  const room = call(client, sound([4100, 6000]));
  await room.until(3600);
  room.delay.clientSaid({ typed: false });
  await room.until(3900);
  room.delay.agentSaid(7);
  await room.until(7000);
  return room.events;
}

test("an answer is measured from the end of the voice to the first sound, with its parts", async () => {
  const [{ kind, turn, felt_ms, transcript_ms, answer_ms, cut_in }, ...more] = await oneAnswer();
  assert.deepEqual([kind, turn, cut_in, more.length], ["delay", 7, false, 0]);
  near(felt_ms, 1100);
  near(transcript_ms, 600);
  near(answer_ms, 500);
});

test("a pause within a thought is no end of the voice, and the room's noise no voice", async () => {
  const [{ felt_ms }] = await oneAnswer(sound([1000, 1800], [2400, 3000], [0, 10_000, 0.02]));
  near(felt_ms, 1100);
});

test("a page that was busy for a second measures as exactly", async () => {
  const room = call(sound([1000, 3000]), sound([4100, 6000]));
  await room.until(2900);
  room.clock.jump(900);
  room.delay.clientSaid({ typed: false });
  room.delay.agentSaid(7);
  await room.until(7000);
  near(room.events[0].felt_ms, 1100);
});

test("sound that the computer lost while it was busy shifts nothing that comes later", async () => {
  const room = call(sound([1000, 3000]), sound([4100, 6000]), { lost: { at: 1500, ms: 150 } });
  await room.until(3600);
  room.delay.clientSaid({ typed: false });
  room.delay.agentSaid(7);
  await room.until(7000);
  near(room.events[0].felt_ms, 1100);
});

test("the sound may come before the text", async () => {
  const room = call(sound([1000, 3000]), sound([4100, 6000]));
  await room.until(3600);
  room.delay.clientSaid({ typed: false });
  await room.until(4400);
  room.delay.agentSaid(7);
  await room.until(7000);
  assert.equal(room.events[0].turn, 7);
  near(room.events[0].felt_ms, 1100);
});

test("a transcript that comes with the sound leaves nothing to wait for, and a later one has no part", async () => {
  for (const [at, parts] of [
    [4110, 2],
    [4300, 0],
  ]) {
    const room = call(sound([1000, 3000]), sound([4100, 6000]));
    await room.until(4095);
    room.delay.agentSaid(7);
    await room.until(at);
    room.delay.clientSaid({ typed: false });
    await room.until(7000);
    const [{ felt_ms, transcript_ms, answer_ms }] = room.events;
    if (parts) near(felt_ms, 1100);
    assert.equal([transcript_ms, answer_ms].filter((each) => each !== undefined).length, parts);
    if (parts) assert.equal(transcript_ms + answer_ms, felt_ms);
  }
});

test("who speaks on within a second and a half had not finished", async () => {
  for (const [from, cutIn] of [
    [4800, true],
    [5700, false],
  ]) {
    const [{ cut_in }] = await oneAnswer(sound([1000, 3000], [from, from + 800]));
    assert.equal(cut_in, cutIn);
  }
});

test("a click and a little echo of the agent are no cut-in, and a greeting cuts nobody off", async () => {
  const [{ cut_in }] = await oneAnswer(sound([1000, 3000], [4500, 4530], [5000, 5100]));
  assert.equal(cut_in, false);
  const room = call(sound([2300, 3000]), sound([2000, 4000]));
  await room.until(1000);
  room.delay.agentSaid(1);
  await room.until(4500);
  assert.deepEqual(room.events, [{ kind: "delay", turn: 1, cut_in: false }]);
});

test("gaps between the sentences of one answer begin no answer", async () => {
  const room = call(sound([1000, 3000]), sound([4100, 5000], [5600, 7000]));
  await room.until(3600);
  room.delay.clientSaid({ typed: false });
  room.delay.agentSaid(7);
  await room.until(9000);
  assert.equal(room.events.length, 1);
});

test("from an interruption to silence counts from the first word", async () => {
  const room = call(sound([3000, 5000]), sound([1000, 4400]));
  await room.until(900);
  room.delay.agentSaid(2);
  await room.until(3900);
  room.delay.agentInterrupted();
  await room.until(6000);
  const [, { turn, silenced_ms }] = room.events;
  assert.equal(turn, 2);
  near(silenced_ms, 1400);
});

test("an answer that follows at once what was interrupted begins with its own sound", async () => {
  const room = call(sound(), sound([1000, 6000]));
  await room.until(900);
  room.delay.agentSaid(2);
  await room.until(3000);
  room.delay.clientSaid({ typed: true });
  await room.until(3040);
  room.delay.agentInterrupted();
  room.delay.agentSaid(5);
  await room.until(3200);
  room.delay.agentPlays();
  await room.until(8000);
  const [, { turn, typed_ms }] = room.events;
  assert.equal(turn, 5);
  near(typed_ms, 200);
});

test("typed words are measured to the sound, and without sound to the text", async () => {
  const spoken = call(sound(), sound([2000, 4000]));
  await spoken.until(1000);
  spoken.delay.clientSaid({ typed: true });
  spoken.delay.agentSaid(4);
  await spoken.until(5000);
  const [{ typed_ms, felt_ms }] = spoken.events;
  near(typed_ms, 1000);
  assert.equal(felt_ms, undefined);

  const silent = call(sound(), sound());
  silent.delay.attach({ type: "text" });
  silent.delay.clientSaid({ typed: true });
  await silent.until(300);
  silent.delay.agentSaid(6);
  assert.deepEqual(silent.events, [{ kind: "delay", turn: 6, typed_ms: 300 }]);
});

test("what a muted microphone hears is not the client's voice", async () => {
  const room = call(sound([1000, 3000]), sound([4100, 6000]), { muted: () => true });
  await room.until(3600);
  room.delay.clientSaid({ typed: false });
  room.delay.agentSaid(7);
  await room.until(7000);
  assert.deepEqual(room.events, [{ kind: "delay", turn: 7, cut_in: false }]);
});

test("a long silence is reported with who broke it", async () => {
  const room = call(sound([14_000, 15_000]), sound([1000, 2000], [31_000, 32_000]));
  await room.until(32_500);
  room.delay.detach();
  const silences = room.events.filter(({ kind }) => kind === "silence");
  assert.deepEqual(
    silences.map(({ seconds, broken_by }) => [Math.round(seconds), broken_by]),
    [
      [12, "client"],
      [16, "agent"],
    ],
  );
});

test("a silence in which the call ends was broken by nobody", async () => {
  const room = call(sound(), sound([1000, 2000]));
  await room.until(14_000);
  room.delay.detach();
  assert.deepEqual(room.events.at(-1), { kind: "silence", seconds: 12, broken_by: "nobody" });
});

test("without the widget's analysers nothing is measured, and nothing fails", async () => {
  const room = call(sound(), sound());
  room.delay.attach({});
  room.delay.clientSaid({ typed: false });
  room.delay.agentSaid(1);
  room.delay.agentInterrupted();
  await room.until(5000);
  room.delay.detach();
  assert.deepEqual(room.events, []);
});
