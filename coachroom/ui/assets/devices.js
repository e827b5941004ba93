// @ts-check
// The camera, microphone and loudspeaker that the person chose, saved in this browser only, and the list to choose from.

const KEY = "coachroom.devices";

/** @typedef {{ camera_id?: string | null, microphone_id?: string | null, speaker_id?: string | null }} DeviceChoice */
/** @typedef {{ id: string, label: string }} Device */

/**
 * The devices chosen last.
 * @returns {DeviceChoice}
 */
export function savedDevices() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/**
 * Saves a choice, and keeps what was chosen of the other kind.
 * @param {DeviceChoice} choice
 */
export function saveDevices(choice) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...savedDevices(), ...choice }));
  } catch {
    // A private window may refuse; then the choice lasts as long as the page.
  }
}

/** The cameras, microphones and loudspeakers that the browser names to us. */
export async function listDevices() {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  /**
   * @param {MediaDeviceKind} kind
   * @param {string} name
   * @returns {Device[]}
   */
  const listed = (kind, name) =>
    all
      .filter((device) => device.kind === kind && device.deviceId)
      .map((device, index) => ({ id: device.deviceId, label: device.label || `${name} ${index + 1}` }));
  return {
    cameras: listed("videoinput", "Camera"),
    microphones: listed("audioinput", "Microphone"),
    speakers: listed("audiooutput", "Loudspeaker"),
  };
}
