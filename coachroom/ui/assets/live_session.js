// @ts-check
// The client's side of a human coach in the room, from the question to the goodbye. It is made once for its session and
// handed from one mount of its box to the next. Nothing is linked or captured before somebody was let in.
import { keepAskedAway, wasAskedAway } from "./asked_away.js";
import { clock as browserClock } from "./clock.js";
import { savedDevices } from "./devices.js";
import { LiveLink } from "./live_link.js";
import { LiveMicrophone } from "./live_microphone.js";
import { LiveMix } from "./live_mix.js";
import { LiveOrders } from "./live_orders.js";
import { LivePresence } from "./live_presence.js";
import { CLOSED, LiveSocket } from "./live_socket.js";
import { audioConstraints, capture } from "./media.js";
import { page as browserPage } from "./page.js";
import { agentCalls, onCallChange, ownPicture, shareHumanCoach } from "./registry.js";
import { Speaker } from "./speaker.js";
/** @import { AgentCall } from "./agent_call.js" */
/** @import { Clock } from "./clock.js" */
/** @import { HumanCoachData } from "./component_data.js" */
/** @import { LinkState } from "./live_link.js" */
/** @import { LiveMode, Order } from "./live_orders.js" */
/** @import { LiveMessage } from "./live_socket.js" */
/** @import { CreatePeer } from "./live_peer.js" */
/** @import { Socket } from "./live_socket.js" */

const REMOUNT_GRACE_MS = 650; // as the agent's call
const LOOK_EVERY_MS = 50;
const MAX_AWAY_MS = 60_000; // as the server waits for a page

/**
 * What the agent's call knows of the human coach.
 * @typedef {object} HumanCoach
 * @property {boolean} held Whether the agent is made to wait.
 * @property {boolean} apart Whether the two talk without the agent.
 * @property {(kind: string, fields: Record<string, any>) => Record<string, any>} attribute Says whose words a turn is.
 */

/** none: nobody asks. over: this join is. @typedef {"none" | "asked" | "admitted" | "over"} JoinState */
/** Something that the box shows until the coach is gone. @typedef {{ n: number, kind: "hint" | "message" | "summary", text: string }} Message */

/**
 * What the box shows.
 * @typedef {object} LiveState
 * @property {JoinState} join
 * @property {string} coach
 * @property {string} reason Why the coach asks.
 * @property {boolean} answering Whether the client has answered and the server has not.
 * @property {boolean} connected Whether the server is reached.
 * @property {boolean} peer Whether the coach's page is there.
 * @property {LinkState | "none"} link
 * @property {LiveMode} mode
 * @property {boolean} held
 * @property {boolean} inCall
 * @property {boolean} canContinue Whether the AI coach's call may begin again.
 * @property {boolean} muted
 * @property {boolean} paused Whether the client has paused the session.
 * @property {Message[]} messages
 * @property {MediaStream | null} picture What the coach sends.
 * @property {string} why Why it is over.
 */

/**
 * What the browser does; tests replace it.
 * @typedef {object} LiveBrowser
 * @property {Clock} clock
 * @property {Pick<typeof browserPage, "onHide" | "onWake" | "webSocketOrigin">} page
 * @property {(sessionId: string) => AgentCall | undefined} call
 * @property {(listener: () => void) => () => void} onCallChange
 * @property {() => MediaStream | null} ownPicture
 * @property {(here: boolean) => void} shareHumanCoach
 * @property {(joinId: string) => void} keepAskedAway
 * @property {(joinId: string) => boolean} wasAskedAway Whether the client has asked this coach to leave, on any page.
 * @property {typeof capture} capture
 * @property {() => string | null | undefined} microphoneId The microphone that was chosen the last time.
 * @property {(address: string) => Socket} [connect]
 * @property {CreatePeer} [createPeer]
 * @property {() => MediaStream} [createStream]
 */

/** @type {LiveBrowser} */
const BROWSER = {
  clock: browserClock,
  page: browserPage,
  call: (sessionId) => agentCalls().get(sessionId),
  onCallChange,
  ownPicture,
  shareHumanCoach,
  keepAskedAway,
  wasAskedAway,
  capture: (wanted) => capture(wanted),
  microphoneId: () => savedDevices().microphone_id,
};

/** @typedef {{ render: (state: LiveState) => void }} LiveView */

/** One session's human coach, without the looks. */
export class LiveSession {
  /** @type {HumanCoachData} */
  #data;
  /** @type {LiveView | null} */
  #view = null;
  /** @type {() => void} */
  #tellPage = () => {};
  /** @type {string | null} The join that is shown. */
  #joinId = null;
  /** @type {JoinState} */
  #join = "none";
  #coach = "";
  #reason = "";
  #why = "";
  #answering = false;
  #leaving = false; // the coach was asked to leave, and the server could not be told
  #peer = false;
  /** @type {LiveMode} As the server says. */
  #mode = "listening";
  /** @type {RTCConfiguration} */
  #rtc = {};
  /** @type {LiveSocket | null} */
  #socket = null;
  /** @type {LiveLink | null} */
  #link = null;
  /** @type {LiveOrders | null} */
  #orders = null;
  /** @type {AgentCall | null} */
  #call = null;
  #clientClosed = false;
  #left = false; // the page shows something else for the moment
  /** @type {MediaStream | null} */
  #picture = null;
  #toldCall = ""; // what the agent's call was told last
  /** @type {string | null} What the server was told last. */
  #toldState = null;
  #presence = new LivePresence();
  /** @type {Message[]} */
  #messages = [];
  /** @type {number | null} */
  #leaveTimer = null;
  /** @type {number | null} Runs while the server is out of reach. */
  #awayTimer = null;
  /** @type {number | null} */
  #lookTimer = null;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {HumanCoachData} data
   * @param {LiveBrowser} [browser]
   */
  constructor(data, browser = BROWSER) {
    this.sessionId = data.session_id;
    this.browser = browser;
    this.#data = data;
    this.speaker = new Speaker();
    this.mix = new LiveMix({ onRecaptured: () => this.microphone.follow() });
    this.microphone = this.#createMicrophone();
    this.#stops = [
      browser.onCallChange(() => this.#callChanged()),
      browser.page.onHide((why) => why === "pagehide" && this.#unlink()),
      browser.page.onWake(() => this.#socket?.wake()),
    ];
  }

  #createMicrophone() {
    const { capture, microphoneId } = this.browser;
    return new LiveMicrophone({
      ofWidget: () => this.mix.microphoneTrack,
      needed: () => this.#link !== null,
      mayCapture: () => !this.#paused && !this.#call?.textOnly && !this.#call?.bridge.busy,
      open: () => !this.#closed && !this.#paused,
      capture: async () => (await capture({ audio: audioConstraints(microphoneId()) })).stream,
      send: async (track) => this.#link?.setTrack("microphone", track),
    });
  }

  // -- for the box ------------------------------------------------------------------------------

  /**
   * Shows it in this view from now on.
   * @param {LiveView} view
   * @param {HumanCoachData} data
   * @param {() => void} tellPage Called when the page's own data are out of date.
   */
  show(view, data, tellPage) {
    this.browser.clock.cancel(this.#leaveTimer);
    this.#data = data;
    this.#view = view;
    this.#tellPage = tellPage;
    this.#left = false;
    const join = data.join;
    if (join && join.id !== this.#joinId) this.#begin(join);
    this.#callChanged();
    this.#sound();
    this.#render();
  }

  /**
   * The view is gone, for a moment or for good: nobody is heard or seen at once, and the connection ends after a while.
   * @param {LiveView} view
   * @param {() => void} onLeft Called when it is for good.
   */
  leave(view, onLeft) {
    if (this.#view !== view) return;
    const { clock } = this.browser;
    this.#left = true;
    this.#sound();
    this.#link?.setTrack("camera", null);
    clock.cancel(this.#leaveTimer);
    this.#leaveTimer = clock.after(REMOUNT_GRACE_MS, () => {
      onLeft();
      this.dispose();
    });
  }

  dispose() {
    this.#view = null;
    this.#part();
    this.#closeSocket();
    this.browser.shareHumanCoach(false);
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** The client lets the coach in, or not. @param {boolean} admit */
  answer(admit) {
    if (this.#join !== "asked" || this.#answering) return;
    this.#answering = this.#socket?.send({ type: "answer", admit }) ?? false;
    this.#render();
  }

  /** The client asks the coach to leave. Nobody waits for the server with that. */
  askToLeave() {
    if (this.#join !== "admitted") return;
    // Also a message that is on its way may get lost.
    if (this.#joinId) this.browser.keepAskedAway(this.#joinId);
    this.#leaving = !this.#socket?.send({ type: "end" });
    this.#over("client");
  }

  /** The talk with the agent begins again. */
  continueWithAgent() {
    this.#call?.start();
  }

  // -- for the agent's call ---------------------------------------------------------------------

  /** @type {HumanCoach} */
  get #humanCoach() {
    const { speaker } = this;
    const orders = () => this.#orders;
    return {
      get held() {
        return orders()?.held ?? false;
      },
      get apart() {
        return orders()?.mode === "private";
      },
      attribute(kind, fields) {
        if (kind !== "turn") return fields;
        if (fields.sender === "agent") orders()?.agentAnswers();
        if (fields.sender !== "client" || fields.typed) return fields;
        const who = speaker.take();
        if (who === "coach") return { ...fields, sender: "coach" };
        return who === "mixed" ? { ...fields, mixed: true } : fields;
      },
    };
  }

  // -- the server -------------------------------------------------------------------------------

  /** @param {{ id: string, coach: string, reason: string, status: string, past: Message[] }} join */
  #begin(join) {
    this.#part();
    this.#closeSocket();
    this.#joinId = join.id;
    this.#leaving = this.browser.wasAskedAway(join.id);
    if (this.#leaving) this.#join = "over";
    else this.#join = join.status === "admitted" ? "admitted" : "asked";
    this.#coach = join.coach;
    this.#reason = join.reason;
    this.#messages = [...join.past];
    this.#why = this.#leaving ? "client" : "";
    this.#answering = false;
    const { clock, page, connect } = this.browser;
    this.#socket = new LiveSocket({
      address: () => page.webSocketOrigin(`${this.#data.room_url}/live`),
      enter: () => ({ type: "enter", token: this.#data.token }),
      clock,
      connect,
      onMessage: (message) => this.#hear(message),
      onChange: () => this.#socketChanged(),
      onOver: (code, why) => this.#over(code === CLOSED.over ? why : "closed"),
    });
    this.#socket.open();
    this.browser.shareHumanCoach(!this.#leaving);
  }

  /** Without the server nobody says whether the coach may still be here: that is borne for a while. */
  #socketChanged() {
    const { clock } = this.browser;
    if (this.#socket?.here) {
      clock.cancel(this.#awayTimer);
      this.#awayTimer = null;
    } else
      this.#awayTimer ??= clock.after(MAX_AWAY_MS, () => {
        this.#unlink();
        this.#changed();
      });
    this.#render();
  }

  /** @param {LiveMessage} message */
  #hear(message) {
    switch (message.type) {
      case "hello":
        this.#hello(message);
        break;
      case "status":
        this.#statusChanged(message.status, message.why ?? "");
        break;
      case "peer":
        this.#peer = message.here;
        // A page that comes knows nothing yet.
        this.#toldState = null;
        if (this.#peer) this.#connect();
        break;
      case "desc":
      case "ice":
        this.#link?.hear(message).catch(() => {});
        break;
      case "order":
        this.#obey(/** @type {Order & LiveMessage} */ (message));
        break;
      case "mode":
        this.#mode = message.mode;
        this.#orders?.setMode(message.mode);
        break;
    }
    this.#changed();
  }

  /** @param {LiveMessage} hello */
  #hello(hello) {
    if (this.#leaving) {
      this.#socket?.send({ type: "end" });
      this.#closeSocket();
      return;
    }
    if (hello.join !== this.#joinId) {
      this.#over("closed");
      return;
    }
    this.#toldState = null;
    this.#rtc = hello.rtc ?? {};
    this.#coach = hello.coach;
    this.#reason = hello.reason ?? "";
    this.#peer = hello.peer;
    this.#mode = hello.mode;
    this.#orders?.setMode(hello.mode);
    const link = this.#link;
    this.#statusChanged(hello.status, "");
    // A connection that stands needs no server.
    if (this.#peer && this.#link === link && link?.state !== "connected") this.#connect();
  }

  /** @param {string} status @param {string} why */
  #statusChanged(status, why) {
    this.#answering = false;
    if (status === "asked") this.#join = "asked";
    else if (status === "admitted") this.#admitted();
    else this.#over(why || status);
  }

  #admitted() {
    if (this.#join !== "admitted") this.#tellPage();
    this.#join = "admitted";
    this.#callChanged();
  }

  #takeOrders() {
    const call = this.browser.call(this.sessionId);
    if (!call) return null;
    this.#call = call;
    call.humanCoach = this.#humanCoach;
    const orders = new LiveOrders({
      clock: this.browser.clock,
      bridge: call.bridge,
      mix: this.mix,
      coach: this.#coach,
      onLapsed: () => this.#socket?.send({ type: "lapsed" }),
      onChange: () => this.#changed(),
    });
    // Who types has no microphone to mute.
    if (!call.textOnly) call.microphone.setDetour((closed) => this.#close(closed));
    return orders;
  }

  /** The client is muted or heard, by both coaches. @param {boolean} closed */
  #close(closed) {
    this.#clientClosed = closed;
    this.#sound();
    return this.mix.gated;
  }

  /** @param {Order & LiveMessage} order */
  #obey(order) {
    const { id, n, act, text } = order;
    const done = this.#orders?.obey(order) ?? { done: false, why: "no_call" };
    if (act === "say") this.#note({ n, kind: "message", text: text ?? "" });
    if (act === "hand_back") this.#note({ n, kind: "summary", text: text ?? "" });
    if (act === "hint" && done.done) this.#note({ n, kind: "hint", text: "" });
    this.#socket?.send({ type: "done", id, ...done });
  }

  /** @param {Message} message */
  #note(message) {
    if (!this.#messages.some(({ n }) => n === message.n)) this.#messages = [...this.#messages, message];
  }

  /** @param {string} why */
  #over(why) {
    if (this.#join === "over") return;
    this.#join = "over";
    this.#why = why;
    this.#answering = false;
    this.#part();
    if (!this.#leaving) this.#closeSocket();
    this.browser.shareHumanCoach(false);
    this.#tellPage();
    this.#render();
  }

  #closeSocket() {
    this.#leaving = false;
    this.browser.clock.cancel(this.#awayTimer);
    this.#awayTimer = null;
    this.#socket?.close();
    this.#socket = null;
  }

  // -- the connection ---------------------------------------------------------------------------

  /** Offers the coach's page a new connection. */
  #connect() {
    if (this.#join !== "admitted" || this.#left || !this.#orders) return;
    this.#unlink();
    const { clock, createPeer, createStream } = this.browser;
    /** @type {LiveLink} */
    const link = (this.#link = new LiveLink({
      rtc: this.#rtc,
      send: (message) => this.#link === link && this.#socket?.send(message),
      clock,
      createPeer,
      createStream,
      onStream: (stream) => this.#link === link && this.#received(stream),
      onChange: () => this.#link === link && this.#changed(),
    }));
    this.#lookTimer ??= clock.every(LOOK_EVERY_MS, () => this.#look());
    link.open({
      camera: this.#cameraTrack,
      microphone: this.microphone.track,
      agent: this.mix.agentTrack,
    });
    this.microphone.follow();
  }

  #unlink() {
    this.#link?.close();
    this.#link = null;
    this.#picture = null;
    this.mix.setCoach(null);
  }

  /** The coach is gone, or this page: nothing of the two is left. */
  #part() {
    const { clock } = this.browser;
    this.#unlink();
    clock.cancel(this.#lookTimer);
    this.#lookTimer = null;
    this.#orders?.stop();
    this.#orders = null;
    this.#presence.end(this.#call?.bridge, this.#coach);
    if (this.#call) {
      this.#call.humanCoach = null;
      this.#call.humanCoachChanged();
      this.#call.microphone.setDetour(null);
    }
    this.#call = null;
    this.mix.release();
    this.microphone.release();
  }

  /** @param {MediaStream} stream */
  #received(stream) {
    this.#picture = stream;
    // The box's video plays it: without one on a media element some browsers mix silence.
    this.mix.setCoach(stream.getAudioTracks()[0] ?? null);
    this.#changed();
  }

  get #cameraTrack() {
    const alone = this.#left || this.#paused;
    return alone ? null : (this.browser.ownPicture()?.getVideoTracks()[0] ?? null);
  }

  /** In a pause nobody hears or sees the client. */
  get #paused() {
    return Boolean(this.#call?.paused);
  }

  // -- what is heard ----------------------------------------------------------------------------

  /** The agent's call has changed, or something else that the room shows. */
  #callChanged() {
    if (this.#join !== "admitted") return;
    const before = this.#orders;
    this.#orders ??= this.#takeOrders();
    const call = this.#call;
    if (!call) return;
    if (call.over) {
      this.#over("session");
      return;
    }
    const { conversation, inCall } = call.bridge;
    this.mix.attach(conversation);
    call.microphone.takeDetour();
    if (this.#orders && !before) {
      this.#orders.setMode(this.#mode);
      if (this.#peer) this.#connect();
    }
    this.#orders?.callChanged();
    this.microphone.follow();
    this.#link?.setTrack("agent", this.mix.agentTrack);
    this.#link?.setTrack("camera", this.#cameraTrack);
    if (!inCall) this.#presence.callEnded();
    this.#changed();
  }

  /** One mute for both coaches. */
  #sound() {
    this.mix.route({ clientClosed: this.#closed });
    this.microphone.openOrClose();
  }

  get #closed() {
    return this.#clientClosed || this.#left;
  }

  #look() {
    const levels = this.mix.look({ agentSpeaks: this.#call?.bridge.mode === "speaking" });
    this.speaker.hear(levels, LOOK_EVERY_MS);
  }

  // -- what is told -----------------------------------------------------------------------------

  #changed() {
    this.#sound();
    this.#tellCall();
    this.#tellAgent();
    this.#tellServer();
    this.#render();
  }

  /** The agent's box says when the agent waits, and offers no start while the two talk without it. */
  #tellCall() {
    const now = `${this.#orders?.mode} ${this.#orders?.held}`;
    if (now === this.#toldCall) return;
    this.#toldCall = now;
    this.#call?.humanCoachChanged();
  }

  get #linked() {
    return this.#link?.state === "connected";
  }

  #tellAgent() {
    const bridge = this.#call?.bridge;
    if (bridge?.inCall && this.#linked && this.#orders)
      this.#presence.tell(bridge, this.#coach, this.#orders.mode);
  }

  #tellServer() {
    if (this.#join !== "admitted") return;
    const bridge = this.#call?.bridge;
    const message = {
      type: "state",
      linked: this.#linked,
      call: bridge?.inCall ? "in_call" : bridge?.busy ? "connecting" : "none",
      held: this.#orders?.held ?? false,
      muted: this.#clientClosed || this.#paused,
      mixer: this.mix.canMix,
    };
    const text = JSON.stringify(message);
    if (text !== this.#toldState && this.#socket?.send(message)) this.#toldState = text;
  }

  #render() {
    const bridge = this.#call?.bridge;
    const mode = this.#orders?.mode ?? "listening";
    this.#view?.render({
      join: this.#join,
      coach: this.#coach,
      reason: this.#reason,
      answering: this.#answering,
      connected: this.#socket?.here ?? false,
      peer: this.#peer,
      link: this.#link?.state ?? "none",
      mode,
      held: this.#orders?.held ?? false,
      inCall: bridge?.inCall ?? false,
      canContinue: mode !== "private" && bridge?.reason === "coach" && !bridge.busy,
      muted: this.#clientClosed,
      paused: this.#paused,
      messages: this.#messages,
      picture: this.#picture,
      why: this.#why,
    });
  }
}
