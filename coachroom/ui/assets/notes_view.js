// @ts-check
// Draws the session's stages in one line, and the notes with a button to undo each. Only DOM.
import { el, setDisabled, setHidden, setText } from "./dom.js";
import { STAGES } from "./messages.js";
/** @import { Note } from "./component_data.js" */
/** @import { Notes } from "./notes.js" */

/** The part of the agent's box that shows stages and notes. */
export class NotesView {
  /** @type {Map<string, { item: HTMLLIElement, button: HTMLButtonElement }>} By note id. */
  #items = new Map();

  /** @param {{ onUndo: (id: string) => void }} callbacks */
  constructor({ onUndo }) {
    this.onUndo = onUndo;
    this.stageItems = STAGES.map(([stage, label]) => ({ stage, item: el("li", {}, label) }));
    this.stages = el(
      "ol",
      { class: "cr-stages", ariaLabel: "Stages of this session" },
      this.stageItems.map(({ item }) => item),
    );
    this.list = el("ul", { ariaLive: "polite", ariaLabel: "Noted" });
    this.title = el("p", { class: "cr-notes-title", tabindex: "-1" }, "Noted");
    this.noted = el("div", { class: "cr-notes", hidden: true }, this.title, this.list);
    this.message = el("p", { class: "cr-help", role: "status" });
    this.node = el("div", {}, this.stages, this.noted, this.message);
  }

  /** @param {Notes} notes */
  render(notes) {
    const current = this.stageItems.findLast(({ stage }) => notes.reached.has(stage));
    for (const each of this.stageItems) {
      each.item.classList.toggle("cr-reached", notes.reached.has(each.stage));
      if (each === current) each.item.setAttribute("aria-current", "step");
      else each.item.removeAttribute("aria-current");
    }
    this.#renderList(notes.all);
    setText(this.message, notes.message);
  }

  /** New notes come last and undone ones stay, so that nothing moves under the pointer. @param {Notes["all"]} all */
  #renderList(all) {
    for (const [id, { item }] of this.#items) {
      if (all.some((note) => note.id === id)) continue;
      item.remove();
      this.#items.delete(id);
    }
    for (const note of all) {
      const { item, button } = this.#itemFor(note);
      if (note.undone) this.#keepFocus(item);
      item.classList.toggle("cr-undone", note.undone);
      const label = note.undone ? "Undone" : "Undo";
      setText(button, label);
      button.setAttribute("aria-label", `${label}: ${note.text}`);
      setDisabled(button, note.busy || note.undone);
    }
    setHidden(this.noted, !all.length);
  }

  /** Moves the focus to the title when it is on a button that cannot be pressed any more. @param {HTMLElement} item */
  #keepFocus(item) {
    const root = /** @type {Document | ShadowRoot} */ (item.getRootNode());
    if (item.contains(root.activeElement)) this.title.focus();
  }

  /** @param {Note} note */
  #itemFor(note) {
    const known = this.#items.get(note.id);
    if (known) return known;
    const button = el(
      "button",
      {
        type: "button",
        class: "cr-undo",
        onclick: () => this.onUndo(note.id),
      },
      "Undo",
    );
    const text = el("span", { title: note.text }, note.text);
    const made = { item: el("li", {}, text, ...(note.kind ? [button] : [])), button };
    this.#items.set(note.id, made);
    this.list.append(made.item);
    if (!this.list.matches(":hover, :focus-within")) this.list.scrollTop = this.list.scrollHeight;
    return made;
  }
}
