// Turns what the widget's conversation does into the room's events. The widget overwrites the
// callbacks a page puts into the call's config, so they are wrapped on the conversation itself,
// as soon as it exists and before its first message is handed out.
import { LatencyTracker } from "./latency.js";

const CLOSING_MS = 1500;

function reportLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}

export class Bridge {
  #attempt = 0;
  #latency = new LatencyTracker();
  #endReason = null;
  #closingTimer = null;

  /** add(kind, fields) → event; onChange() whenever status or mode changed. */
  constructor({ add, clock, microphone, onChange = () => {}, report = reportLater }) {
    Object.assign(this, { add, clock, microphone, onChange, report });
    this.status = "idle"; // idle · connecting · connected · disconnected · failed
    this.mode = "listening";
    this.reason = null;
    this.conversation = null;
    this.conversationId = null;
  }

  get inCall() {
    return this.status === "connected";
  }

  get busy() {
    return this.status === "connecting" || this.status === "connected";
  }

  /** Called from the widget's call event: the config may still be changed, the call starts after it. */
  prepare(
    config,
    {
      wsOrigin = null,
      textOnly = false,
      microphoneId = null,
      contexts = [],
      clientTools = {},
      onFailed = () => {},
    } = {},
  ) {
    const attempt = ++this.#attempt;
    if (wsOrigin) {
      config.origin = wsOrigin;
      config.connectionType = "websocket";
    }
    if (textOnly) {
      config.textOnly = true;
      config.overrides = {
        ...config.overrides,
        conversation: { ...config.overrides?.conversation, textOnly: true },
      };
    } else if (microphoneId) {
      config.inputDeviceId = microphoneId;
    }
    // The pause lets Android's audio system change over; elsewhere it is only waiting.
    config.connectionDelay = { default: 0, android: 300 };

    const current = () => attempt === this.#attempt;
    config.clientTools = Object.fromEntries(
      Object.entries(clientTools).map(([name, use]) => [
        name,
        (parameters) => this.#whileInCall(use(parameters), current),
      ]),
    );
    config.onConversationCreated = (conversation) => {
      if (current() && this.status === "connecting") this.#safely(() => this.#adopt(conversation, current));
      else conversation.endSession(); // connected after we had given up
    };
    const on = (name, f) => {
      config[name] = (payload) => {
        if (current()) this.#safely(() => f(payload));
      };
    };
    on("onConnect", () => {
      for (const { id, text } of contexts) this.tell(text, id);
    });
    on("onStartFailed", onFailed); // told by our build of the widget, not by the client library
    on("onInterruption", (event) => {
      this.#add("interruption", { event_id: event?.event_id ?? null });
    });
    on("onAgentResponseCorrection", (event) => {
      this.#add("correction", {
        event_id: event?.event_id ?? null,
        text: event?.corrected_agent_response ?? "",
        original: event?.original_agent_response ?? "",
      });
    });
    this.conversationId = null;
    this.#endReason = null;
    this.#set("connecting");
  }

  fail(reason, detail = null) {
    if (this.status !== "connecting") return;
    this.#attempt += 1;
    this.#set("failed", { reason, detail });
  }

  /** Something the coach should know and need not answer. */
  tell(text, contextId) {
    if (this.inCall) this.conversation.sendContextualUpdate(text, { contextId });
  }

  /** The reason is recorded in place of the client library's own. */
  async hangUp(reason) {
    if (!this.busy) return;
    this.#endReason = reason;
    if (!this.conversation) {
      this.#attempt += 1; // still connecting: let it end itself once it exists
      this.#over({ reason });
      return;
    }
    try {
      await this.conversation.endSession();
    } catch {
      this.#over({ reason });
    }
  }

  volumes() {
    if (!this.inCall) return { you: 0, coach: 0 };
    return { you: this.conversation.getInputVolume(), coach: this.conversation.getOutputVolume() };
  }

  /** Of a call that is over nobody waits for an answer: it would be sent into a closed connection. */
  #whileInCall(answer, current) {
    const going = () => current() && this.inCall && !this.#endReason && !this.#closingTimer;
    return new Promise((resolve, reject) => {
      answer.then(
        (result) => going() && resolve(result),
        (error) => going() && reject(error),
      );
    });
  }

  #adopt(conversation, current) {
    this.conversation = conversation;
    this.conversationId = conversation.getId();
    this.microphone.attach(conversation);
    this.#latency.reset();
    const wrap = (name, before) => {
      const own = conversation.options[name];
      conversation.options[name] = (payload) => {
        if (current()) this.#safely(() => before(payload));
        own?.(payload);
      };
    };
    wrap("onMessage", (message) => this.#message(message));
    wrap("onModeChange", ({ mode }) => this.#modeChanged(mode));
    wrap("onStatusChange", ({ status }) => this.#statusChanged(status));
    wrap("onDisconnect", (details) => this.#over(details ?? {}));
    this.#captureTyped(conversation, "sendUserMessage", (text) => text);
    this.#captureTyped(conversation, "sendMultimodalMessage", (message) => message?.text);
  }

  /** An error of ours never ends a call: the client library gives up when a callback throws. */
  #safely(f) {
    try {
      f();
    } catch (error) {
      this.report(error);
    }
  }

  /** What is typed never comes back from the service as a transcript. */
  #captureTyped(conversation, method, textOf) {
    const send = conversation[method]?.bind(conversation);
    if (!send) return;
    conversation[method] = (...given) => {
      const text = textOf(given[0]);
      if (text) {
        this.#safely(() => {
          this.#latency.clientSpoke(this.clock.now());
          this.#add("turn", { sender: "client", text, event_id: null, typed: true });
        });
      }
      return send(...given);
    };
  }

  #message({ role, message, event_id = null }) {
    if (!message) return;
    if (role !== "agent") {
      this.#latency.clientSpoke(this.clock.now());
      this.#add("turn", { sender: "client", text: message, event_id });
      return;
    }
    const silent = this.conversation?.type === "text";
    const latency = this.#latency.agentAnswers(this.clock.now(), { silent });
    const turn = { sender: "agent", text: message, event_id };
    const { n } = this.#add("turn", latency === null ? turn : { ...turn, latency_ms: latency });
    this.#latency.agentTurnRecorded(n);
  }

  #modeChanged(mode) {
    if (mode === "speaking") {
      const timing = this.#latency.agentSounds(this.clock.now());
      if (timing) this.#add("timing", timing);
    } else {
      this.#latency.agentListens();
    }
    this.mode = mode;
    this.onChange();
  }

  #statusChanged(status) {
    if (status === "connected") {
      this.#set("connected");
      return;
    }
    // The client library can stop between "disconnecting" and its last callback when a device fails.
    this.microphone.release();
    this.#closingTimer ??= this.clock.after(CLOSING_MS, () => this.#over({ reason: "error" }));
  }

  #over({ reason = null, message = null, closeCode = null }) {
    this.clock.cancel(this.#closingTimer);
    this.#closingTimer = null;
    this.microphone.release();
    if (!this.busy) return;
    const detail = [message, closeCode].filter((part) => part !== null && part !== undefined).join(" · ");
    this.conversation = null;
    this.mode = "listening";
    this.#set("disconnected", { reason: this.#endReason ?? reason, detail: detail || null });
  }

  #set(status, { reason = null, detail = null } = {}) {
    this.status = status;
    this.reason = reason;
    this.#add("status", { status, reason, detail });
    this.onChange();
  }

  #add(kind, fields) {
    return this.add(kind, { conversation_id: this.conversationId, ...fields });
  }
}
