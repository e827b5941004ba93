// @ts-check
// How long the agent takes to answer: from the client's last message to the first sound, or to the text in a
// typed conversation. The text may arrive before the sound or after it.

/** Measures one answer after the other, in milliseconds. */
export class LatencyTracker {
  /** @type {number | null} When the client's last message came. */
  #since = null;
  /** @type {number | null} Number of the agent's turn that answers it, once known. */
  #turn = null;
  /** @type {number | null} The sound came first: kept for the turn that follows. */
  #measured = null;

  /** @param {number} now */
  clientSpoke(now) {
    this.#since = now;
    this.#turn = null;
    this.#measured = null;
  }

  /**
   * Call before the agent's turn is recorded; returns the latency to record with it, or null.
   * @param {number} now
   * @param {{ silent: boolean }} conversation silent: typed, without sound.
   */
  agentAnswers(now, { silent }) {
    if (this.#measured !== null) {
      const latency = this.#measured;
      this.#measured = null;
      return latency;
    }
    return silent ? this.#take(now) : null;
  }

  /** @param {number} turn Its number. */
  agentTurnRecorded(turn) {
    if (this.#since !== null && this.#turn === null) this.#turn = turn;
  }

  /**
   * Returns the latency of a turn that is already recorded, or null.
   * @param {number} now
   */
  agentSounds(now) {
    const turn = this.#turn;
    const latency = this.#take(now);
    if (latency === null) return null;
    if (turn !== null) return { turn, latency_ms: latency };
    this.#measured = latency;
    return null;
  }

  /** The agent answered without a new sound, because it was speaking already: nothing can be measured. */
  agentListens() {
    if (this.#turn !== null) this.reset();
  }

  reset() {
    this.#since = this.#turn = this.#measured = null;
  }

  /** @param {number} now */
  #take(now) {
    if (this.#since === null) return null;
    const latency = Math.max(0, Math.round(now - this.#since));
    this.#since = this.#turn = null;
    return latency;
  }
}
