// What the coach has noted in this session, and how far the conversation has come. No DOM.
import { PROBLEM } from "./messages.js";

export class Notes {
  #notes;
  #reached;
  #undoing = new Set();

  /** Begins with what the server knows; undo(id) → Promise<{status, answer}>; onChange() after every change. */
  constructor({ notes = [], stages = [], undo, onChange = () => {} }) {
    this.#notes = [...notes];
    this.#reached = new Set(stages);
    this.undo = undo;
    this.onChange = onChange;
    this.said = "";
  }

  /** The latest first; `busy` while it is being undone. */
  get latest() {
    return this.#notes.toReversed().map((note) => ({ ...note, busy: this.#undoing.has(note.id) }));
  }

  get reached() {
    return this.#reached;
  }

  /** An answer of the server to one of the agent's tools. */
  answered({ note = null, stage = null }) {
    if (note && !this.#notes.some(({ id }) => id === note.id)) this.#notes.push(note);
    if (stage) this.#reached.add(stage);
    if (note) this.said = "";
    if (note || stage) this.onChange();
  }

  /** Takes one back; true when it is gone. */
  async takeBack(id) {
    const note = this.#notes.find((each) => each.id === id);
    if (!note || this.#undoing.has(id)) return false;
    this.#undoing.add(id);
    this.onChange();
    const reply = await this.undo(id).catch(() => null);
    this.#undoing.delete(id);
    const undone = reply?.status === 200 && reply.answer?.undone === true;
    if (undone) {
      // With it may have gone what rested on the same words.
      const left = new Set(reply.answer.notes.map((each) => each.id));
      this.#notes = this.#notes.filter((each) => each.id !== id && left.has(each.id));
    }
    this.said = undone ? `Undone: ${note.text}` : PROBLEM.undo;
    this.onChange();
    return undone;
  }
}
