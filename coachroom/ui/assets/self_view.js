// @ts-check
// The client's own picture, from the camera to the screen and nowhere else.
import { cameraMessage, INSECURE_PAGE } from "./device_messages.js";
import { el, setHidden, setText } from "./dom.js";
import { canCapture, capture, stopTracks, videoConstraints } from "./media.js";
import { mountOnce } from "./mount.js";
import { onCallChange, sessionOver, shareOwnPicture } from "./registry.js";
import { applyTheme } from "./theme.js";
/** @import { SelfViewData } from "./component_data.js" */
/** @import { Component, ComponentArgs } from "./mount.js" */

const REMOUNT_GRACE_MS = 300; // Streamlit may re-create the element elsewhere: the camera stays on meanwhile

class SelfView {
  /** @type {MediaStream | null} */
  #stream = null;
  /** @type {string | null} */
  #error = null;
  #asking = false;
  #paused = false;
  /** @type {{ on: boolean, camera_id: string | null } | null} */
  #wanted = null;
  /** @type {HTMLElement | null} */
  #root = null;
  /** @type {number | undefined} */
  #leaveTimer = undefined;

  constructor() {
    this.video = el("video", { class: "cr-video", playsinline: true });
    this.video.muted = true;
    this.video.autoplay = true;
    this.placeholder = el("p", { class: "cr-placeholder" });
    this.problem = el("p", { class: "cr-problem", role: "alert" });
    this.again = el("button", { type: "button", class: "cr-btn", onclick: () => this.#start() });
    this.stage = el("div", { class: "cr-stage" }, this.video, this.placeholder);
    this.stopListening = onCallChange(() => this.#callChanged());
  }

  /**
   * Shows the picture in this root from now on.
   * @param {HTMLElement} root
   * @param {SelfViewData} data
   */
  show(root, data) {
    clearTimeout(this.#leaveTimer);
    this.#root = root;
    if (this.stage.parentNode !== root) root.replaceChildren(this.stage, this.problem, this.again);
    applyTheme(root);
    this.video.setAttribute("aria-label", data.label);
    const before = this.#wanted;
    this.#wanted = { on: data.on && !sessionOver(), camera_id: data.camera_id };
    if (!this.#wanted.on) this.#stop();
    else if (!before?.on || before.camera_id !== this.#wanted.camera_id) this.#start();
    else if (this.#stream) this.video.play().catch(() => {});
    this.#render();
  }

  /**
   * The root is gone, for a moment or for good: the camera is let go of after a while.
   * @param {HTMLElement} root
   * @param {() => void} onLeft Called when it is for good.
   */
  leave(root, onLeft) {
    if (this.#root !== root) return; // it is shown in another root by now
    this.#leaveTimer = setTimeout(() => {
      this.#wanted = null;
      this.#release();
      this.stopListening();
      onLeft();
    }, REMOUNT_GRACE_MS);
  }

  /** Nobody's camera stays on in a session that is over, also where the page does not know of it yet. */
  #callChanged() {
    if (!this.#wanted?.on || !sessionOver()) return;
    this.#wanted.on = false;
    this.#stop();
    this.#render();
  }

  /** Asks for the camera once; after a refusal the person presses the button. */
  async #start() {
    if (this.#asking) return;
    this.#release();
    this.#error = canCapture() ? null : "insecure";
    if (this.#error || !this.#wanted) {
      this.#render();
      return;
    }
    this.#asking = true;
    this.#render();
    const asked = this.#wanted.camera_id;
    const result = await capture({ video: videoConstraints(asked), audio: false });
    this.#asking = false;
    if (!this.#wanted?.on) {
      stopTracks(result.stream);
      return;
    }
    this.#error = result.camera_error;
    this.#play(result.stream);
    this.#render();
    if (asked !== this.#wanted.camera_id) this.#start();
  }

  /** @param {MediaStream | null} stream */
  #play(stream) {
    this.#stream = stream;
    shareOwnPicture(stream);
    const [track] = stream?.getVideoTracks() ?? [];
    for (const event of ["ended", "mute", "unmute"]) {
      track?.addEventListener(event, () => this.#trackChanged(track));
    }
    this.video.srcObject = stream;
    if (stream) this.video.play().catch(() => {});
  }

  /** @param {MediaStreamTrack} track */
  #trackChanged(track) {
    if (!this.#stream?.getTracks().includes(track)) return;
    this.#paused = track.muted || track.readyState === "ended";
    this.#render();
  }

  #stop() {
    this.#error = null;
    this.#release();
  }

  #release() {
    this.#paused = false;
    stopTracks(this.#stream);
    this.#stream = null;
    shareOwnPicture(null);
    this.video.srcObject = null;
  }

  #render() {
    const live = Boolean(this.#stream) && !this.#paused;
    setHidden(this.video, !live);
    setHidden(this.placeholder, live);
    const waiting = this.#asking ? "Starting the camera…" : "Camera is off";
    setText(this.placeholder, this.#paused ? "The camera is paused" : waiting);
    const insecure = this.#error === "insecure";
    const message = insecure ? INSECURE_PAGE : cameraMessage(this.#error);
    setText(this.problem, message ?? "");
    setHidden(this.problem, !message);
    setText(this.again, this.#paused ? "Resume camera" : "Try again");
    setHidden(this.again, !this.#paused && (!this.#error || insecure));
  }
}

/** @type {Map<string, SelfView>} By label, so that a re-created element finds its stream. */
const views = new Map();

/** @implements {Component<SelfViewData>} */
class SelfViewBox {
  /** @type {string | null} */
  #label = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
  }

  /** @param {ComponentArgs<SelfViewData>} args */
  update({ data }) {
    const view = views.get(data.label) ?? new SelfView();
    views.set(data.label, view);
    this.#label = data.label;
    view.show(this.root, data);
  }

  dispose() {
    const label = this.#label;
    if (label !== null) views.get(label)?.leave(this.root, () => views.delete(label));
  }
}

/** The component self_view. */
export default mountOnce("self-view", (root) => new SelfViewBox(root));
