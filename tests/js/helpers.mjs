// A clock that only moves when told, and the little of a browser the modules look at.

export function fakeClock(start = 1_000_000) {
  let time = start;
  let timers = [];
  let last = 0;
  const add = (ms, f, every) => {
    timers.push({ id: ++last, at: time + ms, f, every });
    return last;
  };
  return {
    now: () => time,
    after: (ms, f) => add(ms, f, null),
    every: (ms, f) => add(ms, f, ms),
    cancel: (id) => {
      timers = timers.filter((timer) => timer.id !== id);
    },
    /** Runs what is due, one timer at a time, letting promises settle in between. */
    async pass(ms) {
      const until = time + ms;
      await settle();
      for (;;) {
        const due = timers.filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        time = Math.max(time, due.at);
        if (due.every) due.at += due.every;
        else timers = timers.filter((timer) => timer !== due);
        due.f();
        await settle();
      }
      time = until;
    },
  };
}

export const settle = () => new Promise((resolve) => setImmediate(resolve));

/** What onConversationCreated hands out: the parts of the client's conversation that the room touches. */
export function fakeConversation({ type = "voice", id = "conv_1" } = {}) {
  const calls = { muted: [], sent: [], context: [], ended: 0 };
  return {
    calls,
    type,
    options: { onMessage() {}, onModeChange() {}, onStatusChange() {}, onDisconnect() {} },
    getId: () => id,
    setMicMuted: (muted) => calls.muted.push(muted),
    sendUserMessage: (text) => calls.sent.push(text),
    sendMultimodalMessage: (message) => calls.sent.push(message),
    sendContextualUpdate: (text, options) => calls.context.push([text, options?.contextId]),
    getInputVolume: () => 0.4,
    getOutputVolume: () => 0.2,
    async endSession() {
      calls.ended += 1;
      this.options.onStatusChange({ status: "disconnecting" });
      this.options.onStatusChange({ status: "disconnected" });
      this.options.onDisconnect({ reason: "user" });
    },
  };
}
