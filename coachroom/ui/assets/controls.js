// @ts-check
// Microphone, camera, pause, end: at hand whatever the page around them does.
import { el, setDisabled, setHidden, setText } from "./dom.js";
import { createIcon, setIcon } from "./icons.js";
import { mountOnce } from "./mount.js";
import { agentCalls, onCallChange } from "./registry.js";
import { listenForKeys, makeHeld } from "./room_keys.js";
import { DOUBLE_CLICK_MS } from "./second_click.js";
import { applyTheme } from "./theme.js";
/** @import { AgentCall } from "./agent_call.js" */
/** @import { ControlsData } from "./component_data.js" */
/** @import { IconName } from "./icons.js" */
/** @import { Component, ComponentArgs } from "./mount.js" */

const RESEND_END_MS = 2000;
const MAX_END_SENDS = 5;
const MAX_OVER_SENDS = 300; // after a long sleep it takes a while until the page is connected again

/** A button of a sign and a word; its accessible name may say more than the word. */
class ControlButton {
  /** @param {() => void} onclick @param {string} [kind] */
  constructor(onclick, kind = "") {
    this.icon = createIcon();
    this.word = el("span");
    this.node = el(
      "button",
      { type: "button", class: `cr-btn ${kind}`.trim(), onclick },
      this.icon,
      this.word,
    );
  }

  /**
   * @param {IconName} icon
   * @param {string} word
   * @param {string} [name]
   */
  show(icon, word, name = word) {
    setIcon(this.icon, icon);
    setText(this.word, word);
    this.node.setAttribute("aria-label", name);
  }
}

/** @implements {Component<ControlsData>} */
class Controls {
  #ending = false;
  /** @type {number | undefined} */
  #resendTimer = undefined;
  #asking = false; // whether the session is to end, which is asked once
  /** @type {number | undefined} */
  #askTimer = undefined;
  #paused = false;
  /** Whether the camera went off with the pause, and goes on with the talk. */
  #cameraRests = false;
  #cameraAsked = false; // the camera was switched here and Python has not done it yet
  /** @type {boolean | null} What was sent last of holding to talk. */
  #holdSent = null;
  /** @type {ControlsData | null} */
  #data = null;
  /** @type {(name: string, value: unknown) => void} */
  #send = () => {};

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.microphone = new ControlButton(() => this.#toggleMicrophone());
    this.camera = new ControlButton(() => this.#toggleCamera());
    this.pause = new ControlButton(() => this.#pause());
    this.end = new ControlButton(() => this.#ask(true), "cr-end");
    this.buttons = el(
      "div",
      { class: "cr-buttons", role: "group", ariaLabel: "Room controls" },
      this.microphone.node,
      this.camera.node,
      this.pause.node,
      this.end.node,
    );
    this.question = el("p", { class: "cr-question", tabindex: "-1" }, "End this session?");
    this.yes = el(
      "button",
      { type: "button", class: "cr-btn cr-end", onclick: () => this.#end() },
      "End now",
    );
    this.no = el("button", { type: "button", class: "cr-btn", onclick: () => this.#ask(false) }, "Go on");
    this.confirmation = el(
      "div",
      { class: "cr-buttons", role: "group", ariaLabel: "End this session?", hidden: true },
      this.question,
      this.yes,
      this.no,
    );
    this.note = el("p", { class: "cr-visually-hidden", role: "status" });
    root.append(this.buttons, this.confirmation, this.note);
    const held = { press: () => this.#hold(true), release: () => this.#hold(false) };
    makeHeld(this.microphone.node, held);
    const stops = [
      onCallChange(() => this.#callChanged()),
      listenForKeys({
        ...held,
        holds: () => Boolean(this.#call?.hold.on && this.#call.canMute),
        think: () => this.#call?.toggleThinking(),
        button: this.microphone.node,
      }),
    ];
    this.stopListening = () => stops.forEach((stop) => stop());
    window.addEventListener("keydown", this.#escape);
  }

  /** @param {ComponentArgs<ControlsData>} args */
  update({ data, setTriggerValue }) {
    if (this.#data?.camera_on !== data.camera_on) this.#cameraAsked = false;
    this.#data = data;
    this.#send = setTriggerValue;
    if (data.needs_webrtc && typeof RTCPeerConnection !== "function") this.#send("no_webrtc", true);
    applyTheme(this.root);
    this.#render();
  }

  dispose() {
    clearTimeout(this.#resendTimer);
    clearTimeout(this.#askTimer);
    this.stopListening();
    window.removeEventListener("keydown", this.#escape);
  }

  /** @param {KeyboardEvent} event */
  #escape = ({ key }) => {
    if (key === "Escape" && this.#asking) this.#ask(false);
  };

  get #call() {
    return this.#data ? agentCalls().get(this.#data.session_id) : undefined;
  }

  /** A session that ended elsewhere, as while this computer slept, ends on this page too. */
  #callChanged() {
    if (this.#call?.over && !this.#ending) {
      this.#ending = true;
      this.#sendEnd(MAX_OVER_SENDS);
    }
    this.#cameraFollowsPause();
    this.#keepHoldToTalk();
    this.#render();
  }

  /** The profile keeps the choice that was made in the agent's box. */
  #keepHoldToTalk() {
    const on = this.#call?.hold.on;
    if (on === undefined || !this.#data || on === (this.#holdSent ?? this.#data.hold_to_talk)) return;
    this.#holdSent = on;
    this.#send("hold_to_talk", { on });
  }

  /** @param {boolean} held */
  #hold(held) {
    if (held) this.#call?.hold.press();
    else this.#call?.hold.release();
  }

  #toggleMicrophone() {
    const call = this.#call;
    if (!call?.hold.on) call?.setMuted(!call.muted);
    this.#render();
  }

  #pause() {
    this.#call?.pause.begin("paused");
    this.#render();
  }

  /** In a pause nobody's camera is on; who had it on has it on again once the talk goes on. */
  #cameraFollowsPause() {
    const call = this.#call;
    const paused = Boolean(call?.paused);
    if (paused && !this.#paused && this.#data?.camera_on) {
      this.#cameraRests = true;
      this.#toggleCamera();
    } else if (this.#cameraRests && call?.canPause) {
      this.#cameraRests = false;
      if (!this.#data?.camera_on) this.#toggleCamera();
    }
    this.#paused = paused;
  }

  #toggleCamera() {
    this.#cameraAsked = true;
    this.#render();
    this.#send("camera", { on: !this.#data?.camera_on });
  }

  /** @param {boolean} asking Whether to ask, or to leave it. */
  #ask(asking) {
    if (this.#ending) return;
    this.#asking = asking;
    this.#render();
    (asking ? this.question : this.end.node).focus();
    // The second click of two in a row would be the answer.
    setDisabled(this.no, asking);
    clearTimeout(this.#askTimer);
    this.#askTimer = setTimeout(() => setDisabled(this.no, false), DOUBLE_CLICK_MS);
  }

  async #end() {
    if (this.#ending) return;
    this.#ending = true;
    this.#asking = false;
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
    const { camera_on: cameraOn, camera_busy: cameraBusy } = this.#data;
    const [word, name] = microphoneWords(call, muted);
    const holds = Boolean(call?.hold.on);
    const closed = holds ? !call?.hold.held : muted;
    this.microphone.show(closed ? "muted" : "microphone", word, name);
    this.microphone.node.setAttribute("aria-pressed", String(holds ? !closed : muted));
    setDisabled(this.microphone.node, !call?.canMute || ending);
    const [wordOfCamera, nameOfCamera] = cameraOn
      ? ["Camera off", "Turn camera off"]
      : ["Camera on", "Turn camera on"];
    this.camera.show(cameraOn ? "camera" : "camera-off", wordOfCamera, nameOfCamera);
    setDisabled(this.camera.node, cameraBusy || this.#cameraAsked || ending);
    this.pause.show(
      "pause",
      call?.paused ? "Paused" : "Pause",
      call?.paused ? "Paused" : "Pause the session",
    );
    setDisabled(this.pause.node, !call?.canPause || ending);
    this.end.show("end", ending ? "Ending…" : "End session");
    setDisabled(this.end.node, ending);
    setHidden(this.buttons, this.#asking);
    setHidden(this.confirmation, !this.#asking);
    setText(this.note, ending ? "" : microphoneNote(call));
  }
}

/**
 * The button's word and its accessible name.
 * @param {AgentCall | undefined} call
 * @param {boolean} muted
 */
function microphoneWords(call, muted) {
  if (call?.hold.on) return call.hold.held ? ["Let go", "Let go when you are done"] : ["Hold to talk"];
  return muted ? ["Unmute", "Unmute microphone"] : ["Mute", "Mute microphone"];
}

/** @param {AgentCall | undefined} call */
function microphoneNote(call) {
  return call?.muted && call.canMute ? "The coach cannot hear you." : "";
}

/** The component controls. */
export default mountOnce("controls", (root) => new Controls(root));
