// Asking for camera and microphone: one request for one press of a button, and never a loop.

const VIDEO = { width: { ideal: 480 }, height: { ideal: 360 }, frameRate: { ideal: 15 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export const canCapture = () => Boolean(window.isSecureContext && navigator.mediaDevices?.getUserMedia);

// "exact": Chromium does not heed "ideal" here and takes its own favourite.
const on = (constraints, deviceId) =>
  deviceId ? { ...constraints, deviceId: { exact: deviceId } } : constraints;
const onAny = (constraints) => constraints && { ...constraints, deviceId: undefined };
export const videoConstraints = (deviceId) => on(VIDEO, deviceId);
export const audioConstraints = (deviceId) => on(AUDIO, deviceId);

export const stopTracks = (stream) => stream?.getTracks().forEach((track) => track.stop());

/** "granted", "denied", "prompt", or "prompt" where the browser does not tell. */
export async function permission(name) {
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return "prompt";
  }
}

/**
 * One question to the person; a missing device is no question, so then the other kind is tried alone.
 * Returns { stream, camera_error, microphone_error } with the browser's error names.
 */
export async function capture(
  { video, audio },
  getUserMedia = (c) => navigator.mediaDevices.getUserMedia(c),
) {
  const nothing = { stream: null, camera_error: null, microphone_error: null };
  if (!video && !audio) return nothing;
  try {
    return { ...nothing, stream: await getUserMedia({ video: video || false, audio: audio || false }) };
  } catch (error) {
    // A remembered device that was unplugged must not keep the others from working.
    if (error.name === "OverconstrainedError" && (video?.deviceId || audio?.deviceId)) {
      return capture({ video: onAny(video), audio: onAny(audio) }, getUserMedia);
    }
    const failed = (camera, microphone) => ({
      ...nothing,
      camera_error: camera,
      microphone_error: microphone,
    });
    const both = failed(video ? error.name : null, audio ? error.name : null);
    if (!video || !audio || !MISSING.has(error.name)) return both;
    try {
      return { ...failed(error.name, null), stream: await getUserMedia({ video: false, audio }) };
    } catch (audioError) {
      if (!MISSING.has(audioError.name)) return failed(error.name, audioError.name);
      try {
        return { ...failed(null, audioError.name), stream: await getUserMedia({ video, audio: false }) };
      } catch (videoError) {
        return failed(videoError.name, audioError.name);
      }
    }
  }
}

// A device that is absent or that another program holds: the other one may still work.
const MISSING = new Set(["NotFoundError", "NotReadableError", "OverconstrainedError", "AbortError"]);
