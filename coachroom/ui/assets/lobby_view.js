// @ts-check
// Draws the lobby: the client's own picture, a level, choices, and one primary button. Only DOM.
import { el, setDisabled, setHidden, setText } from "./dom.js";
/** @import { Device } from "./devices.js" */

/**
 * @typedef {object} LobbyViewState
 * @property {boolean} busy
 * @property {boolean} cameraOn
 * @property {boolean} microphoneOn
 * @property {string} placeholder Shown in place of the picture.
 * @property {string} note
 * @property {string[]} problems
 * @property {string} checkLabel
 * @property {boolean} canCheck
 * @property {boolean} canToggleCamera
 * @property {boolean} canRetry
 * @property {string} enterLabel
 * @property {Device[]} cameras
 * @property {Device[]} microphones
 * @property {string | undefined} cameraId The camera in use.
 * @property {string | undefined} microphoneId
 */

/**
 * @param {string} label
 * @param {(id: string) => void} onPick
 */
function createSelect(label, onPick) {
  const select = el("select", { class: "cr-select", onchange: () => onPick(select.value) });
  const row = el("label", { class: "cr-field", hidden: true }, el("span", {}, label), select);
  return { row, select };
}

/**
 * @param {ReturnType<typeof createSelect>} field
 * @param {Device[]} devices
 * @param {string | undefined} chosen
 */
function fillSelect({ row, select }, devices, chosen) {
  const ids = devices.map((device) => device.id).join();
  if (select.dataset.ids !== ids) {
    select.dataset.ids = ids;
    select.replaceChildren(...devices.map((device) => el("option", { value: device.id }, device.label)));
  }
  if (chosen && select.value !== chosen) select.value = chosen;
  setHidden(row, devices.length < 2);
}

/** The lobby's page. */
export class LobbyView {
  /**
   * @param {HTMLElement} root
   * @param {object} callbacks
   * @param {() => void} callbacks.onCheck
   * @param {() => void} callbacks.onEnter
   * @param {() => void} callbacks.onRetry
   * @param {() => void} callbacks.onCamera
   * @param {(id: string) => void} callbacks.onPickCamera
   * @param {(id: string) => void} callbacks.onPickMicrophone
   */
  constructor(root, { onCheck, onEnter, onRetry, onCamera, onPickCamera, onPickMicrophone }) {
    this.video = el("video", {
      class: "cr-video",
      playsinline: true,
      ariaLabel: "Your camera, seen only by you",
    });
    this.video.muted = true;
    this.video.autoplay = true;
    this.placeholder = el("p", { class: "cr-placeholder" });
    this.level = el("i");
    this.meter = el(
      "div",
      { class: "cr-level", hidden: true, ariaHidden: "true" },
      "Your voice",
      el("b", {}, this.level),
    );
    this.cameras = createSelect("Camera", onPickCamera);
    this.microphones = createSelect("Microphone", onPickMicrophone);
    this.camera = el("button", { type: "button", class: "cr-btn", onclick: onCamera });
    this.check = el("button", { type: "button", class: "cr-btn", onclick: onCheck });
    this.retry = el("button", { type: "button", class: "cr-btn", onclick: onRetry }, "Try again");
    this.enter = el("button", { type: "button", class: "cr-btn cr-primary", onclick: onEnter });
    this.note = el("p", { class: "cr-hint" });
    this.problems = el("div", { class: "cr-problems", role: "alert" });
    const grid = el(
      "div",
      { class: "cr-lobby-grid" },
      el("div", { class: "cr-stage" }, this.video, this.placeholder),
      el(
        "div",
        { class: "cr-lobby-side" },
        this.meter,
        this.cameras.row,
        this.microphones.row,
        this.note,
        this.problems,
        el("div", { class: "cr-actions" }, this.enter, this.check, this.camera, this.retry),
      ),
    );
    root.append(grid);
  }

  /** @param {MediaStream | null} stream */
  showStream(stream) {
    const live = stream?.getVideoTracks().length ? stream : null;
    if (this.video.srcObject !== live) this.video.srcObject = live;
    if (live) this.video.play().catch(() => {});
    setHidden(this.video, !live);
    setHidden(this.placeholder, Boolean(live));
  }

  /** @param {LobbyViewState} state */
  render(state) {
    setText(this.placeholder, state.placeholder);
    setText(this.note, state.note);
    setHidden(this.note, !state.note);
    setHidden(this.meter, !state.microphoneOn);
    setText(this.check, state.checkLabel);
    setHidden(this.check, !state.canCheck);
    setText(this.camera, state.cameraOn ? "Turn camera off" : "Turn camera on");
    setHidden(this.camera, !state.canToggleCamera);
    setHidden(this.retry, !state.canRetry);
    setText(this.enter, state.enterLabel);
    for (const button of [this.check, this.camera, this.retry, this.enter]) setDisabled(button, state.busy);
    const shown = state.problems.join("\n");
    if (this.problems.dataset.shown !== shown) {
      this.problems.dataset.shown = shown;
      this.problems.replaceChildren(...state.problems.map((text) => el("p", { class: "cr-problem" }, text)));
    }
    fillSelect(this.cameras, state.cameraOn ? state.cameras : [], state.cameraId);
    fillSelect(this.microphones, state.microphoneOn ? state.microphones : [], state.microphoneId);
  }
}
