// @ts-check
// Waits until somebody was heard to the end. Our build of the widget uses it too (tools/last_words.mjs). No DOM.

const LOOK_EVERY_MS = 50;
export const SILENT_VOLUME = 0.005;

/**
 * Resolves once nothing was heard for a while, nobody listens any more, or it took too long.
 * @param {object} given
 * @param {() => boolean} given.sounds Whether sound is heard, or waits to be played.
 * @param {() => boolean} given.over Whether there is nothing to wait for any more.
 * @param {() => number} given.silentMs How long it must be silent.
 * @param {number} given.maxMs
 * @param {(f: () => void, ms: number) => unknown} given.later
 * @returns {Promise<void>}
 */
export function untilSilent({ sounds, over, silentMs, maxMs, later }) {
  let waited = 0;
  let silent = 0;
  return new Promise((resolve) => {
    const look = () => {
      silent = sounds() ? 0 : silent + LOOK_EVERY_MS;
      waited += LOOK_EVERY_MS;
      if (over() || silent >= silentMs() || waited >= maxMs) resolve();
      else later(look, LOOK_EVERY_MS);
    };
    look();
  });
}
