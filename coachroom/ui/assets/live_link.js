// @ts-check
// The client's end of the connection with the human coach. It always makes the offer, with a place each for the camera,
// the microphone and the AI coach's voice, so that calls come and go without a new offer. No DOM.
import { InTurn, LivePeer } from "./live_peer.js";
/** @import { Clock } from "./clock.js" */
/** @import { CreatePeer, Send } from "./live_peer.js" */
/** @import { LiveMessage } from "./live_socket.js" */

const MAX_CONNECT_MS = 15_000;

/** @typedef {"camera" | "microphone" | "agent"} Place */
/** @typedef {Partial<Record<Place, MediaStreamTrack | null>>} Tracks */
/** failed: it was tried twice. @typedef {"connecting" | "connected" | "lost" | "failed"} LinkState */

/** One connection, from the offer to its end. */
export class LiveLink {
  /** @type {Partial<Record<Place, RTCRtpSender>>} */
  #senders = {};
  #steps = new InTurn();
  #closed = false;
  #triedAgain = false;
  /** @type {number | null} */
  #timer = null;

  /**
   * @param {object} parts
   * @param {RTCConfiguration} parts.rtc
   * @param {Send} parts.send
   * @param {Clock} parts.clock
   * @param {(stream: MediaStream) => void} parts.onStream Called with what the coach sends.
   * @param {() => void} parts.onChange
   * @param {CreatePeer} [parts.createPeer]
   * @param {() => MediaStream} [parts.createStream]
   */
  constructor({ rtc, send, clock, onStream, onChange, createPeer, createStream = () => new MediaStream() }) {
    this.clock = clock;
    this.onChange = onChange;
    /** @type {LinkState} */
    this.state = "connecting";
    this.me = createStream();
    this.agent = createStream();
    this.peer = new LivePeer({ rtc, send, createPeer, onState: () => this.#stateChanged() });
    this.peer.connection.ontrack = ({ streams: [stream] }) => stream && onStream(stream);
  }

  /** Offers; a place without a track stays free for one. @param {Tracks} tracks */
  open(tracks) {
    return this.#steps.run(async () => {
      if (this.#closed) return;
      const { connection } = this.peer;
      /** @type {(track: MediaStreamTrack | null | undefined, kind: string, to: RTCRtpTransceiverInit) => RTCRtpSender} */
      const place = (track, kind, to) => connection.addTransceiver(track ?? kind, to).sender;
      this.#senders = {
        camera: place(tracks.camera, "video", { direction: "sendrecv", streams: [this.me] }),
        microphone: place(tracks.microphone, "audio", { direction: "sendrecv", streams: [this.me] }),
        agent: place(tracks.agent, "audio", { direction: "sendonly", streams: [this.agent] }),
      };
      this.#watch();
      await this.#offer();
    });
  }

  /** Takes in an answer or a candidate. @param {LiveMessage} message */
  hear(message) {
    return this.#steps.run(async () => {
      if (this.#closed) return;
      if (message.type === "desc") await this.peer.describe(message.desc);
      else if (message.type === "ice") await this.peer.candidate(message.candidate);
    });
  }

  /**
   * Sends this track from now on, or nothing.
   * @param {Place} place
   * @param {MediaStreamTrack | null} track
   */
  setTrack(place, track) {
    return this.#steps.run(async () => {
      const sender = this.#senders[place];
      if (this.#closed || !sender || sender.track === track) return;
      await sender.replaceTrack(track);
    });
  }

  close() {
    this.#closed = true;
    this.clock.cancel(this.#timer);
    this.peer.close();
  }

  #offer() {
    return this.peer.tell({ names: { me: this.me.id, agent: this.agent.id } });
  }

  #stateChanged() {
    const state = this.peer.connection.connectionState;
    if (state === "connected") {
      this.clock.cancel(this.#timer);
      this.#triedAgain = false;
      this.#set("connected");
    } else if (state === "disconnected") {
      this.#set("lost");
      this.#watch();
    } else if (state === "failed") this.#again();
  }

  #watch() {
    this.clock.cancel(this.#timer);
    this.#timer = this.clock.after(MAX_CONNECT_MS, () => this.#again());
  }

  /** Looks for another way between the two, once. */
  #again() {
    if (this.#closed || this.peer.connected || this.state === "failed") return;
    if (this.#triedAgain) {
      this.clock.cancel(this.#timer);
      this.#set("failed");
      return;
    }
    this.#triedAgain = true;
    this.#watch();
    this.#steps.run(async () => {
      if (this.#closed) return;
      this.peer.connection.restartIce();
      await this.#offer();
    });
  }

  /** @param {LinkState} state */
  #set(state) {
    if (this.state === state) return;
    this.state = state;
    this.onChange();
  }
}
