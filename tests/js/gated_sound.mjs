// What of a sound the agent is sent while a button is held to talk: the page's own parts, piece by piece in virtual time.
// node gated_sound.mjs SOUND HOLDS: 16 kHz PCM in a file, and the spans in which it is held, in seconds. PCM to stdout.
import { readFileSync } from "node:fs";
import { HoldToTalk } from "../../coachroom/ui/assets/hold_to_talk.js";
import { Microphone } from "../../coachroom/ui/assets/microphone.js";
import { passing } from "../../tools/microphone_gate.mjs";
import { fakeClock } from "./helpers.mjs";

const RATE = 16_000;
const CHUNK = 512; // what the widget sends at once

const [file, holds] = process.argv.slice(2);
const bytes = readFileSync(file);
const sound = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);

const clock = fakeClock(0);
const input = { muted: false, isMuted: () => input.muted };
const microphone = new Microphone({ onChange: () => {} });
microphone.attach({ type: "voice", setMicMuted: (muted) => (input.muted = muted) });
const hold = new HoldToTalk({
  clock,
  on: true,
  gate: (closed) => microphone.gate(closed),
  busy: () => {},
  onChange: () => {},
});
for (const [from, to] of JSON.parse(holds)) {
  clock.after(from * 1000, () => hold.press());
  clock.after(to * 1000, () => hold.release());
}
for (let at = 0; at < sound.length; at += CHUNK) {
  await clock.pass((CHUNK / RATE) * 1000);
  passing(sound.subarray(at, at + CHUNK), input);
}
process.stdout.write(bytes);
