// Microphone, camera, end: always at hand, whatever the page around them does.
import { el, frame, setDisabled, setText } from "./dom.js";
import { onRoomChange, rooms } from "./registry.js";
import { applyTheme } from "./theme.js";

const SAY_AGAIN_MS = 2000;
const SAID_AT_MOST = 5;

class Controls {
  #ending = false;
  #again = null;
  #asked = null; // camera state asked for and not yet seen from Python

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
    this.stopListening = onRoomChange(() => this.render());
  }

  update(data, setTriggerValue) {
    if (this.data?.camera_on !== data.camera_on) this.#asked = null;
    this.data = data;
    this.send = setTriggerValue;
    applyTheme(this.root);
    this.render();
  }

  get #room() {
    return rooms().get(this.data?.instance);
  }

  #toggleMicrophone() {
    const room = this.#room;
    room?.setMuted(!room.muted);
    this.render();
  }

  #toggleCamera() {
    const on = !this.data.camera_on;
    this.#asked = on;
    this.render();
    this.send("camera", { on });
  }

  async #end() {
    if (this.#ending) return;
    this.#ending = true;
    this.render();
    await this.#room?.end().catch(() => {}); // at most 1.5 s, and no room is no reason to stay
    this.#sayEnd(SAID_AT_MOST);
  }

  /** Said again until Python takes the room away: a run of the page that is overtaken may not hear it. */
  #sayEnd(times) {
    if (times > 0) {
      this.send("end", { instance: this.data.instance, times });
      this.#again = setTimeout(() => this.#sayEnd(times - 1), SAY_AGAIN_MS);
    } else {
      this.#ending = false; // the button must not stay dead
      this.render();
    }
  }

  render() {
    if (!this.data) return;
    const room = this.#room;
    const muted = Boolean(room?.muted);
    const canMute = Boolean(room?.canMute);
    const ending = this.#ending;
    setText(this.microphone, muted ? "Unmute microphone" : "Mute microphone");
    this.microphone.setAttribute("aria-pressed", String(muted));
    setDisabled(this.microphone, !canMute || ending);
    setText(this.camera, this.data.camera_on ? "Turn camera off" : "Turn camera on");
    const busy = Boolean(this.data.camera_busy) || this.#asked !== null;
    setDisabled(this.camera, busy || ending);
    setText(this.end, ending ? "Ending…" : "End session");
    setDisabled(this.end, ending);
    setText(this.note, ending ? "" : note(room, canMute, muted));
  }

  dispose() {
    clearTimeout(this.#again);
    this.stopListening();
  }
}

function note(room, canMute, muted) {
  if (room?.textOnly) return "You are typing in this session, so the microphone stays off.";
  if (!canMute) return "The microphone is off while there is no conversation.";
  return muted ? "The coach cannot hear you." : "";
}

const made = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  const root = frame(parentElement, "controls");
  let controls = made.get(root);
  if (!controls) {
    controls = new Controls(root);
    made.set(root, controls);
  }
  controls.update(data, setTriggerValue);
  const turn = (controls.turn = (controls.turn ?? 0) + 1);
  return () => {
    if (controls.turn !== turn) return;
    controls.dispose();
    made.delete(root);
    root.remove();
  };
}
