// The frame around the widget: header, hints, the one primary button. Only DOM, no decisions.
import { el, setDisabled, setHidden, setText } from "./dom.js";
import { NotesView } from "./notes_view.js";

export class AgentView {
  constructor(root, { onStart, onRetry, onSkip, onUndo }) {
    this.root = root;
    this.title = el("h2", { class: "cr-title" }, "AI Coach");
    this.practice = el("span", { class: "cr-tag", hidden: true }, "Practice coach");
    this.pill = el("span", { class: "cr-pill" });
    this.left = el("span", { class: "cr-countdown" });
    this.spoken = el("span", { class: "cr-visually-hidden", role: "status" });
    this.spokenTime = el("span", { class: "cr-visually-hidden", role: "status" });
    this.you = el("i");
    this.coach = el("i");
    this.meters = el("div", { class: "cr-meters", ariaHidden: "true" }, [
      el("span", { class: "cr-meter" }, "You", el("b", {}, this.you)),
      el("span", { class: "cr-meter" }, "Coach", el("b", {}, this.coach)),
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
      el("header", { class: "cr-agent-head" }, this.title, this.practice, this.pill, this.left, this.meters),
      el("div", { class: "cr-agent-bar" }, this.hint, this.start, this.retry),
      this.problem,
      this.notes.node,
      this.box,
      this.spoken,
      this.spokenTime,
    );
  }

  render(state) {
    setHidden(this.practice, !state.practice);
    setText(this.pill, state.word);
    this.pill.dataset.state = state.word.toLowerCase().replaceAll(" ", "-");
    setText(this.spoken, state.sentence);
    setText(this.hint, state.hint);
    setHidden(this.hint, !state.hint);
    setText(this.problem, state.problem ?? "");
    setHidden(this.problem, !state.problem);
    setText(this.start, state.startLabel);
    setHidden(this.start, !state.canStart);
    setDisabled(this.start, state.starting);
    setHidden(this.retry, !state.canRetry);
    setHidden(this.box, state.boxless);
    setHidden(this.left, state.over);
    setHidden(this.meters, !state.inCall || state.textOnly);
  }

  renderTime(label, announced) {
    setText(this.left, label ?? "");
    if (announced) setText(this.spokenTime, announced);
  }

  renderNotes(notes) {
    this.notes.render(notes);
  }

  renderVolumes({ client, agent }) {
    this.you.style.transform = `scaleX(${Math.min(1, client * 1.6).toFixed(2)})`;
    this.coach.style.transform = `scaleX(${Math.min(1, agent * 1.6).toFixed(2)})`;
  }
}
