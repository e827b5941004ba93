// @ts-check
// The client library mutes where it records, so that what was recorded just before is still sent. Our build of the
// widget asks this module for each piece of sound before it is sent.

const ULAW_SILENCE = 0xff;

/**
 * What is sent of the sound.
 * @param {Int16Array | Uint8Array} sound PCM or mu-law.
 * @param {{ isMuted: () => boolean }} input
 * @returns {Int16Array | Uint8Array}
 */
export function passing(sound, input) {
  if (!input.isMuted()) return sound;
  return sound.fill(sound instanceof Uint8Array ? ULAW_SILENCE : 0);
}
