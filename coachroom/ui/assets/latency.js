// How long the coach took to answer: from the client's last words to the first sound, or to the
// text where nobody speaks. The text may come before the sound or after it.
export class LatencyTracker {
  #since = null;
  #turn = null; // number of the coach's turn that answered, once known
  #measured = null; // sound came first: kept for the turn that follows

  clientSpoke(now) {
    this.#since = now;
    this.#turn = null;
    this.#measured = null;
  }

  /** Call before the turn is recorded; returns the latency that belongs into it, or null. */
  agentAnswers(now, { silent }) {
    if (this.#measured !== null) {
      const latency = this.#measured;
      this.#measured = null;
      return latency;
    }
    if (!silent || this.#since === null) return null;
    return this.#take(now);
  }

  agentTurnRecorded(n) {
    if (this.#since !== null && this.#turn === null) this.#turn = n;
  }

  /** Returns { turn, latency_ms } when an earlier turn must be told, else null. */
  agentSounds(now) {
    if (this.#since === null) return null;
    const turn = this.#turn;
    const latency = this.#take(now);
    if (turn !== null) return { turn, latency_ms: latency };
    this.#measured = latency;
    return null;
  }

  /** Answered without a new sound (it was speaking already): the chance to measure has passed. */
  agentListens() {
    if (this.#turn !== null) this.reset();
  }

  reset() {
    this.#since = this.#turn = this.#measured = null;
  }

  #take(now) {
    const latency = Math.max(0, Math.round(now - this.#since));
    this.#since = this.#turn = null;
    return latency;
  }
}
