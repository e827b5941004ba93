// @ts-check
// Draws the frame around the widget: header, hints, the one primary button. Only DOM, no decisions.
import { el, setDisabled, setHidden, setText } from "./dom.js";
import { NotesView } from "./notes_view.js";
import { applyTheme } from "./theme.js";
/** @import { Notes } from "./notes.js" */

/**
 * @typedef {object} AgentViewState
 * @property {boolean} practice
 * @property {boolean} textOnly
 * @property {boolean} inCall
 * @property {boolean} over Whether the session is over.
 * @property {boolean} boxHidden Whether there is no widget to show.
 * @property {string} label The status in a word or two.
 * @property {string} sentence The status for a screen reader.
 * @property {string} hint
 * @property {string | null} problem
 * @property {boolean} canStart
 * @property {boolean} starting
 * @property {string} startLabel
 * @property {boolean} canRetry
 */

/** The agent's box. */
export class AgentView {
  /**
   * @param {HTMLElement} root
   * @param {object} callbacks
   * @param {() => void} callbacks.onStart
   * @param {() => void} callbacks.onRetry
   * @param {() => void} callbacks.onSkip Called by the button that leads the keyboard into the conversation.
   * @param {(note: string) => void} callbacks.onUndo
   */
  constructor(root, { onStart, onRetry, onSkip, onUndo }) {
    this.root = root;
    this.title = el("h2", { class: "cr-title" }, "AI Coach");
    this.practice = el("span", { class: "cr-tag", hidden: true }, "Practice coach");
    this.status = el("span", { class: "cr-pill" });
    this.countdown = el("span", { class: "cr-countdown" });
    this.spokenStatus = el("span", { class: "cr-visually-hidden", role: "status" });
    this.spokenTime = el("span", { class: "cr-visually-hidden", role: "status" });
    this.clientVolume = el("i");
    this.agentVolume = el("i");
    this.meters = el("div", { class: "cr-meters", ariaHidden: "true" }, [
      el("span", { class: "cr-meter" }, "You", el("b", {}, this.clientVolume)),
      el("span", { class: "cr-meter" }, "Coach", el("b", {}, this.agentVolume)),
    ]);
    this.hint = el("p", { class: "cr-hint" });
    this.problem = el("p", { class: "cr-problem", role: "alert", hidden: true });
    this.start = el("button", { type: "button", class: "cr-btn cr-primary", onclick: onStart });
    this.retry = el(
      "button",
      { type: "button", class: "cr-btn", hidden: true, onclick: onRetry },
      "Try again",
    );
    this.notes = new NotesView({ onUndo });
    this.box = el(
      "div",
      { class: "cr-box" },
      el("button", { type: "button", class: "cr-btn cr-skip", onclick: onSkip }, "Go to the conversation"),
    );
    root.append(
      el(
        "header",
        { class: "cr-agent-head" },
        this.title,
        this.practice,
        this.status,
        this.countdown,
        this.meters,
      ),
      el("div", { class: "cr-agent-bar" }, this.hint, this.start, this.retry),
      this.problem,
      this.notes.node,
      this.box,
      this.spokenStatus,
      this.spokenTime,
    );
  }

  /** The page's element that holds the box: outside the component's shadow root. */
  get host() {
    const root = this.root.getRootNode();
    return root instanceof ShadowRoot ? root.host : this.root;
  }

  /** Takes on the page's theme, and returns it. */
  applyTheme() {
    return applyTheme(this.root);
  }

  /** @param {AgentViewState} state */
  render(state) {
    setHidden(this.practice, !state.practice);
    setText(this.status, state.label);
    this.status.dataset.state = state.label.toLowerCase().replaceAll(" ", "-");
    setText(this.spokenStatus, state.sentence);
    setText(this.hint, state.hint);
    setHidden(this.hint, !state.hint);
    setText(this.problem, state.problem ?? "");
    setHidden(this.problem, !state.problem);
    setText(this.start, state.startLabel);
    setHidden(this.start, !state.canStart);
    setDisabled(this.start, state.starting);
    setHidden(this.retry, !state.canRetry);
    setHidden(this.box, state.boxHidden);
    setHidden(this.countdown, state.over);
    setHidden(this.meters, !state.inCall || state.textOnly);
  }

  /**
   * @param {string | null} label The time left.
   * @param {string | null} announcement What a screen reader says of it.
   */
  renderTime(label, announcement) {
    setText(this.countdown, label ?? "");
    if (announcement) setText(this.spokenTime, announcement);
  }

  /** @param {Notes} notes */
  renderNotes(notes) {
    this.notes.render(notes);
  }

  /** @param {{ client: number, agent: number }} volumes 0 to 1 */
  renderVolumes({ client, agent }) {
    this.clientVolume.style.transform = `scaleX(${Math.min(1, client * 1.6).toFixed(2)})`;
    this.agentVolume.style.transform = `scaleX(${Math.min(1, agent * 1.6).toFixed(2)})`;
  }
}
