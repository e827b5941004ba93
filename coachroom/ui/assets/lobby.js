// @ts-check
// Before the room: the client checks camera and microphone, then enters.
import { deviceMessages, INSECURE_PAGE } from "./device_messages.js";
import { listDevices, saveDevices, savedDevices } from "./devices.js";
import { LevelMeter } from "./level_meter.js";
import { LobbyView } from "./lobby_view.js";
import { audioConstraints, canCapture, capture, permission, stopTracks, videoConstraints } from "./media.js";
import { mountOnce } from "./mount.js";
import { applyTheme } from "./theme.js";
import { loadWidget } from "./widget_loader.js";
/** @import { LobbyResult } from "./component_data.js" */
/** @import { Device, DeviceChoice } from "./devices.js" */
/** @import { CaptureResult, Wanted } from "./media.js" */
/** @import { Component, ComponentArgs } from "./mount.js" */

const TEXT = {
  ask: "Your browser will ask to use your camera and microphone.",
  check: "Check camera and microphone",
  enter: "Enter room",
  enter_typing: "Enter and type instead",
  camera_off: "Camera is off",
  ready: "You look ready. The coach will greet you when you enter.",
  checking: "Waiting for your browser…",
};

/** @implements {Component<null>} */
class Lobby {
  /** @type {MediaStream | null} */
  #stream = null;
  #asked = false; // the browser was asked for the devices at least once
  #busy = false;
  #disposed = false;
  #entered = false;
  #wantsCamera = true;
  /** @type {Omit<CaptureResult, "stream">} */
  #errors = { camera_error: null, microphone_error: null };
  /** @type {{ cameras: Device[], microphones: Device[] }} */
  #devices = { cameras: [], microphones: [] };
  /** @type {(name: string, value: unknown) => void} */
  #send = () => {};

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
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
    loadWidget().catch(() => {}); // a head start; the room loads it again and says when that fails
    this.#startIfAllowed();
  }

  /** @param {ComponentArgs<null>} args */
  update({ setTriggerValue }) {
    this.#send = setTriggerValue;
    applyTheme(this.root);
    this.#render();
  }

  dispose() {
    this.#disposed = true;
    this.#stop();
  }

  /** Where the browser already has the person's permission, the devices start at once. */
  async #startIfAllowed() {
    if (!canCapture()) return;
    const [camera, microphone] = await Promise.all([permission("camera"), permission("microphone")]);
    const cameraReady = camera === "granted" || !this.#wantsCamera;
    if (cameraReady && microphone === "granted" && !this.#asked) await this.#ask();
  }

  /** Asks for both devices at once. One that is already blocked is left out, so that it does not spoil the other. */
  async #ask() {
    if (this.#busy || !canCapture()) return;
    this.#busy = true;
    this.#render();
    const [camera, microphone] = await Promise.all([permission("camera"), permission("microphone")]);
    const blocked = { camera: camera === "denied", microphone: microphone === "denied" };
    const all = blocked.camera && blocked.microphone;
    const saved = savedDevices();
    this.#stop();
    const result = await capture({
      video: this.#wantsCamera && (all || !blocked.camera) && videoConstraints(saved.camera_id),
      audio: (all || !blocked.microphone) && audioConstraints(saved.microphone_id),
    });
    this.#asked = true;
    this.#busy = false;
    if (this.#disposed) {
      stopTracks(result.stream);
      return;
    }
    this.#errors = {
      camera_error:
        result.camera_error ?? (this.#wantsCamera && blocked.camera && !all ? "NotAllowedError" : null),
      microphone_error: result.microphone_error ?? (blocked.microphone && !all ? "NotAllowedError" : null),
    };
    this.#stream = result.stream;
    this.#devices = await listDevices();
    this.#attach();
  }

  #attach() {
    this.view.showStream(this.#stream);
    this.meter.listen(this.#stream);
    for (const track of this.#stream?.getTracks() ?? []) {
      track.addEventListener("ended", () => this.#trackEnded(track));
    }
    this.#render();
  }

  /** @param {MediaStreamTrack} track */
  #trackEnded(track) {
    if (!this.#stream?.getTracks().includes(track)) return;
    this.#errors[track.kind === "video" ? "camera_error" : "microphone_error"] = "NotReadableError";
    this.#stream.removeTrack(track);
    this.#attach();
  }

  /** @param {"video" | "audio"} kind */
  #liveTrack(kind) {
    return this.#stream?.getTracks().find((track) => track.kind === kind && track.readyState === "live");
  }

  async #toggleCamera() {
    if (this.#busy) return;
    const track = this.#liveTrack("video");
    this.#wantsCamera = !track;
    if (track) this.#drop(track);
    else await this.#add({ video: videoConstraints(savedDevices().camera_id) });
    this.#attach();
  }

  /**
   * Takes another device of one kind; the other kind goes on.
   * @param {DeviceChoice} choice
   */
  async #pick(choice) {
    saveDevices(choice);
    if (this.#busy) return;
    const kind = choice.camera_id ? "video" : "audio";
    const old = this.#liveTrack(kind);
    await this.#add(
      kind === "video"
        ? { video: videoConstraints(choice.camera_id) }
        : { audio: audioConstraints(choice.microphone_id) },
    );
    if (old) this.#drop(old);
    this.#attach();
  }

  /** @param {MediaStreamTrack} track */
  #drop(track) {
    if (!this.#stream) return;
    track.stop();
    this.#stream.removeTrack(track);
  }

  /** @param {{ video?: Wanted, audio?: Wanted }} wanted */
  async #add(wanted) {
    this.#busy = true;
    this.#render();
    const result = await capture(wanted);
    this.#busy = false;
    if (this.#disposed) {
      stopTracks(result.stream);
      return;
    }
    if (wanted.video) this.#errors.camera_error = result.camera_error;
    if (wanted.audio) this.#errors.microphone_error = result.microphone_error;
    const stream = (this.#stream ??= new MediaStream());
    result.stream?.getTracks().forEach((track) => stream.addTrack(track));
  }

  async #enter() {
    if (this.#busy || this.#entered) return;
    if (!this.#asked && canCapture()) {
      await this.#ask();
      // The person reads what happened first, and presses again to enter.
      if (this.#errors.microphone_error) return;
    }
    this.#entered = true;
    const camera = this.#liveTrack("video");
    const microphone = this.#liveTrack("audio");
    /** @type {LobbyResult} */
    const result = {
      camera: Boolean(camera),
      microphone: Boolean(microphone),
      camera_id: camera?.getSettings().deviceId ?? null,
      microphone_id: microphone?.getSettings().deviceId ?? null,
    };
    if (camera) saveDevices({ camera_id: result.camera_id });
    if (microphone) saveDevices({ microphone_id: result.microphone_id });
    this.#stop();
    this.#render();
    this.#send("enter", result);
  }

  #stop() {
    this.meter.stop();
    stopTracks(this.#stream);
    this.#stream = null;
    this.view.showStream(null);
  }

  #render() {
    const possible = canCapture();
    const camera = this.#liveTrack("video");
    const microphone = this.#liveTrack("audio");
    const problems = possible ? deviceMessages(this.#errors) : [INSECURE_PAGE];
    const typing = !possible || (this.#asked && !microphone && this.#errors.microphone_error !== null);
    this.view.render({
      busy: this.#busy || this.#entered,
      cameraOn: Boolean(camera),
      microphoneOn: Boolean(microphone),
      placeholder: TEXT.camera_off,
      note: this.#note(problems),
      problems: this.#busy ? [] : problems,
      checkLabel: TEXT.check,
      canCheck: possible && !this.#asked,
      canToggleCamera: this.#asked && !this.#errors.camera_error,
      canRetry: possible && this.#asked && problems.length > 0,
      enterLabel: typing ? TEXT.enter_typing : TEXT.enter,
      ...this.#devices,
      cameraId: camera?.getSettings().deviceId,
      microphoneId: microphone?.getSettings().deviceId,
    });
  }

  /** @param {string[]} problems */
  #note(problems) {
    if (this.#busy) return TEXT.checking;
    if (problems.length) return "";
    return this.#asked ? TEXT.ready : TEXT.ask;
  }
}

/** The component lobby. */
export default mountOnce("lobby", (root) => new Lobby(root));
