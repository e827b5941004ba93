// @ts-check
// What the AI coach is told of who is in the room: whenever that changes, and anew in each call. No DOM.
/** @import { Bridge } from "./bridge.js" */
/** @import { LiveMode } from "./live_orders.js" */

const CONTEXT = "human-coach";

/** What one human coach's presence means to the AI coach. */
export class LivePresence {
  /** @type {string | null} */
  #told = null;

  /**
   * The coach is here, and takes part in this way.
   * @param {Pick<Bridge, "sendContext">} bridge A call that has begun.
   * @param {string} coach
   * @param {LiveMode} mode
   */
  tell(bridge, coach, mode) {
    const text = presenceText(coach, mode);
    if (text === this.#told) return;
    this.#told = text;
    bridge.sendContext(text, CONTEXT);
  }

  /** The call is over: the next one knows nothing of it. */
  callEnded() {
    this.#told = null;
  }

  /** The coach is gone. @param {Pick<Bridge, "sendContext"> | undefined} bridge @param {string} coach */
  end(bridge, coach) {
    if (this.#told) bridge?.sendContext(leftText(coach), CONTEXT);
    this.#told = null;
  }
}

/** @param {string} coach @param {LiveMode} mode */
function presenceText(coach, mode) {
  const here = `The human coach ${coach} is in the room, sees the client and hears both of you.`;
  if (mode === "both")
    return `${here} ${coach} now talks as well: what you hear may be either of the two. Let them finish.`;
  if (mode === "private") return `${here} The two talk without you. Wait, and say nothing.`;
  return `${here} ${coach} only listens. Go on with the client as before.`;
}

/** @param {string} coach */
const leftText = (coach) =>
  `The human coach ${coach} has left the room. You are alone with the client again.`;
