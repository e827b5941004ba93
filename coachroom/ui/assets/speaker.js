// @ts-check
// Who spoke: the AI coach hears one sound, and its transcript does not say whose words they are. Told by how much was
// heard of each of the two since the last transcript. No DOM.

const LOUD = 0.01; // below, it is the room
const MOSTLY = 0.7;

/** @typedef {"client" | "coach" | "mixed"} Who */

/** Listens to both until asked. */
export class Speaker {
  #clientMs = 0;
  #coachMs = 0;

  /**
   * @param {{ client: number, coach: number }} levels What the AI coach hears of each: root mean square, 0 to 1.
   * @param {number} ms How long that lasted.
   */
  hear({ client, coach }, ms) {
    if (client > LOUD) this.#clientMs += ms;
    if (coach > LOUD) this.#coachMs += ms;
  }

  /** Who spoke since the last call of this; the client where nobody was heard. @returns {Who} */
  take() {
    const all = this.#clientMs + this.#coachMs;
    const share = all ? this.#coachMs / all : 0;
    this.#clientMs = this.#coachMs = 0;
    if (share > MOSTLY) return "coach";
    return share < 1 - MOSTLY ? "client" : "mixed";
  }
}
