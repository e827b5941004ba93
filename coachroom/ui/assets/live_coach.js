// @ts-check
// The human coach's page of one join: the client's picture, who hears whom, and what the coach may do.
import { button, el, setDisabled, setHidden, setText } from "./dom.js";
import { LivePicture } from "./live_picture.js";
import { LiveVisit } from "./live_visit.js";
import { notDone, overForCoach } from "./live_words.js";
import { mountOnce } from "./mount.js";
import { applyTheme } from "./theme.js";
/** @import { LiveCoachData } from "./component_data.js" */
/** @import { Act } from "./live_orders.js" */
/** @import { Deed } from "./live_visit.js" */
/** @import { Component, ComponentArgs } from "./mount.js" */

const MAX_TEXT = 500;
const MAX_SUMMARY = 300;
const CLOCK_MS = 1000;

/** A line to write, with its button. */
class Line {
  /**
   * @param {object} of
   * @param {string} of.label
   * @param {string} of.help What happens with the words.
   * @param {string} of.press
   * @param {number} of.most Characters.
   * @param {(text: string) => boolean} of.send Whether it was sent; the words stay where it was not.
   */
  constructor({ label, help, press, most, send }) {
    const id = `cr-line-${(Line.#count += 1)}`;
    this.help = el("p", { class: "cr-help", id: `${id}-help` }, help);
    this.box = el("textarea", {
      class: "cr-select cr-line",
      id,
      rows: "2",
      maxlength: most,
      ariaDescribedby: `${id}-help`,
    });
    this.button = el("button", { type: "submit", class: "cr-btn" }, press);
    this.node = el(
      "form",
      { class: "cr-field" },
      el("label", { for: id }, label),
      this.box,
      this.help,
      el("div", { class: "cr-actions" }, this.button),
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      const text = this.box.value.trim();
      if (text && send(text)) this.box.value = "";
      else this.box.focus();
    });
    // Return sends, as in a chat; with Shift it begins a new line.
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.node.requestSubmit();
    });
  }

  static #count = 0;
}

/** The page's elements, and the visit they show. @implements {Component<LiveCoachData>} */
class LiveCoach {
  /** @type {LiveVisit | null} */
  #visit = null;
  #timer = 0;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.spoken = el("p", { class: "cr-visually-hidden", role: "status" });
    this.status = el("p", { class: "cr-live-mode" });
    this.detail = el("p", { class: "cr-help" });
    this.problem = el("p", { class: "cr-problem", role: "alert", hidden: true });
    this.client = new LivePicture({
      label: "Your client",
      onHear: () => this.agent.play().catch(() => {}),
    });
    this.agent = el("audio", { hidden: true });
    this.agent.autoplay = true;
    this.own = el("video", { class: "cr-video", playsinline: true, ariaLabel: "You" });
    this.own.autoplay = true;
    this.own.muted = true;
    this.ownStage = el("div", { class: "cr-stage cr-own" }, this.own);
    this.camera = button("", () => this.#visit?.switchCamera(!this.#visit.cameraOn));
    this.listen = button("Listen", () => this.#order("listening"));
    this.both = button("Talk to both", () => this.#talkToBoth());
    this.private = button("Talk in private", () => this.#visit?.mode === "private" || this.#order("hold"));
    this.modes = el(
      "div",
      { class: "cr-actions", role: "group", ariaLabel: "Who hears you" },
      this.listen,
      this.both,
      this.private,
    );
    this.modeHelp = el("p", { class: "cr-help" });
    this.hush = button("Hush the AI coach", () => this.#order("hush"));
    this.takeOver = button("Let the AI coach go", () => this.#order("take_over"));
    this.leave = button("", () => this.#visit?.leave(), "cr-end");
    this.hint = new Line({
      label: "Hint for the AI coach",
      help: "The AI coach reads it and need not answer. The client sees that there was a hint, and reads it after the session.",
      press: "Send the hint",
      most: MAX_TEXT,
      send: (text) => this.#order("hint", text),
    });
    this.say = new Line({
      label: "Message to the client",
      help: "The client reads it at once, and the AI coach too if it is in a call.",
      press: "Send the message",
      most: MAX_TEXT,
      send: (text) => this.#order("say", text),
    });
    this.handBack = new Line({
      label: "Hand back: what did you two talk about, in one sentence?",
      help: "The client and the AI coach read it. Then the AI coach goes on from there.",
      press: "Hand back to the AI coach",
      most: MAX_SUMMARY,
      send: (text) => this.#order("hand_back", text),
    });
    this.deeds = el("ol", { class: "cr-live-deeds", ariaLabel: "What you have written" });
    this.back = el("a", { class: "cr-btn cr-primary" });
    this.side = el(
      "div",
      { class: "cr-live-side" },
      this.modes,
      this.modeHelp,
      el("div", { class: "cr-actions" }, this.hush, this.takeOver),
      this.handBack.node,
      this.hint.node,
      this.say.node,
      this.deeds,
    );
    this.seen = el(
      "div",
      { class: "cr-live-seen" },
      this.client.node,
      el("div", { class: "cr-live-own" }, this.ownStage, this.camera),
    );
    this.grid = el("div", { class: "cr-live-grid" }, this.seen, this.side);
    root.append(
      this.spoken,
      this.status,
      this.detail,
      this.problem,
      this.grid,
      el("div", { class: "cr-actions" }, this.leave, this.back),
      this.agent,
    );
  }

  /** @param {ComponentArgs<LiveCoachData>} args */
  update({ data }) {
    applyTheme(this.root);
    if (this.#visit?.data.join_id === data.join_id) return;
    this.#visit?.dispose();
    this.#visit = new LiveVisit(data, () => this.#render());
    this.#visit.open();
    window.clearInterval(this.#timer);
    this.#timer = window.setInterval(() => this.#render(), CLOCK_MS);
    this.#render();
  }

  dispose() {
    window.clearInterval(this.#timer);
    this.#visit?.dispose();
    this.client.stop();
  }

  /** @param {Act} act @param {string} [text] */
  #order(act, text) {
    return this.#visit?.order(act, text) ?? false;
  }

  #talkToBoth() {
    const visit = this.#visit;
    if (!visit) return;
    if (visit.cancelsEcho) visit.order("both");
    else setText(this.modeHelp, NO_ECHO_CANCELLATION);
  }

  #render() {
    const visit = this.#visit;
    if (!visit) return;
    const { join, mode, client, peer } = visit;
    const name = visit.data.client;
    const inside = join === "admitted";
    const apart = mode === "private";
    this.root.dataset.join = join;
    const [status, detail] = statusOf(visit);
    setText(this.status, status);
    setText(this.spoken, status);
    setText(this.detail, detail);
    setHidden(this.detail, !detail);
    const problem = visit.problem && inside ? notDone(name, visit.problem) : "";
    setText(this.problem, problem);
    setHidden(this.problem, !problem);
    setHidden(this.grid, !inside);
    this.client.show(visit.streams.client, peer ? `${name} has no camera on.` : `${name} is not connected.`);
    if (this.agent.srcObject !== visit.streams.agent) this.agent.srcObject = visit.streams.agent;
    if (this.own.srcObject !== visit.own) this.own.srcObject = visit.own;
    setHidden(this.ownStage, !visit.hasCamera || !visit.cameraOn);
    setText(this.camera, visit.cameraOn ? "Turn my camera off" : "Turn my camera on");
    setHidden(this.camera, !visit.hasCamera);
    for (const [node, pressed] of /** @type {[HTMLButtonElement, boolean][]} */ ([
      [this.listen, mode === "listening"],
      [this.both, mode === "both"],
      [this.private, apart],
    ]))
      node.setAttribute("aria-pressed", String(pressed));
    const mayTalk = visit.hasMicrophone && visit.linked;
    setDisabled(this.listen, apart);
    setDisabled(this.both, apart || !mayTalk || (client.call === "in_call" && !client.mixer));
    setDisabled(this.private, !apart && !mayTalk);
    if (mode === "both" || visit.cancelsEcho || this.modeHelp.textContent !== NO_ECHO_CANCELLATION)
      setText(this.modeHelp, modeHelp(visit));
    setHidden(this.hush, apart || client.call !== "in_call");
    setHidden(this.takeOver, !(apart && client.held));
    setHidden(this.handBack.node, !apart);
    setHidden(this.hint.node, client.call !== "in_call");
    setText(this.leave, join === "asked" ? "Take the question back" : "Leave the session");
    setHidden(this.leave, join !== "asked" && !inside);
    setText(this.back, `Go to ${name}'s page`);
    this.back.setAttribute("href", visit.data.client_url);
    setHidden(this.back, join !== "over");
    this.#renderDeeds(visit.deeds, name);
  }

  /** @param {Deed[]} deeds @param {string} client */
  #renderDeeds(deeds, client) {
    const lines = deeds.filter(({ text }) => text).map((deed) => deedLine(deed, client));
    setHidden(this.deeds, !lines.length);
    if (lines.join("\n") === [...this.deeds.children].map(({ textContent }) => textContent).join("\n"))
      return;
    this.deeds.replaceChildren(...lines.map((line) => el("li", {}, line)));
  }
}

const NO_ECHO_CANCELLATION =
  "Your browser does not take the sound of your loudspeaker out of this microphone, so the AI coach would hear itself. " +
  "Use headphones with a microphone of their own, then reload this page. You can still talk in private.";

/** @param {Deed} deed @param {string} client */
function deedLine({ act, text, done }, client) {
  const to = act === "say" ? `To ${client}` : act === "hint" ? "Hint" : "Handed back";
  return `${to}: ${text}${done && !done.done ? " (not delivered)" : ""}`;
}

/**
 * What is going on, and what it means.
 * @param {LiveVisit} visit
 * @returns {[string, string]}
 */
function statusOf(visit) {
  const { join, data, peer, socket, why, client, answer } = visit;
  const name = data.client;
  if (join === "over") return [overForCoach(name, why), "Your microphone and camera are off."];
  if (join === "opening") return ["You are being connected.", ""];
  if (join === "asked")
    return [
      `${name} is asked to let you in.`,
      `They have ${visit.secondsToAnswer} seconds to answer. Until then you see and hear nothing, and your microphone and camera are off.`,
    ];
  if (!socket.here) return ["The connection is interrupted. You are being connected again.", ""];
  if (!peer)
    return [`${name}'s page is not connected just now.`, "You are connected again as soon as it is back."];
  if (!visit.linked)
    return answer.state === "failed"
      ? ["Your two devices cannot reach each other.", `You can still write to ${name} and to the AI coach.`]
      : [`You are being connected with ${name}.`, ""];
  return [modeOf(visit), client.muted ? `${name} is muted: you and the AI coach do not hear them.` : ""];
}

/** Who hears whom. @param {LiveVisit} visit */
function modeOf({ mode, client, data }) {
  const name = data.client;
  if (mode === "both")
    return client.call === "in_call"
      ? `${name} and the AI coach hear you.`
      : `${name} hears you. The AI coach is not in a call.`;
  if (mode === "private")
    return client.held
      ? `Only ${name} hears you. The AI coach waits, for one minute at most.`
      : `Only ${name} hears you. The AI coach has left the call.`;
  return client.call === "in_call"
    ? `You hear ${name} and the AI coach. Nobody hears you.`
    : `You hear ${name}. Nobody hears you, and the AI coach is not in a call.`;
}

/** What the buttons would do, or why one cannot be pressed. @param {LiveVisit} visit */
function modeHelp({ asked, hasMicrophone, linked, mode, client, data }) {
  if (asked && !hasMicrophone && linked)
    return "No microphone is in use here, so you can only listen and write. Allow it beside the address, then reload this page.";
  if (mode === "private") return "Hand back with one sentence when you are done.";
  if (client.call === "in_call" && !client.mixer && linked)
    return `${data.client}'s browser cannot pass your voice on to the AI coach. You can talk in private.`;
  return "Talk to both: the AI coach hears you too. Talk in private: it waits up to one minute, then leaves the call.";
}

/** The component live_coach. */
export default mountOnce("live-coach", (root) => new LiveCoach(root));
