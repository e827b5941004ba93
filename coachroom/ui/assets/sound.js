// @ts-check
// Whether this page can play sound, and a sound to try the loudspeaker with.
import { clock, pause } from "./clock.js";

const MAX_RESUME_MS = 4000; // on a busy computer Firefox takes more than a second to open its first output
const SAMPLES_PER_SECOND = 16_000;
const NOTES_HZ = [523.25, 659.25, 783.99];
const NOTE_SECONDS = 0.22;

/** Whether a loudspeaker can be chosen in this browser. */
export const canChooseSpeaker = () => typeof HTMLMediaElement?.prototype.setSinkId === "function";

/**
 * Whether a context runs, or does so within some seconds. Without an output device some browsers keep it suspended for
 * good, and before the first click on the page all of them do.
 * @param {Pick<AudioContext, "resume" | "state">} context
 */
export async function soundRuns(context, timers = clock) {
  const resumed = context.resume().catch(() => {});
  await Promise.race([resumed, pause(timers, MAX_RESUME_MS)]);
  return context.state === "running";
}

/** Whether this page can play sound now. */
export async function soundPlays() {
  const context = new AudioContext();
  try {
    return await soundRuns(context);
  } finally {
    context.close().catch(() => {});
  }
}

/**
 * Plays three notes; rejects where that is not possible.
 * @param {string | null | undefined} speakerId
 */
export async function playTestSound(speakerId) {
  const address = URL.createObjectURL(new Blob([notes()], { type: "audio/wav" }));
  const audio = new Audio(address);
  audio.addEventListener("ended", () => URL.revokeObjectURL(address));
  if (speakerId && canChooseSpeaker()) await audio.setSinkId(speakerId);
  await audio.play();
}

/** Three notes as a WAV file of 16-bit samples. */
export function notes() {
  const perNote = Math.round(SAMPLES_PER_SECOND * NOTE_SECONDS);
  const bytes = perNote * NOTES_HZ.length * 2;
  const view = new DataView(new ArrayBuffer(44 + bytes));
  const write = (/** @type {number} */ at, /** @type {string} */ text) =>
    [...text].forEach((sign, i) => view.setUint8(at + i, sign.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + bytes, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, SAMPLES_PER_SECOND, true);
  view.setUint32(28, SAMPLES_PER_SECOND * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, bytes, true);
  NOTES_HZ.forEach((hz, note) => {
    for (let i = 0; i < perNote; i += 1) {
      const fade = Math.sin((Math.PI * i) / perNote);
      const sample = Math.sin((2 * Math.PI * hz * i) / SAMPLES_PER_SECOND) * fade * 0.3;
      view.setInt16(44 + (note * perNote + i) * 2, sample * 32767, true);
    }
  });
  return view.buffer;
}
