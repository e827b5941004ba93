// The session's stages in one line, and what was noted with a button to undo each. Only DOM.
import { el, setDisabled, setHidden, setText } from "./dom.js";
import { STAGES } from "./messages.js";

export class NotesView {
  #items = new Map(); // note id → its list item

  constructor({ onUndo }) {
    this.onUndo = onUndo;
    this.stages = STAGES.map(([stage, label]) => [stage, el("li", {}, label)]);
    this.arc = el(
      "ol",
      { class: "cr-stages", ariaLabel: "Stages of this session" },
      this.stages.map(([, item]) => item),
    );
    this.list = el("ul", { ariaLive: "polite", ariaLabel: "Noted" });
    this.title = el("p", { class: "cr-notes-title", tabindex: "-1" }, "Noted");
    this.noted = el("div", { class: "cr-notes", hidden: true }, this.title, this.list);
    this.said = el("p", { class: "cr-help", role: "status" });
    this.node = el("div", {}, this.arc, this.noted, this.said);
  }

  render(notes) {
    const current = this.stages.findLast(([stage]) => notes.reached.has(stage))?.[0];
    for (const [stage, item] of this.stages) {
      item.classList.toggle("cr-reached", notes.reached.has(stage));
      if (stage === current) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    this.#renderList(notes.latest);
    setText(this.said, notes.said);
  }

  #renderList(latest) {
    const ids = new Set(latest.map(({ id }) => id));
    for (const [id, { item }] of this.#items) {
      if (ids.has(id)) continue;
      // The focus must not get lost with the button that had it.
      if (item.contains(item.getRootNode().activeElement)) this.title.focus();
      item.remove();
      this.#items.delete(id);
    }
    latest.forEach((note, place) => {
      const { item, button } = this.#itemFor(note);
      setDisabled(button, note.busy);
      if (this.list.children[place] !== item) this.list.insertBefore(item, this.list.children[place] ?? null);
    });
    setHidden(this.noted, !latest.length);
  }

  #itemFor(note) {
    if (!this.#items.has(note.id)) {
      const button = el(
        "button",
        {
          type: "button",
          class: "cr-undo",
          ariaLabel: `Undo: ${note.text}`,
          onclick: () => this.onUndo(note.id),
        },
        "Undo",
      );
      this.#items.set(note.id, {
        item: el("li", {}, el("span", { title: note.text }, note.text), button),
        button,
      });
    }
    return this.#items.get(note.id);
  }
}
