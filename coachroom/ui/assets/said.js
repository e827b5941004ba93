// @ts-check
// What was said in this session as far as this page knows, so that a new call or a new widget shows it again. No DOM.
import { hasWords } from "./words.js";
/** @import { SaidBefore } from "./component_data.js" */

const MAX_TURNS = 500;

/** The session's words, oldest first. */
export class Said {
  /** @type {{ sender: string, text: string, event_id?: unknown }[]} */
  #turns;

  /** @param {SaidBefore[]} [earlier] What was said before this page was loaded. */
  constructor(earlier = []) {
    this.#turns = [...earlier];
  }

  /**
   * Takes in one of the bridge's events.
   * @param {string} kind
   * @param {Record<string, any>} event
   */
  take(kind, { sender, text, event_id }) {
    if (kind === "turn" && hasWords(text)) this.#turns.push({ sender, text, event_id });
    if (kind === "correction" && hasWords(text)) {
      const turn = this.#turns.findLast((each) => each.sender === "agent" && each.event_id === event_id);
      if (turn) turn.text = text;
    }
  }

  /** The words as the widget keeps them. */
  get messages() {
    return this.#turns.slice(-MAX_TURNS).map(({ sender, text }) => ({
      type: "message",
      role: sender === "client" ? "user" : "agent",
      message: text,
      isText: sender === "client",
      conversationIndex: -1, // of no call of this widget
    }));
  }
}
