// @ts-check
// Turns what happens in the widget's conversation into the room's events. The widget overwrites the callbacks
// that a page puts into the call's config, so the bridge wraps them on the conversation itself, as soon as it
// exists and before it hands out its first message.
import { FeltDelay } from "./felt_delay.js";
import { queueStatus } from "./queue_status.js";
import { SILENT_VOLUME, untilSilent } from "./last_words.js";
import { BROKE_OFF, closingSaid, menderOf } from "./refusals.js";
import { hasWords } from "./words.js";
/** @import { CallBriefing, Context } from "./call_briefing.js" */
/** @import { Clock } from "./clock.js" */
/** @import { Microphone } from "./microphone.js" */
/** @import { RoomEvent } from "./payload.js" */
/** @import { QueueStatus } from "./queue_status.js" */
/** @import { Closing, Mender } from "./refusals.js" */

/**
 * queued: connected, but all lines are taken and nobody listens.
 * @typedef {"idle" | "connecting" | "queued" | "connected" | "disconnected" | "failed"} CallStatus
 */

/**
 * The parts of the client library's conversation that the room uses.
 * @typedef {object} Conversation
 * @property {string} [type] "text" where nobody speaks.
 * @property {Record<string, ((payload: any) => void) | undefined>} options Its callbacks.
 * @property {() => string} getId
 * @property {() => Promise<unknown>} endSession
 * @property {(text: string, options: { contextId?: string }) => void} sendContextualUpdate
 * @property {() => number} getInputVolume
 * @property {() => number} getOutputVolume
 * @property {(muted: boolean) => void} [setMicMuted]
 * @property {(text: string) => void} [sendUserMessage]
 * @property {() => void} [sendUserActivity]
 * @property {(message: { text?: string }) => void} [sendMultimodalMessage]
 * @property {(event: any) => void} [handleErrorEvent]
 * @property {(volume: { volume: number }) => void} [setVolume] 0 to 1.
 * @property {CallSound & { isMuted?: () => boolean }} [input] The microphone, where somebody speaks.
 * @property {{ analyser?: any, audioElement?: any, interrupt?: () => void }} [output] What the agent sounds like.
 */

/**
 * How the widget listens to the microphone.
 * @typedef {{ context?: any, mediaStreamSource?: any, analyser?: any, worklet?: any, inputStream?: any }} CallSound
 */

/**
 * What one call is started with.
 * @typedef {object} CallSettings
 * @property {string | null} [wsOrigin] Where the simulator's web socket is; null means ElevenLabs.
 * @property {boolean} [textOnly]
 * @property {boolean} [mayAskTextOnly] Whether the agent lets a call be text only.
 * @property {string | null} [language] The language to ask for; null is the agent's own.
 * @property {string | null} [microphoneId]
 * @property {string | null} [speakerId]
 * @property {() => Promise<CallBriefing>} [brief] What the call is told, asked for when it starts.
 * @property {Record<string, (parameters: object) => Promise<string>>} [clientTools]
 * @property {(error: any) => void} [onFailed] Called with the client library's error when the call cannot start.
 */

const CLOSING_MS = 1500;
const MAX_GREETING_MS = 3000; // an agent that is silent until then does not greet
const NO_WORDS = "..."; // as the service itself writes a client who says nothing
const SILENT_MS = 700; // the agent has said what it says
const MAX_LAST_WORDS_MS = 10_000;

/** @param {unknown} error */
function reportLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}

/** One call after the other, as events, a status and a mode. */
export class Bridge {
  #attempt = 0;
  #typing = false;
  /** @type {string | null} */
  #endReason = null;
  /** @type {number | null} */
  #closingTimer = null;
  /** @type {Conversation | null} */
  #conversation = null;
  /** @type {Required<Closing> | null} What the agent's server said last, where that was an error. */
  #errorSaid = null;
  /** Whether the agent's server was asked to begin the call, and has not answered. */
  #awaited = false;
  /** @type {Context[]} What the agent is sent once it listens. */
  #contexts = [];
  /** @type {string[]} What was typed while nobody listened, in its order. */
  #unsent = [];

  /**
   * @param {object} parts
   * @param {(kind: string, fields: Record<string, unknown>) => RoomEvent} parts.add
   * @param {Clock} parts.clock
   * @param {Microphone} parts.microphone
   * @param {() => void} [parts.onChange] Called whenever the status or the mode has changed.
   * @param {(conversation: Conversation) => void} [parts.onConversation] Gets each call's conversation as it begins.
   * @param {() => void} [parts.onHeard] Called whenever the agent's server sends something.
   * @param {(error: unknown) => void} [parts.report] Gets errors of our own callbacks.
   */
  constructor({
    add,
    clock,
    microphone,
    onChange = () => {},
    onConversation = () => {},
    onHeard = () => {},
    report = reportLater,
  }) {
    this.add = add;
    this.clock = clock;
    this.microphone = microphone;
    this.onChange = onChange;
    this.onConversation = onConversation;
    this.onHeard = onHeard;
    this.report = report;
    this.delay = new FeltDelay({ clock, add: (kind, fields) => this.#add(kind, fields) });
    /** @type {CallStatus} */
    this.status = "idle";
    this.mode = "listening";
    /** @type {string | null} Why the last call ended or failed. */
    this.reason = null;
    /** @type {Mender} Whose part it is to mend that. */
    this.mender = "connection";
    /** @type {string | null} */
    this.conversationId = null;
    /** Whether the agent has ended the call and is heard to the end. */
    this.saysGoodbye = false;
  }

  /** Whether the last call stood and broke off. */
  get brokeOff() {
    return this.status === "disconnected" && BROKE_OFF.has(this.reason ?? "");
  }

  /** Whether the agent is connected. */
  get inCall() {
    return this.status === "connected";
  }

  /** Whether the call waits for a free line. */
  get queued() {
    return this.status === "queued";
  }

  /** Whether the connection stands, and the agent's server neither begins the call nor refuses it. */
  get unanswered() {
    return this.status === "connecting" && this.#awaited;
  }

  /** Whether a call is connected or about to be. */
  get busy() {
    return ["connecting", "queued", "connected"].includes(this.status);
  }

  /** The call's conversation, from its beginning to its end. */
  get conversation() {
    return this.#conversation;
  }

  /** Whether the latest call is one in which nobody speaks. */
  get typing() {
    return this.#typing;
  }

  /**
   * Called from the widget's call event: the config may still be changed, the call starts after it.
   * @param {Record<string, any>} config
   * @param {CallSettings} settings
   */
  prepare(config, settings) {
    const attempt = ++this.#attempt;
    const current = () => attempt === this.#attempt;
    configureConnection(config, settings);
    config.startsMuted = () => this.microphone.closed; // read by our build of the client library
    this.#typing = Boolean(config.textOnly);
    this.#configureTools(config, settings.clientTools ?? {}, current);
    this.#configureBriefing(config, settings, current);
    this.#configureCallbacks(config, settings, current);
    this.conversationId = null;
    this.saysGoodbye = false;
    this.#contexts = [];
    this.#endReason = null;
    this.#errorSaid = null;
    this.#awaited = false;
    this.#set("connecting");
  }

  /**
   * Gives up a call that is still connecting.
   * @param {string} reason
   * @param {string | null} [detail]
   * @param {Closing} [closing]
   */
  fail(reason, detail = null, closing = {}) {
    if (this.status !== "connecting") return;
    this.#attempt += 1;
    this.#set("failed", { reason, detail, ...closing });
  }

  /**
   * Sends the agent something to know, which it need not answer.
   * @param {string} text
   * @param {string} contextId
   */
  sendContext(text, contextId) {
    if (this.inCall) this.#conversation?.sendContextualUpdate(text, { contextId });
  }

  /** Tells the agent that the client is busy: it does not begin to speak for some two seconds. */
  sendActivity() {
    if (this.inCall) this.#conversation?.sendUserActivity?.();
  }

  /** Asks the agent to say something, though the client says nothing more. */
  askAgain() {
    if (this.inCall) this.#conversation?.sendUserMessage?.(NO_WORDS);
  }

  /**
   * Ends the call.
   * @param {string} reason Recorded in place of the client library's own.
   */
  async hangUp(reason) {
    if (!this.busy) return;
    this.#endReason = reason;
    if (!this.#conversation) {
      this.#attempt += 1; // still connecting: the conversation is closed once it exists
      this.#ended({ reason });
      return;
    }
    try {
      await this.#conversation.endSession();
    } catch {
      this.#ended({ reason });
    }
  }

  /** Resolves once the agent was heard to the end of what it says. */
  async heardOut() {
    const conversation = this.#conversation;
    if (!this.inCall || this.#typing || this.mode !== "speaking") return;
    await untilSilent({
      sounds: () => this.mode === "speaking" || this.volumes().agent > SILENT_VOLUME,
      over: () => !this.inCall || conversation !== this.#conversation,
      silentMs: () => SILENT_MS,
      maxMs: MAX_LAST_WORDS_MS,
      later: (f, ms) => this.clock.after(ms, f),
    });
  }

  /** What was typed and never sent; it is forgotten here. */
  takeUnsent() {
    return this.#unsent.splice(0);
  }

  /** How loud both sides are, 0 to 1. */
  volumes() {
    if (!this.inCall || !this.#conversation) return { client: 0, agent: 0 };
    return { client: this.#conversation.getInputVolume(), agent: this.#conversation.getOutputVolume() };
  }

  /**
   * @param {Record<string, any>} config
   * @param {NonNullable<CallSettings["clientTools"]>} clientTools
   * @param {() => boolean} current Whether this is still the latest call.
   */
  #configureTools(config, clientTools, current) {
    config.clientTools = Object.fromEntries(
      Object.entries(clientTools).map(([name, use]) => [
        name,
        (/** @type {object} */ parameters) => this.#whileInCall(use(parameters), current),
      ]),
    );
  }

  /**
   * @param {Record<string, any>} config
   * @param {CallSettings} settings
   * @param {() => boolean} current
   */
  #configureBriefing(config, { brief }, current) {
    if (!brief) return;
    config.beforeStart = async (/** @type {Record<string, any>} */ options) => {
      const { variables, contexts } = await brief();
      if (!current() || this.status !== "connecting")
        throw new Error("The call was given up before it started.");
      options.dynamicVariables = { ...options.dynamicVariables, ...variables };
      this.#contexts = contexts;
    }; // called by our build of the widget, not by the client library
  }

  /**
   * @param {Record<string, any>} config
   * @param {CallSettings} settings
   * @param {() => boolean} current
   */
  #configureCallbacks(config, { onFailed = () => {} }, current) {
    config.onConversationCreated = (/** @type {Conversation} */ conversation) => {
      if (current() && this.status === "connecting") this.#safely(() => this.#adopt(conversation, current));
      else conversation.endSession(); // it connected after we had given up
    };
    /** @type {(name: string, f: (payload: any) => void) => void} */
    const on = (name, f) => {
      config[name] = (/** @type {any} */ payload) => {
        if (current()) this.#safely(() => f(payload));
      };
    };
    on("onConnect", () => this.#begins());
    // Called by our build of the widget, not by the client library.
    on("onAskedToBegin", () => (this.#awaited = true));
    on("onBegun", () => (this.#awaited = false));
    on("onHeard", () => this.onHeard());
    on("onLastWords", () => {
      this.saysGoodbye = true;
      this.onChange();
    });
    on("onStartFailed", onFailed);
    on("onTypedEarly", (text) => this.#unsent.push(text));
    on("onAudio", () => this.delay.agentPlays());
    on("onInterruption", (event) => {
      this.delay.agentInterrupted();
      this.#add("interruption", { event_id: event?.event_id ?? null });
    });
    on("onAgentResponseCorrection", (event) => {
      this.#add("correction", {
        event_id: event?.event_id ?? null,
        text: event?.corrected_agent_response ?? "",
        original: event?.original_agent_response ?? "",
      });
    });
  }

  /**
   * The answer, as long as its call goes on: later it would be sent into a closed connection.
   * @param {Promise<string>} answer
   * @param {() => boolean} current
   */
  #whileInCall(answer, current) {
    const going = () => current() && this.inCall && !this.#endReason && !this.#closingTimer;
    return new Promise((resolve, reject) => {
      answer.then(
        (result) => going() && resolve(result),
        (error) => going() && reject(error),
      );
    });
  }

  /**
   * @param {Conversation} conversation
   * @param {() => boolean} current
   */
  #adopt(conversation, current) {
    this.#conversation = conversation;
    this.conversationId = conversation.getId();
    this.microphone.attach(conversation);
    this.delay.attach(conversation);
    this.onConversation(conversation);
    /** @type {(name: string, before: (payload: any) => void, shown?: (payload: any) => boolean) => void} */
    const wrap = (name, before, shown = () => true) => {
      const own = conversation.options[name];
      conversation.options[name] = (payload) => {
        if (current()) this.#safely(() => before(payload));
        if (shown(payload)) own?.(payload);
      };
    };
    // The widget would draw an empty bubble.
    wrap(
      "onMessage",
      (message) => this.#messageReceived(message),
      ({ message }) => hasWords(message),
    );
    wrap("onModeChange", ({ mode }) => this.#modeChanged(mode));
    wrap("onStatusChange", ({ status }) => this.#statusChanged(status));
    wrap("onDebug", (event) => this.#queueChanged(queueStatus(event)));
    wrap("onDisconnect", (details) => this.#ended(details ?? {}));
    this.#captureErrors(conversation, current);
    this.#captureTyped(conversation, "sendUserMessage", (text) => text);
    this.#captureTyped(conversation, "sendMultimodalMessage", (message) => message?.text);
  }

  /**
   * The client library tells a page of errors that end a call only in part, and fails over the rest.
   * @param {Conversation} conversation
   * @param {() => boolean} current
   */
  #captureErrors(conversation, current) {
    const handle = conversation.handleErrorEvent?.bind(conversation);
    conversation.handleErrorEvent = (event) => {
      // The longest call is over: that is an end, not a failure.
      if (current() && event?.error_event?.error_type !== "max_duration_exceeded")
        this.#errorSaid = closingSaid(event);
      if (event?.error_event) handle?.(event);
    };
  }

  /**
   * Runs one of our callbacks. The client library gives up the call when a callback throws, so errors go elsewhere.
   * @param {() => void} f
   */
  #safely(f) {
    try {
      f();
    } catch (error) {
      this.report(error);
    }
  }

  /**
   * Records what is typed on its way out: the service never sends it back as a transcript. What has nobody to go to,
   * or follows what is still kept, is kept.
   * @param {any} conversation
   * @param {"sendUserMessage" | "sendMultimodalMessage"} method
   * @param {(message: any) => string | undefined} textOf
   */
  #captureTyped(conversation, method, textOf) {
    const send = conversation[method]?.bind(conversation);
    if (!send) return;
    conversation[method] = (/** @type {unknown[]} */ ...given) => {
      if (this.queued) return undefined; // the service would discard it: it is not said
      const text = textOf(given[0]);
      if (!this.#listens(conversation) || this.#unsent.length > 0) {
        if (text) this.#unsent.push(text);
        return undefined;
      }
      if (text) {
        this.#safely(() => {
          if (hasWords(text)) this.delay.clientSaid({ typed: true });
          this.#add("turn", { sender: "client", text, event_id: null, typed: true });
        });
      }
      return send(...given);
    };
  }

  /** @param {Conversation} conversation */
  #listens(conversation) {
    const going = this.inCall && !this.saysGoodbye && this.#closingTimer === null;
    return going && conversation === this.#conversation;
  }

  /** @param {{ role: string, message: string, event_id?: number | null }} received */
  #messageReceived(received) {
    this.#recordReceived(received);
    if (received.role === "agent") this.#sendUnsent();
  }

  /** @param {{ role: string, message: string, event_id?: number | null }} message */
  #recordReceived({ role, message, event_id = null }) {
    if (!message) return;
    this.#errorSaid = null; // the call goes on
    if (this.queued) this.#admitted(); // nobody talks to a call in the queue
    if (role !== "agent") {
      if (hasWords(message)) this.delay.clientSaid({ typed: false });
      this.#add("turn", { sender: "client", text: message, event_id });
      return;
    }
    if (!hasWords(message)) {
      this.#add("turn", { sender: "agent", text: message, event_id });
      return;
    }
    const { n } = this.#add("turn", { sender: "agent", text: message, event_id });
    this.delay.agentSaid(n);
  }

  /** @param {string} mode */
  #modeChanged(mode) {
    if (this.queued) return; // that is the hold tone
    this.mode = mode;
    this.onChange();
  }

  /** @param {QueueStatus | null} place */
  #queueChanged(place) {
    if (place === "waiting" && this.status === "connected") this.#set("queued");
    else if (place === "admitted" && this.queued) this.#admitted();
    else if (place === "timed_out") this.hangUp("queue");
  }

  /** The call begins: what the agent is to know was discarded before. */
  #admitted() {
    this.delay.forget();
    this.mode = "listening";
    this.#set("connected");
    this.#begins();
  }

  /** The agent may be told something now; it greets next, if it greets. */
  #begins() {
    for (const { id, text } of this.#contexts) this.sendContext(text, id);
    const conversation = this.#conversation;
    this.clock.after(MAX_GREETING_MS, () => conversation === this.#conversation && this.#sendUnsent());
  }

  /** The agent hears what was typed before it listened. */
  #sendUnsent() {
    const conversation = this.#conversation;
    if (!conversation || !this.#listens(conversation)) return;
    for (const text of this.takeUnsent()) conversation.sendUserMessage?.(text);
  }

  /** @param {string} status The client library's word. */
  #statusChanged(status) {
    if (status === "connected") {
      this.#set("connected");
      return;
    }
    // When a device fails, the client library can stop between "disconnecting" and its last callback.
    this.microphone.release();
    this.#closingTimer ??= this.clock.after(CLOSING_MS, () => this.#ended({ reason: "error" }));
  }

  /** @param {{ reason?: string | null, message?: string | null } & Closing} details */
  #ended(details) {
    this.clock.cancel(this.#closingTimer);
    this.#closingTimer = null;
    this.microphone.release();
    if (!this.busy) return;
    this.delay.detach();
    const { reason = null, message = null, closeCode, closeReason } = this.#withErrorSaid(details);
    const detail = [message, closeCode].filter((part) => part !== null && part !== undefined).join(" · ");
    this.#conversation = null;
    this.mode = "listening";
    this.saysGoodbye = false;
    const why = this.#endReason ?? reason;
    this.#set("disconnected", { reason: why, detail: detail || null, closeCode, closeReason });
  }

  /**
   * Where the agent's server said an error and then hung up, that was no end of the talk.
   * @param {{ reason?: string | null, message?: string | null } & Closing} details
   */
  #withErrorSaid(details) {
    const said = this.#errorSaid;
    const normal = details.reason === "agent";
    const unexplained = details.reason === "error" && !details.closeReason;
    if (!said || !(normal || unexplained)) return details;
    const own = normal ? null : details.closeCode;
    const closeCode = own ?? said.closeCode ?? details.closeCode;
    return { ...details, reason: "error", closeCode, closeReason: said.closeReason };
  }

  /**
   * @param {CallStatus} status
   * @param {{ reason?: string | null, detail?: string | null } & Closing} [details]
   */
  #set(status, { reason = null, detail = null, closeCode = null, closeReason = null } = {}) {
    this.status = status;
    this.reason = reason;
    this.mender = menderOf({ why: reason, closeCode, closeReason });
    this.#add("status", { status, reason, detail, close_code: closeCode, close_reason: closeReason });
    this.onChange();
  }

  /**
   * @param {string} kind
   * @param {Record<string, unknown>} fields
   */
  #add(kind, fields) {
    return this.add(kind, { conversation_id: this.conversationId, ...fields });
  }
}

/**
 * @param {Record<string, any>} config
 * @param {CallSettings} settings
 */
function configureConnection(config, settings) {
  const { wsOrigin = null, textOnly = false, microphoneId = null, speakerId = null } = settings;
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
  if (!textOnly && speakerId) config.outputDeviceId = speakerId;
  configureOverrides(config, settings);
  // Android's audio system needs a pause to change over; elsewhere it would only be waiting.
  config.connectionDelay = { default: 0, android: 300 };
}

/**
 * What the call asks the agent for: it ends at once where the agent does not allow it. The widget asks for its own
 * language at every start, and the client library says at every start whether anybody speaks.
 * @param {Record<string, any>} config
 * @param {CallSettings} settings
 */
function configureOverrides(config, { mayAskTextOnly = true, language = null }) {
  const agent = { ...config.overrides?.agent, language: language ?? undefined };
  config.overrides = { ...config.overrides, agent };
  // Read by our build of the client library.
  config.asksTextOnly = mayAskTextOnly && Boolean(config.textOnly || config.overrides.conversation?.textOnly);
}
