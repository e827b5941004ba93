// Which camera and microphone the person chose, remembered in this browser only.

const KEY = "coachroom.devices";

export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function remember(choice) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...remembered(), ...choice }));
  } catch {
    // Private windows may refuse; then the choice lasts as long as the page.
  }
}

export async function listDevices() {
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  const named = (kind, word) =>
    all
      .filter((device) => device.kind === kind && device.deviceId)
      .map((device, index) => ({ id: device.deviceId, label: device.label || `${word} ${index + 1}` }));
  return { cameras: named("videoinput", "Camera"), microphones: named("audioinput", "Microphone") };
}
