// @ts-check
// The human coach's side of one join: waiting, seeing and hearing, and steering. No DOM.
import { clock as browserClock, randomId } from "./clock.js";
import { LiveAnswer } from "./live_answer.js";
import { CLOSED, LiveSocket } from "./live_socket.js";
import { audioConstraints, capture, stopTracks, videoConstraints } from "./media.js";
import { page as browserPage } from "./page.js";
/** @import { Clock } from "./clock.js" */
/** @import { LiveCoachData } from "./component_data.js" */
/** @import { Act, Done, LiveMode } from "./live_orders.js" */
/** @import { CreatePeer } from "./live_peer.js" */
/** @import { LiveMessage, Socket } from "./live_socket.js" */

/** @typedef {"opening" | "asked" | "admitted" | "over"} VisitState */
/** What the client's page says of itself. @typedef {{ linked: boolean, call: "none" | "connecting" | "in_call", held: boolean, muted: boolean, mixer: boolean }} ClientState */
/** Something the coach has done in this join. @typedef {{ n?: number, id: string, act: Act, text?: string | null, done?: Done }} Deed */

/** @type {ClientState} */
const UNKNOWN = { linked: false, call: "none", held: false, muted: false, mixer: false };
const CLOSED_WHY = /** @type {Record<number, string>} */ ({
  [CLOSED.refused]: "refused",
  [CLOSED.takenOver]: "taken_over",
  [CLOSED.tooMuch]: "too_much",
});

/**
 * What the browser does; tests replace it.
 * @typedef {object} VisitBrowser
 * @property {Clock} clock
 * @property {Pick<typeof browserPage, "onHide" | "onWake" | "webSocketOrigin">} page
 * @property {typeof capture} capture
 * @property {() => string} newId
 * @property {(address: string) => Socket} [connect]
 * @property {CreatePeer} [createPeer]
 * @property {() => MediaStream} [createStream]
 */

/** @type {VisitBrowser} */
const BROWSER = {
  clock: browserClock,
  page: browserPage,
  capture: (wanted) => capture(wanted),
  newId: randomId,
};

/** One visit. */
export class LiveVisit {
  /** @type {VisitState} */
  join = "opening";
  why = "";
  /** @type {LiveMode} */
  mode = "listening";
  /** Whether the client's page is there. */
  peer = false;
  /** @type {ClientState} */
  client = UNKNOWN;
  /** @type {Deed[]} */
  deeds = [];
  /** Why the last order was not carried out. */
  problem = "";
  /** @type {{ client: MediaStream | null, agent: MediaStream | null }} */
  streams = { client: null, agent: null };
  /** @type {MediaStream | null} The coach's own camera and microphone. */
  own = null;
  /** Whether they were asked for. */
  asked = false;
  cameraOn = true;
  #answerBy = 0; // by this browser's clock
  /** @type {RTCConfiguration} */
  #rtc = {};
  #disposed = false;
  /** @type {(() => void)[]} */
  #stops = [];

  /**
   * @param {LiveCoachData} data
   * @param {() => void} onChange
   * @param {VisitBrowser} [browser]
   */
  constructor(data, onChange, browser = BROWSER) {
    this.data = data;
    this.onChange = onChange;
    this.browser = browser;
    const { clock, page, connect, createPeer, createStream } = browser;
    this.socket = new LiveSocket({
      address: () => page.webSocketOrigin(data.socket_url),
      enter: () => ({ type: "enter" }),
      clock,
      connect,
      onMessage: (message) => this.#hear(message),
      onChange,
      onOver: (code, why) => this.#over(CLOSED_WHY[code] ?? why),
    });
    this.answer = new LiveAnswer({
      rtc: () => this.#rtc,
      send: (message) => this.socket.send(message),
      own: { camera: null, microphone: null },
      createPeer,
      createStream,
      onStream: (whose, stream) => {
        this.streams = { ...this.streams, [whose]: stream };
        onChange();
      },
      onChange: () => this.#linkChanged(),
    });
    this.#stops = [
      page.onWake(() => this.socket.wake()),
      page.onHide((why) => why === "pagehide" && this.answer.close()),
    ];
  }

  open() {
    this.socket.open();
  }

  dispose() {
    this.#disposed = true;
    this.socket.close();
    this.#part();
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** How long the client may still take to answer. */
  get secondsToAnswer() {
    return Math.max(0, Math.ceil((this.#answerBy - this.browser.clock.now()) / 1000));
  }

  /** Whether the two hear and see each other. */
  get linked() {
    return this.answer.connected;
  }

  /** Whether the coach can be heard at all. */
  get hasMicrophone() {
    return this.#microphone !== null;
  }

  get hasCamera() {
    return this.#camera !== null;
  }

  /** Whether the microphone leaves out what the loudspeaker plays: else the AI coach would hear itself. */
  get cancelsEcho() {
    return this.#microphone?.getSettings().echoCancellation === true;
  }

  /**
   * Asks the client's page to do something; false where it was not sent.
   * @param {Act} act
   * @param {string} [text]
   */
  order(act, text = "") {
    const id = this.browser.newId();
    this.problem = "";
    const sent = this.socket.send({ type: "order", id, act, text });
    if (sent) this.deeds = [...this.deeds, { id, act, text }];
    else this.problem = "offline";
    this.onChange();
    return sent;
  }

  /** @param {boolean} on */
  switchCamera(on) {
    this.cameraOn = on;
    if (this.#camera) this.#camera.enabled = on;
    this.answer.setTrack("camera", on ? this.#camera : null);
    this.onChange();
  }

  /** The coach leaves, or takes the question back. */
  leave() {
    this.socket.send({ type: "leave" });
    this.#over("coach");
  }

  get #microphone() {
    return this.own?.getAudioTracks()[0] ?? null;
  }

  get #camera() {
    return this.own?.getVideoTracks()[0] ?? null;
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
        this.peer = message.here;
        break;
      case "desc":
      case "ice":
        this.answer.hear(message).catch(() => {});
        break;
      case "done":
        this.#done(message.id, { done: message.done, why: message.why });
        break;
      case "state":
        this.client = { ...UNKNOWN, ...message };
        break;
      case "mode":
        this.mode = message.mode;
        this.#sound();
        break;
    }
    this.onChange();
  }

  /** @param {LiveMessage} hello */
  #hello(hello) {
    this.#rtc = hello.rtc ?? {};
    // The clocks of the two computers may differ.
    const left = hello.until ? Date.parse(hello.until) - Date.parse(hello.server_time) : 0;
    this.#answerBy = this.browser.clock.now() + left;
    this.peer = hello.peer;
    this.mode = hello.mode ?? "listening";
    const known = new Set((hello.acts ?? []).map((/** @type {Deed} */ { id }) => id));
    this.deeds = [...(hello.acts ?? []), ...this.deeds.filter(({ id }) => !known.has(id))];
    this.#sound();
    this.#statusChanged(hello.status, "");
    this.#tell();
  }

  /** @param {string} status @param {string} why */
  #statusChanged(status, why) {
    if (status === "asked") this.join = "asked";
    else if (status === "admitted") {
      this.join = "admitted";
      this.#useDevices();
    } else this.#over(why || status);
  }

  /** The devices are asked for once somebody is there to be seen and heard by. */
  async #useDevices() {
    if (this.asked) return;
    this.asked = true;
    const { stream } = await this.browser.capture({ video: videoConstraints(), audio: audioConstraints() });
    if (this.#disposed || this.join !== "admitted") {
      stopTracks(stream);
      return;
    }
    this.own = stream;
    this.#sound();
    const camera = this.cameraOn ? this.#camera : null;
    await Promise.all([
      this.answer.setTrack("camera", camera),
      this.answer.setTrack("microphone", this.#microphone),
    ]);
    this.#tell();
    this.onChange();
  }

  /** @param {string} id @param {Done} done */
  #done(id, done) {
    this.deeds = this.deeds.map((deed) => (deed.id === id ? { ...deed, done } : deed));
    if (!done.done) this.problem = done.why ?? "failed";
  }

  /** In listening nobody hears the coach: their microphone sends nothing. */
  #sound() {
    if (this.#microphone) this.#microphone.enabled = this.mode !== "listening";
  }

  #linkChanged() {
    this.#tell();
    this.onChange();
  }

  #tell() {
    this.socket.send({ type: "state", linked: this.linked, echo: this.cancelsEcho });
  }

  /** @param {string} why */
  #over(why) {
    if (this.join === "over") return;
    this.join = "over";
    this.why = why;
    this.socket.close();
    this.#part();
    this.onChange();
  }

  #part() {
    this.answer.close();
    stopTracks(this.own);
    this.own = null;
    this.streams = { client: null, agent: null };
  }
}
