// @ts-check
// Microphone, camera, end: at hand whatever the page around them does.
import { el, setDisabled, setText } from "./dom.js";
import { mountOnce } from "./mount.js";
import { agentCalls, onCallChange } from "./registry.js";
import { applyTheme } from "./theme.js";
/** @import { AgentCall } from "./agent_call.js" */
/** @import { ControlsData } from "./component_data.js" */
/** @import { Component, ComponentArgs } from "./mount.js" */

const RESEND_END_MS = 2000;
const MAX_END_SENDS = 5;
const MAX_OVER_SENDS = 300; // after a long sleep it takes a while until the page is connected again

/** @implements {Component<ControlsData>} */
class Controls {
  #ending = false;
  /** @type {number | undefined} */
  #resendTimer = undefined;
  #cameraAsked = false; // the camera was switched here and Python has not done it yet
  /** @type {ControlsData | null} */
  #data = null;
  /** @type {(name: string, value: unknown) => void} */
  #send = () => {};

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.microphone = el("button", {
      type: "button",
      class: "cr-btn",
      onclick: () => this.#toggleMicrophone(),
    });
    this.camera = el("button", { type: "button", class: "cr-btn", onclick: () => this.#toggleCamera() });
    this.end = el("button", { type: "button", class: "cr-btn cr-end", onclick: () => this.#end() });
    this.note = el("p", { class: "cr-help", role: "status" });
    root.append(
      el(
        "div",
        { class: "cr-buttons", role: "group", ariaLabel: "Room controls" },
        this.microphone,
        this.camera,
        this.end,
      ),
      this.note,
    );
    this.stopListening = onCallChange(() => this.#callChanged());
  }

  /** @param {ComponentArgs<ControlsData>} args */
  update({ data, setTriggerValue }) {
    if (this.#data?.camera_on !== data.camera_on) this.#cameraAsked = false;
    this.#data = data;
    this.#send = setTriggerValue;
    applyTheme(this.root);
    this.#render();
  }

  dispose() {
    clearTimeout(this.#resendTimer);
    this.stopListening();
  }

  get #call() {
    return this.#data ? agentCalls().get(this.#data.session_id) : undefined;
  }

  /** A session that ended elsewhere, as while this computer slept, ends on this page too. */
  #callChanged() {
    if (this.#call?.over && !this.#ending) {
      this.#ending = true;
      this.#sendEnd(MAX_OVER_SENDS);
    }
    this.#render();
  }

  #toggleMicrophone() {
    const call = this.#call;
    call?.setMuted(!call.muted);
    this.#render();
  }

  #toggleCamera() {
    this.#cameraAsked = true;
    this.#render();
    this.#send("camera", { on: !this.#data?.camera_on });
  }

  async #end() {
    if (this.#ending) return;
    this.#ending = true;
    this.#render();
    await this.#call?.end().catch(() => {}); // takes at most 1.5 s; a session without a call ends as well
    this.#sendEnd(MAX_END_SENDS);
  }

  /**
   * Sends "end" until Python takes the room away: a run of the page that another run overtakes may not see it.
   * @param {number} times How often at most.
   */
  #sendEnd(times) {
    if (times > 0) {
      this.#send("end", { session_id: this.#data?.session_id, times });
      this.#resendTimer = setTimeout(() => this.#sendEnd(times - 1), RESEND_END_MS);
    } else {
      this.#ending = false; // so that the button can be pressed again
      this.#render();
    }
  }

  #render() {
    if (!this.#data) return;
    const call = this.#call;
    const muted = Boolean(call?.muted);
    const ending = this.#ending;
    setText(this.microphone, muted ? "Unmute microphone" : "Mute microphone");
    this.microphone.setAttribute("aria-pressed", String(muted));
    setDisabled(this.microphone, !call?.canMute || ending);
    setText(this.camera, this.#data.camera_on ? "Turn camera off" : "Turn camera on");
    setDisabled(this.camera, this.#data.camera_busy || this.#cameraAsked || ending);
    setText(this.end, ending ? "Ending…" : "End session");
    setDisabled(this.end, ending);
    setText(this.note, ending ? "" : microphoneNote(call));
  }
}

/** @param {AgentCall | undefined} call */
function microphoneNote(call) {
  if (call?.textOnly) return "You are typing in this session, so the microphone stays off.";
  if (!call?.canMute) return "The microphone is off while there is no conversation.";
  return call.muted ? "The coach cannot hear you." : "";
}

/** The component controls. */
export default mountOnce("controls", (root) => new Controls(root));
