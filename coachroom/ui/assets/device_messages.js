// What to say when camera or microphone cannot be used: what happened, what it means, what to do.

const FIX = "Click the camera symbol beside the address, allow the microphone, and press “Try again”.";

const BLOCKED = new Set(["NotAllowedError", "SecurityError"]);
const BUSY = new Set(["NotReadableError", "AbortError"]);

export function microphoneHelp(error) {
  if (!error) return null;
  if (BLOCKED.has(error)) {
    return `Your browser is blocking the microphone. You can still type to the coach. To talk: ${lower(FIX)}`;
  }
  if (BUSY.has(error)) {
    return "Another program is using the microphone. You can still type to the coach. To talk: close that program and press “Try again”.";
  }
  return "No microphone was found. You can still type to the coach. To talk: connect a microphone and press “Try again”.";
}

export function cameraHelp(error) {
  if (!error) return null;
  if (BLOCKED.has(error)) {
    return "Your browser is blocking the camera. You can talk without it. To see yourself: click the camera symbol beside the address, allow the camera, and press “Try again”.";
  }
  if (BUSY.has(error)) {
    return "Another program is using the camera. You can talk without it. To see yourself: close that program and press “Try again”.";
  }
  return "No camera was found. You can talk without it.";
}

/** One paragraph when both failed for the same reason; the person has one thing to do. */
export function help({ camera_error: camera, microphone_error: microphone }) {
  if (camera && microphone && BLOCKED.has(camera) && BLOCKED.has(microphone)) {
    return [
      "Your browser is blocking the camera and the microphone. You can still type to the coach. " +
        "To talk: click the camera symbol beside the address, allow both, and press “Try again”.",
    ];
  }
  return [microphoneHelp(microphone), cameraHelp(camera)].filter(Boolean);
}

export const INSECURE =
  "This page was not opened over a secure connection, so the browser keeps camera and microphone off: " +
  "you can type to the coach, and to talk you need the address that begins with https.";

const lower = (sentence) => sentence[0].toLowerCase() + sentence.slice(1);
