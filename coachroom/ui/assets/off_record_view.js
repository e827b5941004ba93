// @ts-check
// The button that takes the session off the record, the question before, and the sentence after. Only DOM.
import { el, setDisabled, setHidden, setText } from "./dom.js";
/** @import { OffRecord } from "./off_record.js" */

const QUESTION =
  "Off the record, nothing of this session is kept: not what you said so far, not what was noted, not what comes. " +
  "Only when it was and how long it took stays. This cannot be taken back.";
const SENTENCE = "Off the record: nothing of this session is kept but when it was and how long it took.";

/** Parts of the agent's box: `chip` for its header, `node` for what is said. */
export class OffRecordView {
  /**
   * @param {object} callbacks
   * @param {() => void} callbacks.onQuestion
   * @param {() => void} callbacks.onTake
   */
  constructor({ onQuestion, onTake }) {
    this.chip = el("button", { type: "button", class: "cr-chip", onclick: onQuestion }, "Off the record");
    this.question = el("p", { class: "cr-hint", tabindex: "-1" }, QUESTION);
    this.yes = el("button", { type: "button", class: "cr-btn", onclick: onTake }, "Take it off the record");
    this.no = el("button", { type: "button", class: "cr-btn", onclick: onQuestion }, "Keep it on the record");
    this.problem = el("p", { class: "cr-problem", role: "alert", hidden: true });
    this.asked = el(
      "div",
      { class: "cr-off-record", hidden: true },
      this.question,
      this.yes,
      this.no,
      this.problem,
    );
    this.sentence = el("p", { class: "cr-hint", role: "status" });
    this.node = el("div", {}, this.asked, this.sentence);
  }

  /** @param {OffRecord} offRecord @param {boolean} over Whether the session is over. */
  render(offRecord, over) {
    const { on, asking, problem } = offRecord;
    const opens = asking && this.asked.hidden;
    setHidden(this.chip, over);
    setDisabled(this.chip, on);
    this.chip.setAttribute("aria-pressed", String(on));
    this.chip.setAttribute("aria-expanded", String(asking));
    setHidden(this.asked, !asking || over);
    setText(this.problem, problem ?? "");
    setHidden(this.problem, !problem);
    setText(this.sentence, on && !over ? SENTENCE : "");
    if (opens) this.question.focus();
  }
}
