import assert from "node:assert/strict";
import test from "node:test";
import { audioConstraints, capture, videoConstraints } from "../../coachroom/ui/assets/media.js";
import { deviceMessages } from "../../coachroom/ui/assets/device_messages.js";

const both = { video: { width: 480 }, audio: { echoCancellation: true } };

function device(answers) {
  const asked = [];
  const getUserMedia = async (constraints) => {
    asked.push([Boolean(constraints.video), Boolean(constraints.audio)]);
    const answer = answers.shift();
    if (answer === "stream") return "stream";
    throw Object.assign(new Error(answer), { name: answer });
  };
  return { asked, getUserMedia };
}

test("a refusal is one request and no second", async () => {
  const { asked, getUserMedia } = device(["NotAllowedError"]);
  const result = await capture(both, getUserMedia);
  assert.equal(asked.length, 1);
  assert.deepEqual(result, {
    stream: null,
    camera_error: "NotAllowedError",
    microphone_error: "NotAllowedError",
  });
});

test("no camera: the microphone alone", async () => {
  const { asked, getUserMedia } = device(["NotFoundError", "stream"]);
  const result = await capture(both, getUserMedia);
  assert.deepEqual(asked, [
    [true, true],
    [false, true],
  ]);
  assert.deepEqual(result, { stream: "stream", camera_error: "NotFoundError", microphone_error: null });
});

test("no microphone: the camera alone", async () => {
  const { getUserMedia } = device(["NotFoundError", "NotFoundError", "stream"]);
  const result = await capture(both, getUserMedia);
  assert.deepEqual(result, { stream: "stream", camera_error: null, microphone_error: "NotFoundError" });
});

test("a chosen device is taken and no other; one that is gone leaves the others working", async () => {
  const asked = [];
  const answers = ["OverconstrainedError", "stream"];
  const getUserMedia = async ({ video, audio }) => {
    asked.push([video.deviceId, audio.deviceId]);
    const answer = answers.shift();
    if (answer === "stream") return answer;
    throw Object.assign(new Error(answer), { name: answer });
  };
  const wanted = { video: videoConstraints("front"), audio: audioConstraints("desk") };
  const result = await capture(wanted, getUserMedia);
  assert.deepEqual(asked, [
    [{ exact: "front" }, { exact: "desk" }],
    [undefined, undefined],
  ]);
  assert.deepEqual(result, { stream: "stream", camera_error: null, microphone_error: null });
});

test("refused while trying the microphone alone ends it", async () => {
  const { asked, getUserMedia } = device(["NotFoundError", "NotAllowedError"]);
  await capture(both, getUserMedia);
  assert.equal(asked.length, 2);
});

test("the message says what happened, what it means and what to do, once", () => {
  assert.deepEqual(deviceMessages({ camera_error: null, microphone_error: null }), []);
  const [one, ...rest] = deviceMessages({
    camera_error: "NotAllowedError",
    microphone_error: "NotAllowedError",
  });
  assert.equal(rest.length, 0);
  assert.match(one, /blocking.*still type.*Try again/);
  assert.equal(
    deviceMessages({ camera_error: "NotFoundError", microphone_error: "NotReadableError" }).length,
    2,
  );
});
