// Your own picture, from your camera to your screen and nowhere else.
import { componentRoot, el, setHidden, setText } from "./dom.js";
import { canCapture, capture, stopTracks, videoConstraints } from "./media.js";
import { cameraHelp, INSECURE } from "./device_messages.js";
import { applyTheme } from "./theme.js";

const GRACE_MS = 300; // Streamlit may put the element elsewhere; the camera's light need not flicker

class SelfView {
  #stream = null;
  #error = null;
  #asking = false;
  #paused = false;
  #wanted = null; // { on, camera_id } last acted upon

  constructor() {
    this.video = el("video", { class: "cr-video", playsinline: true });
    this.video.muted = true;
    this.video.autoplay = true;
    this.placeholder = el("p", { class: "cr-placeholder" });
    this.problem = el("p", { class: "cr-problem", role: "alert" });
    this.again = el("button", { type: "button", class: "cr-btn", onclick: () => this.#start() });
    this.stage = el("div", { class: "cr-stage" }, this.video, this.placeholder);
  }

  show(root, data) {
    clearTimeout(this.orphan);
    if (this.stage.parentNode !== root) root.replaceChildren(this.stage, this.problem, this.again);
    applyTheme(root);
    this.video.setAttribute("aria-label", data.label ?? "Your camera, seen only by you");
    const before = this.#wanted;
    this.#wanted = { on: Boolean(data.on), camera_id: data.camera_id ?? null };
    if (!this.#wanted.on) this.#stop();
    else if (!before?.on || before.camera_id !== this.#wanted.camera_id) this.#start();
    else if (this.#stream) this.video.play().catch(() => {});
    this.#render();
  }

  /** One request; a refusal stays until the person presses the button. */
  async #start() {
    if (this.#asking) return;
    this.#release();
    this.#error = canCapture() ? null : "insecure";
    if (this.#error) {
      this.#render();
      return;
    }
    this.#asking = true;
    this.#render();
    const asked = this.#wanted;
    const result = await capture({ video: videoConstraints(asked.camera_id), audio: false });
    this.#asking = false;
    if (!this.#wanted?.on) {
      stopTracks(result.stream);
      return;
    }
    this.#error = result.camera_error;
    this.#stream = result.stream;
    const [track] = this.#stream?.getVideoTracks() ?? [];
    track?.addEventListener("ended", () => this.#interrupted(track));
    track?.addEventListener("mute", () => this.#interrupted(track));
    track?.addEventListener("unmute", () => this.#interrupted(track));
    this.video.srcObject = this.#stream;
    if (this.#stream) this.video.play().catch(() => {});
    this.#render();
    if (asked.camera_id !== this.#wanted.camera_id) this.#start();
  }

  #interrupted(track) {
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
    this.video.srcObject = null;
  }

  dispose() {
    this.#wanted = null;
    this.#release();
  }

  #render() {
    const live = Boolean(this.#stream) && !this.#paused;
    setHidden(this.video, !live);
    setHidden(this.placeholder, live);
    const waiting = this.#asking ? "Starting the camera…" : "Camera is off";
    setText(this.placeholder, this.#paused ? "The camera is paused" : waiting);
    const text = this.#error === "insecure" ? INSECURE : cameraHelp(this.#error);
    setText(this.problem, text ?? "");
    setHidden(this.problem, !text);
    setText(this.again, this.#paused ? "Resume camera" : "Try again");
    setHidden(this.again, !(this.#paused || (this.#error && this.#error !== "insecure")));
  }
}

const kept = new Map(); // one self view for a label, so that a re-created element finds its stream

export default function ({ parentElement, data }) {
  const root = componentRoot(parentElement, "self");
  const name = data.label ?? "self";
  let view = kept.get(name);
  if (!view) {
    view = new SelfView();
    kept.set(name, view);
  }
  const turn = (view.turn = (view.turn ?? 0) + 1);
  view.show(root, data);
  return () => {
    if (view.turn !== turn) return;
    view.orphan = setTimeout(() => {
      view.dispose();
      if (kept.get(name) === view) kept.delete(name);
    }, GRACE_MS);
  };
}
