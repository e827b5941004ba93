// @ts-check
// The offer to go on in writing, at hand whenever the coach is not connected.
import { el, setHidden } from "./dom.js";

/** The button, and when it is there. */
export class WriteInstead {
  /** @param {() => void} onWrite */
  constructor(onWrite) {
    this.node = el(
      "button",
      { type: "button", class: "cr-btn", hidden: true, onclick: onWrite },
      "Write instead",
    );
  }

  /** @param {{ inCall: boolean, over: boolean, offRecord: { on: boolean } }} room What is written is kept. */
  render({ inCall, over, offRecord }) {
    setHidden(this.node, inCall || over || offRecord.on);
  }
}
