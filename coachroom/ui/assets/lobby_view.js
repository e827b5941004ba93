// @ts-check
// Draws the lobby: the client's own picture, a level, choices, and one primary button. Only DOM.
import { el, setDisabled, setHidden, setText } from "./dom.js";
/** @import { Device } from "./devices.js" */

/**
 * @typedef {object} LobbyViewState
 * @property {boolean} busy
 * @property {string | null} inBrowser Where a browser opens this page, for an app that loses the microphone.
 * @property {boolean} cameraOn
 * @property {boolean} microphoneOn
 * @property {string} placeholder Shown in place of the picture.
 * @property {string} note
 * @property {string[]} problems
 * @property {string} checkLabel
 * @property {boolean} canCheck
 * @property {boolean} canToggleCamera
 * @property {boolean} canRetry
 * @property {boolean} canTestSound
 * @property {boolean} canChooseSpeaker
 * @property {boolean} canType Whether typing is a choice, and not all there is.
 * @property {boolean} canMute
 * @property {boolean} muted Whether the person enters muted.
 * @property {boolean} holdToTalk Whether the person holds a button to talk.
 * @property {string} enterLabel
 * @property {Device[]} cameras
 * @property {Device[]} microphones
 * @property {Device[]} speakers
 * @property {string | undefined} cameraId The camera in use.
 * @property {string | undefined} microphoneId
 * @property {string | null | undefined} speakerId
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
   * @param {(id: string) => void} callbacks.onPickSpeaker
   * @param {() => void} callbacks.onTestSound
   * @param {() => void} callbacks.onType Called by the button to enter without talking.
   * @param {(muted: boolean) => void} callbacks.onMuted
   * @param {(on: boolean) => void} callbacks.onHoldToTalk
   */
  constructor(root, callbacks) {
    const { onCheck, onEnter, onRetry, onCamera, onType, onMuted, onHoldToTalk, onTestSound } = callbacks;
    const { onPickCamera, onPickMicrophone, onPickSpeaker } = callbacks;
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
    this.speakers = createSelect("Loudspeaker", onPickSpeaker);
    this.test = el("button", { type: "button", class: "cr-btn", onclick: onTestSound }, "Play a test sound");
    this.muted = el("input", { type: "checkbox", onchange: () => onMuted(this.muted.checked) });
    this.mutedRow = el("label", { class: "cr-check" }, this.muted, "Start muted");
    this.hold = el("input", { type: "checkbox", onchange: () => onHoldToTalk(this.hold.checked) });
    this.holdRow = el("label", { class: "cr-check" }, this.hold, "Hold a button to talk");
    this.type = el("button", { type: "button", class: "cr-btn", onclick: onType }, "Only type");
    this.camera = el("button", { type: "button", class: "cr-btn", onclick: onCamera });
    this.check = el("button", { type: "button", class: "cr-btn", onclick: onCheck });
    this.retry = el("button", { type: "button", class: "cr-btn", onclick: onRetry }, "Try again");
    this.enter = el("button", { type: "button", class: "cr-btn cr-primary", onclick: onEnter });
    this.note = el("p", { class: "cr-hint", role: "status" });
    this.problems = el("div", { class: "cr-problems", role: "alert" });
    this.inBrowser = el("a", { class: "cr-btn" }, "Open in Safari");
    this.losesMicrophone = el(
      "div",
      { hidden: true },
      el(
        "p",
        { class: "cr-hint" },
        "On an iPhone or iPad, an app on the home screen loses the microphone as soon as you leave it. Keep it open " +
          "while you talk, or open this page in Safari, where you may have to sign in again.",
      ),
      this.inBrowser,
    );
    const grid = el(
      "div",
      { class: "cr-lobby-grid" },
      el("div", { class: "cr-stage" }, this.video, this.placeholder),
      el(
        "div",
        { class: "cr-lobby-side" },
        this.meter,
        this.note,
        this.problems,
        this.losesMicrophone,
        this.mutedRow,
        this.holdRow,
        el("div", { class: "cr-actions" }, this.enter, this.type, this.check, this.retry),
        this.cameras.row,
        this.microphones.row,
        this.speakers.row,
        el("div", { class: "cr-actions" }, this.camera, this.test),
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
    if (state.inBrowser) this.inBrowser.setAttribute("href", state.inBrowser);
    setHidden(this.losesMicrophone, !state.inBrowser);
    setHidden(this.note, !state.note);
    setHidden(this.meter, !state.microphoneOn);
    setText(this.check, state.checkLabel);
    setHidden(this.check, !state.canCheck);
    setText(this.camera, state.cameraOn ? "Turn camera off" : "Turn camera on");
    setHidden(this.camera, !state.canToggleCamera);
    setHidden(this.retry, !state.canRetry);
    setHidden(this.test, !state.canTestSound);
    setHidden(this.type, !state.canType);
    setHidden(this.mutedRow, !state.canMute);
    this.muted.checked = state.muted;
    setHidden(this.holdRow, !state.canMute);
    this.hold.checked = state.holdToTalk;
    setText(this.enter, state.enterLabel);
    const buttons = [this.check, this.camera, this.retry, this.test, this.type, this.enter];
    for (const button of buttons) setDisabled(button, state.busy);
    const shown = state.problems.join("\n");
    if (this.problems.dataset.shown !== shown) {
      this.problems.dataset.shown = shown;
      this.problems.replaceChildren(...state.problems.map((text) => el("p", { class: "cr-problem" }, text)));
    }
    fillSelect(this.cameras, state.cameraOn ? state.cameras : [], state.cameraId);
    fillSelect(this.microphones, state.microphoneOn ? state.microphones : [], state.microphoneId);
    fillSelect(this.speakers, state.canChooseSpeaker ? state.speakers : [], state.speakerId ?? undefined);
  }
}
