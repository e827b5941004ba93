// Before the room: see and hear that camera and microphone work, then enter.
import { componentRoot } from "./dom.js";
import { listDevices, remember, remembered } from "./devices.js";
import { LevelMeter } from "./level_meter.js";
import { LobbyView } from "./lobby_view.js";
import { audioConstraints, canCapture, capture, permission, stopTracks, videoConstraints } from "./media.js";
import { help, INSECURE } from "./device_messages.js";
import { applyTheme } from "./theme.js";
import { loadWidget } from "./widget_loader.js";

const STRINGS = {
  ask: "Your browser will ask to use your camera and microphone.",
  check: "Check camera and microphone",
  enter: "Enter room",
  enter_typing: "Enter and type instead",
  camera_off: "Camera is off",
  ready: "You look ready. The coach will greet you when you enter.",
  checking: "Waiting for your browser…",
};

class Lobby {
  #stream = null;
  #asked = false;
  #busy = false;
  #gone = false;
  #entered = false;
  #errors = { camera_error: null, microphone_error: null };
  #lists = { cameras: [], microphones: [] };

  constructor(root) {
    this.root = root;
    this.wantsCamera = true;
    this.view = new LobbyView(root, {
      onCheck: () => this.#ask(),
      onRetry: () => this.#ask(),
      onEnter: () => this.#enter(),
      onCamera: () => this.#toggleCamera(),
      onPickCamera: (id) => this.#pick({ camera_id: id }),
      onPickMicrophone: (id) => this.#pick({ microphone_id: id }),
    });
    this.meter = new LevelMeter(this.view.level);
    this.view.showStream(null);
    this.#render();
    loadWidget().catch(() => {}); // a head start; the room tries again and says so when it fails
    this.#startIfAllowed();
  }

  update(setTriggerValue) {
    this.send = setTriggerValue;
    applyTheme(this.root);
    this.#render();
  }

  dispose() {
    this.#gone = true;
    this.#stop();
  }

  /** Where the browser has already been told yes, nobody needs to be asked. */
  async #startIfAllowed() {
    if (!canCapture()) return;
    const [camera, microphone] = await Promise.all([permission("camera"), permission("microphone")]);
    const cameraReady = camera === "granted" || !this.wantsCamera;
    if (cameraReady && microphone === "granted" && !this.#asked) await this.#ask();
  }

  /** One request at most; what is already blocked is left out, so that it cannot spoil the rest. */
  async #ask() {
    if (this.#busy || !canCapture()) return;
    this.#busy = true;
    this.#render();
    const [camera, microphone] = await Promise.all([permission("camera"), permission("microphone")]);
    const blocked = { camera: camera === "denied", microphone: microphone === "denied" };
    const all = blocked.camera && blocked.microphone;
    const chosen = remembered();
    this.#stop();
    const result = await capture({
      video: this.wantsCamera && (all || !blocked.camera) && videoConstraints(chosen.camera_id),
      audio: (all || !blocked.microphone) && audioConstraints(chosen.microphone_id),
    });
    this.#asked = true;
    this.#busy = false;
    if (this.#gone) {
      stopTracks(result.stream);
      return;
    }
    this.#errors = {
      camera_error:
        result.camera_error ?? (this.wantsCamera && blocked.camera && !all ? "NotAllowedError" : null),
      microphone_error: result.microphone_error ?? (blocked.microphone && !all ? "NotAllowedError" : null),
    };
    this.#stream = result.stream;
    this.#lists = await listDevices();
    this.#attach();
  }

  #attach() {
    this.view.showStream(this.#stream);
    this.meter.listen(this.#stream);
    for (const track of this.#stream?.getTracks() ?? []) {
      track.addEventListener("ended", () => this.#lost(track));
    }
    this.#render();
  }

  #lost(track) {
    if (!this.#stream?.getTracks().includes(track)) return;
    this.#errors[track.kind === "video" ? "camera_error" : "microphone_error"] = "NotReadableError";
    this.#stream.removeTrack(track);
    this.#attach();
  }

  #track(kind) {
    return this.#stream?.getTracks().find((track) => track.kind === kind && track.readyState === "live");
  }

  async #toggleCamera() {
    if (this.#busy) return;
    const track = this.#track("video");
    this.wantsCamera = !track;
    if (track) {
      track.stop();
      this.#stream.removeTrack(track);
    } else {
      await this.#add({ video: videoConstraints(remembered().camera_id) });
    }
    this.#attach();
  }

  /** Another device of one kind, by one request; the other kind is left running. */
  async #pick(choice) {
    remember(choice);
    if (this.#busy) return;
    const kind = choice.camera_id ? "video" : "audio";
    const old = this.#track(kind);
    await this.#add(
      kind === "video"
        ? { video: videoConstraints(choice.camera_id) }
        : { audio: audioConstraints(choice.microphone_id) },
    );
    if (old && this.#stream) {
      old.stop();
      this.#stream.removeTrack(old);
    }
    this.#attach();
  }

  async #add(wanted) {
    this.#busy = true;
    this.#render();
    const result = await capture({ video: wanted.video ?? false, audio: wanted.audio ?? false });
    this.#busy = false;
    if (this.#gone) {
      stopTracks(result.stream);
      return;
    }
    if (wanted.video) this.#errors.camera_error = result.camera_error;
    if (wanted.audio) this.#errors.microphone_error = result.microphone_error;
    this.#stream ??= new MediaStream();
    result.stream?.getTracks().forEach((track) => this.#stream.addTrack(track));
  }

  async #enter() {
    if (this.#busy || this.#entered) return;
    if (!this.#asked && canCapture()) {
      await this.#ask();
      // Something to decide first: read what happened, then enter with one more press.
      if (this.#errors.microphone_error) return;
    }
    this.#entered = true;
    const camera = this.#track("video");
    const microphone = this.#track("audio");
    const result = {
      camera: Boolean(camera),
      microphone: Boolean(microphone),
      camera_id: camera?.getSettings().deviceId ?? null,
      microphone_id: microphone?.getSettings().deviceId ?? null,
    };
    if (camera) remember({ camera_id: result.camera_id });
    if (microphone) remember({ microphone_id: result.microphone_id });
    this.#stop();
    this.#render();
    this.send("enter", result);
  }

  #stop() {
    this.meter.stop();
    stopTracks(this.#stream);
    this.#stream = null;
    this.view.showStream(null);
  }

  #render() {
    const possible = canCapture();
    const camera = this.#track("video");
    const microphone = this.#track("audio");
    const problems = possible ? help(this.#errors) : [INSECURE];
    const silent = !possible || (this.#asked && !microphone && Boolean(this.#errors.microphone_error));
    this.view.render({
      busy: this.#busy || this.#entered,
      cameraOn: Boolean(camera),
      microphoneOn: Boolean(microphone),
      placeholder: STRINGS.camera_off,
      note: this.#busy ? STRINGS.checking : problems.length ? "" : this.#asked ? STRINGS.ready : STRINGS.ask,
      problems: this.#busy ? [] : problems,
      checkLabel: STRINGS.check,
      canCheck: possible && !this.#asked,
      canToggleCamera: this.#asked && !this.#errors.camera_error,
      canRetry: possible && this.#asked && problems.length > 0,
      enterLabel: silent ? STRINGS.enter_typing : STRINGS.enter,
      ...this.#lists,
      cameraId: camera?.getSettings().deviceId,
      microphoneId: microphone?.getSettings().deviceId,
    });
  }
}

const made = new WeakMap();

export default function ({ parentElement, setTriggerValue }) {
  const root = componentRoot(parentElement, "lobby");
  let lobby = made.get(root);
  if (!lobby) {
    lobby = new Lobby(root);
    made.set(root, lobby);
  }
  lobby.update(setTriggerValue);
  const turn = (lobby.turn = (lobby.turn ?? 0) + 1);
  return () => {
    if (lobby.turn !== turn) return;
    lobby.dispose();
    made.delete(root);
    root.remove();
  };
}
