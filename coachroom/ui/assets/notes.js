// @ts-check
// What the agent noted in this session, and the stages reached. No DOM.
import { PROBLEM } from "./messages.js";
/** @import { Note } from "./component_data.js" */
/** @import { Reply } from "./http.js" */

/** The session's notes, and the request to undo one. */
export class Notes {
  /** @type {Note[]} */
  #notes;
  /** @type {Set<string>} */
  #reached;
  /** @type {Set<string>} */
  #undoing = new Set();
  /** Undone notes keep their place: what is below one must not move under the pointer. @type {Set<string>} */
  #undone = new Set();

  /**
   * @param {object} parts
   * @param {Note[]} [parts.notes] What the server has noted so far, oldest first.
   * @param {string[]} [parts.stages] Stages reached so far.
   * @param {(id: string) => Promise<Reply>} parts.requestUndo
   * @param {() => void} [parts.onChange]
   */
  constructor({ notes = [], stages = [], requestUndo, onChange = () => {} }) {
    this.#notes = [...notes];
    this.#reached = new Set(stages);
    this.requestUndo = requestUndo;
    this.onChange = onChange;
    /** How the last undo went, as a sentence. */
    this.message = "";
  }

  /** The notes, oldest first; `busy` while one is being undone, `undone` after that. */
  get all() {
    return this.#notes.map((note) => ({
      ...note,
      busy: this.#undoing.has(note.id),
      undone: this.#undone.has(note.id),
    }));
  }

  get reached() {
    return this.#reached;
  }

  /**
   * Takes in what the server answered to one of the agent's tools.
   * @param {{ note?: Note | null, stage?: string | null }} answer
   */
  add({ note = null, stage = null }) {
    if (note && !this.#notes.some(({ id }) => id === note.id)) this.#notes.push(note);
    if (note) this.#undone.delete(note.id);
    if (stage) this.#reached.add(stage);
    if (note) this.message = "";
    if (note || stage) this.onChange();
  }

  /** Nothing is noted any more, and nothing was. */
  clear() {
    this.#notes = [];
    this.#reached.clear();
    this.#undone.clear();
    this.message = "";
    this.onChange();
  }

  /**
   * Asks the server to undo a note; true when it is gone.
   * @param {string} id
   */
  async undo(id) {
    const note = this.#notes.find((each) => each.id === id);
    if (!note || this.#undoing.has(id) || this.#undone.has(id)) return false;
    this.#undoing.add(id);
    this.onChange();
    const reply = await this.requestUndo(id).catch(() => null);
    this.#undoing.delete(id);
    const undone = reply?.status === 200 && reply.answer?.undone === true;
    if (undone) {
      // Notes that rest on it, or came from the same words, may be gone with it.
      const left = new Set(reply.answer.notes.map((/** @type {Note} */ each) => each.id));
      // What was looked up is not kept, so that it is never left.
      const gone = this.#notes.filter((each) => each.kind && (each.id === id || !left.has(each.id)));
      for (const each of gone) this.#undone.add(each.id);
    }
    this.message = undone ? `Undone: ${note.text}` : PROBLEM.undo;
    this.onChange();
    return undone;
  }
}
