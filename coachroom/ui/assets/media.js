// @ts-check
// Asks for camera and microphone: one request for one press of a button, and never a loop.

/**
 * @typedef {object} CaptureResult
 * @property {MediaStream | null} stream
 * @property {string | null} camera_error The browser's name of the error.
 * @property {string | null} microphone_error
 */

/** @typedef {MediaTrackConstraints | false | undefined} Wanted */

const VIDEO = { width: { ideal: 480 }, height: { ideal: 360 }, frameRate: { ideal: 15 } };
const AUDIO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

// A device that is absent or that another program holds: the other one may still work.
const UNAVAILABLE = new Set(["NotFoundError", "NotReadableError", "OverconstrainedError", "AbortError"]);

/** @type {CaptureResult} */
const NOTHING = { stream: null, camera_error: null, microphone_error: null };

/** Whether this page may ask for devices at all. */
export const canCapture = () => Boolean(window.isSecureContext && navigator.mediaDevices?.getUserMedia);

/**
 * "exact": Chromium ignores "ideal" here and takes another device.
 * @param {MediaTrackConstraints} constraints
 * @param {string | null | undefined} deviceId
 * @returns {MediaTrackConstraints}
 */
const withDevice = (constraints, deviceId) =>
  deviceId ? { ...constraints, deviceId: { exact: deviceId } } : constraints;

/** @param {Wanted} wanted @returns {Wanted} */
const withAnyDevice = (wanted) => wanted && { ...wanted, deviceId: undefined };

/** What is asked of a camera. @param {string | null} [deviceId] */
export const videoConstraints = (deviceId) => withDevice(VIDEO, deviceId);

/** What is asked of a microphone. @param {string | null} [deviceId] */
export const audioConstraints = (deviceId) => withDevice(AUDIO, deviceId);

/** Lets the devices go. @param {MediaStream | null | undefined} stream */
export const stopTracks = (stream) => stream?.getTracks().forEach((track) => track.stop());

/**
 * Whether the browser allows a device; "prompt" also where it does not say.
 * @param {"camera" | "microphone"} name
 */
export async function permission(name) {
  try {
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return "prompt";
  }
}

/**
 * Asks the person once. A missing device asks nobody, so then each kind is tried alone.
 * @param {{ video?: Wanted, audio?: Wanted }} wanted
 * @param {(constraints: MediaStreamConstraints) => Promise<MediaStream>} [getUserMedia]
 * @returns {Promise<CaptureResult>}
 */
export async function capture(
  { video, audio },
  getUserMedia = (constraints) => navigator.mediaDevices.getUserMedia(constraints),
) {
  if (!video && !audio) return NOTHING;
  const both = await attempt({ video: video || false, audio: audio || false }, getUserMedia);
  if (both.stream) return { ...NOTHING, stream: both.stream };
  // A saved device that is unplugged must not keep the others from working.
  if (both.error === "OverconstrainedError" && ((video && video.deviceId) || (audio && audio.deviceId))) {
    return capture({ video: withAnyDevice(video), audio: withAnyDevice(audio) }, getUserMedia);
  }
  if (!video || !audio || !UNAVAILABLE.has(both.error)) {
    return failed(video ? both.error : null, audio ? both.error : null);
  }
  const sound = await attempt({ video: false, audio }, getUserMedia);
  if (sound.stream) return { ...failed(both.error, null), stream: sound.stream };
  if (!UNAVAILABLE.has(sound.error)) return failed(both.error, sound.error);
  const picture = await attempt({ video, audio: false }, getUserMedia);
  if (picture.stream) return { ...failed(null, sound.error), stream: picture.stream };
  return failed(picture.error, sound.error);
}

/** @type {(camera: string | null, microphone: string | null) => CaptureResult} */
const failed = (camera, microphone) => ({ ...NOTHING, camera_error: camera, microphone_error: microphone });

/**
 * @param {MediaStreamConstraints} constraints
 * @param {(constraints: MediaStreamConstraints) => Promise<MediaStream>} getUserMedia
 * @returns {Promise<{ stream: MediaStream, error: "" } | { stream: null, error: string }>}
 */
async function attempt(constraints, getUserMedia) {
  try {
    return { stream: await getUserMedia(constraints), error: "" };
  } catch (error) {
    // Not every browser's OverconstrainedError is an Error, but each has a name.
    return { stream: null, error: /** @type {{ name: string }} */ (error).name };
  }
}
