// @ts-check
// Before the room: the client checks camera and microphone, then enters.
import { deviceMessages, INSECURE_PAGE, NO_SOUND } from "./device_messages.js";
import { listDevices, saveDevices, savedDevices } from "./devices.js";
import { addressInSafari } from "./home_screen.js";
import { LevelMeter } from "./level_meter.js";
import { LobbyView } from "./lobby_view.js";
import { audioConstraints, canCapture, capture, permission, stopTracks, videoConstraints } from "./media.js";
import { mountOnce } from "./mount.js";
import { ignoreSecondClicks } from "./second_click.js";
import { canChooseSpeaker, playTestSound } from "./sound.js";
import { applyTheme } from "./theme.js";
import { loadWidget } from "./widget_loader.js";
/** @import { LobbyData, LobbyResult } from "./component_data.js" */
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
  listening: "Say a few words: the bar moves, and we tell you when we have heard you.",
  muted: "You enter with the microphone off, and can unmute in the room.",
  no_test_sound: "The test sound could not be played.",
  checking: "Waiting for your browser…",
};

/** @implements {Component<LobbyData>} */
class Lobby {
  /** @type {MediaStream | null} */
  #stream = null;
  #asked = false; // the browser was asked for the devices at least once
  #busy = false;
  #disposed = false;
  #entered = false;
  #deciding = false; // whether the devices start by themselves
  #wantsCamera = true;
  #wantsMuted = false;
  /** @type {boolean | null} Null as long as the profile's word counts. */
  #wantsHold = null;
  #heldBefore = false;
  #silent = false; // this page can play no sound
  #testFailed = false;
  /** @type {Omit<CaptureResult, "stream">} */
  #errors = { camera_error: null, microphone_error: null };
  /** @type {{ cameras: Device[], microphones: Device[], speakers: Device[] }} */
  #devices = { cameras: [], microphones: [], speakers: [] };
  /** @type {(name: string, value: unknown) => void} */
  #send = () => {};
  #stopIgnoring = ignoreSecondClicks(window); // buttons come and go with each answer of the browser

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.view = new LobbyView(root, {
      onCheck: () => this.#ask(),
      onRetry: () => this.#ask(),
      onEnter: () => this.#enter({ typing: this.#mustType }),
      onType: () => this.#enter({ typing: true, chosen: true }),
      onMuted: (muted) => this.#setMuted(muted),
      onHoldToTalk: (on) => this.#setHold(on),
      onTestSound: () => this.#testSound(),
      onPickSpeaker: (id) => saveDevices({ speaker_id: id }),
      onCamera: () => this.#toggleCamera(),
      onPickCamera: (id) => this.#pick({ camera_id: id }),
      onPickMicrophone: (id) => this.#pick({ microphone_id: id }),
    });
    this.meter = new LevelMeter(this.view.level, () => this.#render());
    this.view.showStream(null);
    this.#render();
    loadWidget().catch(() => {}); // a head start; the room loads it again and says when that fails
    this.#startIfAllowed();
  }

  /** @param {ComponentArgs<LobbyData>} args */
  update({ data, setTriggerValue }) {
    this.#heldBefore = data.hold_to_talk;
    this.#send = setTriggerValue;
    applyTheme(this.root);
    this.#render();
  }

  dispose() {
    this.#disposed = true;
    this.#stopIgnoring();
    this.#stop();
  }

  /** Where the browser already has the person's permission, the devices start at once. */
  async #startIfAllowed() {
    if (!canCapture()) return;
    // A button that is switched off a moment after it appeared would swallow a press.
    this.#deciding = true;
    this.#render();
    const [camera, microphone] = await Promise.all([permission("camera"), permission("microphone")]);
    this.#deciding = false;
    const cameraReady = camera === "granted" || !this.#wantsCamera;
    if (cameraReady && microphone === "granted" && !this.#asked) await this.#ask();
    else this.#render();
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
    this.#silent = this.#testFailed = false;
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

  /** @param {boolean} muted */
  #setMuted(muted) {
    this.#wantsMuted = muted;
    this.#render();
  }

  /** @param {boolean} on */
  #setHold(on) {
    this.#wantsHold = on;
    this.#render();
  }

  get #holds() {
    return this.#wantsHold ?? this.#heldBefore;
  }

  async #testSound() {
    this.#testFailed = await playTestSound(savedDevices().speaker_id).then(
      () => false,
      () => true,
    );
    this.#render();
  }

  /** Whether the person can only type, because there is no microphone or no sound. */
  get #mustType() {
    const noMicrophone = this.#asked && !this.#liveTrack("audio") && this.#errors.microphone_error !== null;
    return !canCapture() || noMicrophone || this.#silent;
  }

  /**
   * Whether the person may enter and talk. Where something is missing, they read it first, and press again.
   * @returns {Promise<boolean>}
   */
  async #readyToTalk() {
    if (!this.#asked && canCapture()) {
      await this.#ask();
      if (this.#errors.microphone_error) return false;
    }
    this.#busy = true;
    this.#render();
    this.#silent = !(await this.meter.soundRuns());
    this.#busy = false;
    this.#render();
    return !this.#silent && !this.#disposed;
  }

  /** @param {{ typing: boolean, chosen?: boolean }} how chosen: nothing keeps the person from talking. */
  async #enter({ typing, chosen = false }) {
    if (this.#busy || this.#entered || !(typing || (await this.#readyToTalk()))) return;
    this.#entered = true;
    const camera = this.#liveTrack("video");
    const microphone = typing ? undefined : this.#liveTrack("audio");
    /** @type {LobbyResult} */
    const result = {
      camera: Boolean(camera),
      microphone: Boolean(microphone),
      muted: Boolean(microphone) && this.#wantsMuted,
      chose_typing: chosen,
      hold_to_talk: this.#holds,
      webrtc: typeof RTCPeerConnection === "function",
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
    const typing = this.#mustType;
    const problems = this.#problems(possible);
    this.view.render({
      busy: this.#busy || this.#entered || this.#deciding,
      cameraOn: Boolean(camera),
      microphoneOn: Boolean(microphone),
      inBrowser: addressInSafari(),
      placeholder: TEXT.camera_off,
      note: this.#note(problems),
      problems: this.#busy ? [] : problems,
      checkLabel: TEXT.check,
      canCheck: possible && !this.#asked,
      canToggleCamera: this.#asked && !this.#errors.camera_error,
      canRetry: possible && this.#asked && problems.length > 0,
      canTestSound: this.#asked && !this.#silent,
      canChooseSpeaker: this.#asked && canChooseSpeaker(),
      canType: !typing,
      canMute: Boolean(microphone) && !typing,
      muted: this.#wantsMuted,
      holdToTalk: this.#holds,
      enterLabel: typing ? TEXT.enter_typing : TEXT.enter,
      ...this.#devices,
      cameraId: camera?.getSettings().deviceId,
      microphoneId: microphone?.getSettings().deviceId,
      speakerId: savedDevices().speaker_id,
    });
  }

  /** @param {boolean} possible Whether this page may ask for devices. */
  #problems(possible) {
    if (!possible) return [INSECURE_PAGE];
    const sound = this.#silent ? [NO_SOUND] : [];
    return [...deviceMessages(this.#errors), ...sound, ...(this.#testFailed ? [TEXT.no_test_sound] : [])];
  }

  /** @param {string[]} problems */
  #note(problems) {
    if (this.#busy) return TEXT.checking;
    if (problems.length) return "";
    if (!this.#asked) return TEXT.ask;
    if (this.#wantsMuted) return TEXT.muted;
    return this.meter.voice.heard ? TEXT.ready : TEXT.listening;
  }
}

/** The component lobby. */
export default mountOnce("lobby", (root) => new Lobby(root));
