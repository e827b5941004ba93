// @ts-check
// Messages for a camera or microphone that cannot be used: what happened, what it means, what to do.

const BLOCKED = new Set(["NotAllowedError", "SecurityError"]);
const BUSY = new Set(["NotReadableError", "AbortError"]);

/** Shown where the browser offers no devices because the page came over plain http. */
export const INSECURE_PAGE =
  "This page was not opened over a secure connection, so the browser keeps camera and microphone off: " +
  "you can type to the coach, and to talk you need the address that begins with https.";

/** Shown where the browser plays no sound, as it does without a loudspeaker. */
export const NO_SOUND =
  "This device plays no sound, so you could not hear the coach. You can type instead. To talk: connect a loudspeaker " +
  "or headphones and press “Try again”.";

/**
 * The message for the microphone's error, or null without one.
 * @param {string | null} error The browser's name of the error.
 */
function microphoneMessage(error) {
  if (!error) return null;
  if (BLOCKED.has(error)) {
    return (
      "Your browser is blocking the microphone. You can still type to the coach. To talk: click the camera symbol " +
      "beside the address, allow the microphone, and press “Try again”."
    );
  }
  if (BUSY.has(error)) {
    return (
      "Another program is using the microphone. You can still type to the coach. To talk: close that program " +
      "and press “Try again”."
    );
  }
  return (
    "No microphone was found. You can still type to the coach. To talk: connect a microphone " +
    "and press “Try again”."
  );
}

/**
 * The message for the camera's error, or null without one.
 * @param {string | null} error The browser's name of the error.
 */
export function cameraMessage(error) {
  if (!error) return null;
  if (BLOCKED.has(error)) {
    return (
      "Your browser is blocking the camera. You can talk without it. To see yourself: click the camera symbol " +
      "beside the address, allow the camera, and press “Try again”."
    );
  }
  if (BUSY.has(error)) {
    return (
      "Another program is using the camera. You can talk without it. To see yourself: close that program " +
      "and press “Try again”."
    );
  }
  return "No camera was found. You can talk without it.";
}

/**
 * The messages for both; one where both fail for the same reason, since there is one thing to do.
 * @param {{ camera_error: string | null, microphone_error: string | null }} errors
 * @returns {string[]}
 */
export function deviceMessages({ camera_error: camera, microphone_error: microphone }) {
  if (camera && microphone && BLOCKED.has(camera) && BLOCKED.has(microphone)) {
    return [
      "Your browser is blocking the camera and the microphone. You can still type to the coach. " +
        "To talk: click the camera symbol beside the address, allow both, and press “Try again”.",
    ];
  }
  return [microphoneMessage(microphone), cameraMessage(camera)].filter((message) => message !== null);
}
