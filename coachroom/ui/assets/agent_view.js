// @ts-check
// Draws the frame around the widget: header, hints, the one primary button. Only DOM, no decisions.
import { el, setDisabled, setHidden, setText } from "./dom.js";
import { createIcon, setIcon } from "./icons.js";
import { NotesView } from "./notes_view.js";
import { OffRecordView } from "./off_record_view.js";
import { humanCoachIsHere, onHumanCoach } from "./registry.js";
import { ignoreSecondClicks } from "./second_click.js";
import { applyTheme } from "./theme.js";
import { WriteInstead } from "./write_instead.js";
/** @import { IconName } from "./icons.js" */
/** @import { Notes } from "./notes.js" */
/** @import { OffRecord } from "./off_record.js" */

/**
 * @typedef {object} AgentViewState
 * @property {boolean} practice
 * @property {boolean} silent Whether the call is one in which nobody speaks.
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
 * @property {number} moreMinutes How much more time is offered; 0 for none.
 * @property {boolean} canRetry
 * @property {boolean} canThink Whether the client may say that they are thinking, or hold a button to talk.
 * @property {boolean} thinking
 * @property {boolean} holdToTalk
 * @property {OffRecord} offRecord
 * @property {string} captionSize How large the words of the conversation are.
 */

const HUMAN_COACH_SHOWN = "coachroomHumanCoach"; // on the body: the box is Streamlit's, and room_page.css shows it

/**
 * A small button of the header, with a sign beside its word.
 * @param {IconName} icon
 * @param {Record<string, unknown>} props
 * @param {...(HTMLElement | string)} label
 */
function createChip(icon, props, ...label) {
  const svg = createIcon();
  setIcon(svg, icon);
  return el("button", { type: "button", ...props }, svg, ...label);
}

/** The agent's box. */
export class AgentView {
  /**
   * @param {HTMLElement} root
   * @param {object} callbacks
   * @param {() => void} callbacks.onStart
   * @param {() => void} callbacks.onRetry
   * @param {() => void} callbacks.onMoreTime
   * @param {() => void} callbacks.onSkip Called by the button that leads the keyboard into the conversation.
   * @param {(note: string) => void} callbacks.onUndo
   * @param {() => void} callbacks.onWrite Called by the button that leads to the session in writing.
   * @param {() => void} callbacks.onCaptions Called by the button that makes the words larger.
   * @param {() => void} callbacks.onThinking
   * @param {() => void} callbacks.onHoldToTalk
   * @param {() => void} callbacks.onQuestion Called by the button that asks whether to go off the record.
   * @param {() => void} callbacks.onTake Called by the button that takes the session off the record.
   */
  constructor(root, callbacks) {
    const { onStart, onRetry, onMoreTime, onSkip, onUndo, onWrite, onCaptions, onThinking, onHoldToTalk } =
      callbacks;
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
    this.budget = el("p", { class: "cr-hint", hidden: true });
    this.start = el("button", { type: "button", class: "cr-btn cr-primary", onclick: onStart });
    this.retry = el(
      "button",
      { type: "button", class: "cr-btn", hidden: true, onclick: onRetry },
      "Try again",
    );
    this.moreTime = el("button", { type: "button", class: "cr-btn", hidden: true, onclick: onMoreTime });
    this.write = new WriteInstead(onWrite);
    this.offRecord = new OffRecordView(callbacks);
    this.thinking = el("button", { type: "button", class: "cr-btn", hidden: true, onclick: onThinking });
    this.thinking.setAttribute("aria-keyshortcuts", "F2");
    this.hold = el(
      "button",
      { type: "button", class: "cr-chip", hidden: true, onclick: onHoldToTalk },
      "Hold to talk",
    );
    this.notes = new NotesView({ onUndo });
    this.box = el(
      "div",
      { class: "cr-box" },
      el("button", { type: "button", class: "cr-btn cr-skip", onclick: onSkip }, "Go to the conversation"),
    );
    this.noted = el("span", { class: "cr-count" });
    this.notesToggle = createChip(
      "notes",
      { class: "cr-chip cr-notes-toggle", ariaExpanded: "false", onclick: () => this.#toggleNotes() },
      "Notes",
      this.noted,
    );
    this.humanToggle = createChip(
      "person",
      { class: "cr-chip cr-human-toggle", ariaExpanded: "false", onclick: () => this.#toggleHumanCoach() },
      "Human Coach",
    );
    this.captions = el("button", { type: "button", class: "cr-chip cr-captions", onclick: onCaptions }, "Aa");
    this.grid = this.#layOut();
    root.append(this.grid, this.spokenStatus, this.spokenTime);
    this.#showHumanCoach(humanCoachIsHere());
    const stopListening = onHumanCoach(() => humanCoachIsHere() && this.#showHumanCoach(true));
    // Buttons take each other's place with every change of the call.
    const stopIgnoring = ignoreSecondClicks(window);
    /** Call when the view is gone. */
    this.stop = () => {
      stopListening();
      stopIgnoring();
    };
  }

  #layOut() {
    const chips = el(
      "div",
      { class: "cr-chips" },
      this.notesToggle,
      this.humanToggle,
      this.offRecord.chip,
      this.hold,
      this.captions,
    );
    const head = [this.title, this.practice, this.status, this.countdown, this.meters, chips];
    const bar = el(
      "div",
      { class: "cr-agent-bar" },
      this.hint,
      this.thinking,
      this.moreTime,
      this.start,
      this.retry,
      this.write.node,
    );
    return el(
      "div",
      { class: "cr-agent-grid" },
      el("header", { class: "cr-agent-head" }, head),
      el("div", { class: "cr-agent-side" }, this.notes.node),
      el("div", { class: "cr-agent-main" }, bar, this.offRecord.node, this.budget, this.problem, this.box),
    );
  }

  #toggleNotes() {
    const shown = this.grid.dataset.notes !== "shown";
    this.grid.dataset.notes = shown ? "shown" : "";
    this.notesToggle.setAttribute("aria-expanded", String(shown));
  }

  #toggleHumanCoach() {
    this.#showHumanCoach(document.body.dataset[HUMAN_COACH_SHOWN] === undefined);
  }

  /** @param {boolean} shown */
  #showHumanCoach(shown) {
    if (shown) document.body.dataset[HUMAN_COACH_SHOWN] = "";
    else delete document.body.dataset[HUMAN_COACH_SHOWN];
    this.humanToggle.setAttribute("aria-expanded", String(shown));
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
    setText(this.moreTime, `${state.moreMinutes} more minutes`);
    setHidden(this.moreTime, !state.moreMinutes);
    setHidden(this.retry, !state.canRetry);
    this.write.render(state);
    this.offRecord.render(state.offRecord, state.over);
    setText(this.thinking, state.thinking ? "Go on" : "I'm thinking");
    this.thinking.setAttribute("aria-pressed", String(state.thinking));
    setHidden(this.thinking, !state.canThink);
    this.hold.setAttribute("aria-pressed", String(state.holdToTalk));
    setHidden(this.hold, !state.canThink);
    setHidden(this.box, state.boxHidden);
    setHidden(this.countdown, state.over);
    setHidden(this.meters, !state.inCall || state.silent);
    this.captions.setAttribute("aria-label", `Aa, size of the words: ${state.captionSize}`);
  }

  /**
   * @param {string | null} label The time left.
   * @param {string | null} announcement What a screen reader says of it.
   */
  renderTime(label, announcement) {
    setText(this.countdown, label ?? "");
    if (announcement) setText(this.spokenTime, announcement);
  }

  /** @param {string | null} sentence How much of the budget is left, where that is little. */
  renderBudget(sentence) {
    setText(this.budget, sentence ?? "");
    setHidden(this.budget, !sentence);
  }

  /** @param {Notes} notes */
  renderNotes(notes) {
    this.notes.render(notes);
    const standing = notes.all.filter(({ undone }) => !undone).length;
    setText(this.noted, standing ? String(standing) : "");
  }

  /** @param {{ client: number, agent: number }} volumes 0 to 1 */
  renderVolumes({ client, agent }) {
    this.clientVolume.style.transform = `scaleX(${Math.min(1, client * 1.6).toFixed(2)})`;
    this.agentVolume.style.transform = `scaleX(${Math.min(1, agent * 1.6).toFixed(2)})`;
  }
}
