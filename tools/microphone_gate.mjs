// @ts-check
// The client library mutes where it records, so that what was recorded just before is still sent; and it sends to a
// connection that is closing. Our build of the widget asks this module for each piece of sound before it is sent.

const ULAW_SILENCE = 0xff;

/**
 * What is sent of the sound; nothing where nobody takes it.
 * @param {Int16Array | Uint8Array} sound PCM or mu-law.
 * @param {{ isMuted: () => boolean }} input
 * @param {{ socket?: { readyState: number } }} connection
 * @returns {Int16Array | Uint8Array | null}
 */
export function passing(sound, input, { socket }) {
  if (socket && socket.readyState > 1) return null; // closing or closed
  if (!input.isMuted()) return sound;
  return sound.fill(sound instanceof Uint8Array ? ULAW_SILENCE : 0);
}
