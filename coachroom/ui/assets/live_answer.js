// @ts-check
// The human coach's end of the connection: it answers each of the client's offers. No DOM.
import { InTurn, LivePeer } from "./live_peer.js";
/** @import { CreatePeer, Send } from "./live_peer.js" */
/** @import { LiveMessage } from "./live_socket.js" */

/** Whose stream it is: the client's camera and microphone, or the AI coach's voice. @typedef {"client" | "agent"} Whose */
/** @typedef {"camera" | "microphone"} OwnPlace */
/** @typedef {Record<OwnPlace, MediaStreamTrack | null>} OwnTracks */

/** One connection after the other: the client's page may come anew. */
export class LiveAnswer {
  /** @type {LivePeer | null} */
  #peer = null;
  /** @type {{ me: string, agent: string } | null} */
  #names = null;
  /** @type {Partial<Record<OwnPlace, RTCRtpSender>>} */
  #senders = {};
  #steps = new InTurn();

  /**
   * @param {object} parts
   * @param {() => RTCConfiguration} parts.rtc
   * @param {Send} parts.send
   * @param {OwnTracks} parts.own What the coach sends; set it by `setTrack`.
   * @param {(whose: Whose, stream: MediaStream) => void} parts.onStream
   * @param {() => void} parts.onChange
   * @param {CreatePeer} [parts.createPeer]
   * @param {() => MediaStream} [parts.createStream]
   */
  constructor({ rtc, send, own, onStream, onChange, createPeer, createStream = () => new MediaStream() }) {
    this.rtc = rtc;
    this.send = send;
    this.own = own;
    this.onStream = onStream;
    this.onChange = onChange;
    this.createPeer = createPeer;
    this.createStream = createStream;
  }

  get connected() {
    return this.#peer?.connected ?? false;
  }

  /** The browser's word for the connection; "none" before the first offer. */
  get state() {
    return this.#peer?.connection.connectionState ?? "none";
  }

  /** Takes in an offer or a candidate. @param {LiveMessage} message */
  hear(message) {
    return this.#steps.run(async () => {
      if (message.type === "desc") await this.#answer(message.desc, message.names);
      else if (message.type === "ice") await this.#peer?.candidate(message.candidate);
    });
  }

  /**
   * Sends this track from now on, or nothing.
   * @param {OwnPlace} place
   * @param {MediaStreamTrack | null} track
   */
  setTrack(place, track) {
    this.own[place] = track;
    return this.#steps.run(async () => {
      const sender = this.#senders[place];
      if (sender && sender.track !== track) await sender.replaceTrack(track);
    });
  }

  close() {
    this.#peer?.close();
    this.#peer = null;
    this.#names = null;
    this.#senders = {};
  }

  /**
   * An offer of the same streams looks for another way; any other one is a new connection.
   * @param {RTCSessionDescriptionInit} desc
   * @param {{ me: string, agent: string }} names
   */
  async #answer(desc, names) {
    const peer = this.#peer && this.#names?.me === names.me ? this.#peer : this.#begin(names);
    await peer.describe(desc);
    if (!this.#senders.microphone) await this.#takePlaces(peer);
    await peer.tell();
  }

  /** @param {{ me: string, agent: string }} names */
  #begin(names) {
    this.close();
    const peer = new LivePeer({
      rtc: this.rtc(),
      send: this.send,
      createPeer: this.createPeer,
      onState: () => this.#peer === peer && this.onChange(),
    });
    peer.connection.ontrack = ({ streams: [stream] }) => {
      if (stream) this.onStream(stream.id === names.agent ? "agent" : "client", stream);
    };
    this.#peer = peer;
    this.#names = names;
    return peer;
  }

  /** The first place of each kind is for both sides. @param {LivePeer} peer */
  async #takePlaces(peer) {
    const stream = this.createStream();
    const places = peer.connection.getTransceivers();
    for (const [name, kind] of /** @type {[OwnPlace, string][]} */ ([
      ["camera", "video"],
      ["microphone", "audio"],
    ])) {
      const place = places.find(({ receiver }) => receiver.track.kind === kind);
      if (!place) continue;
      place.direction = "sendrecv";
      place.sender.setStreams(stream);
      await place.sender.replaceTrack(this.own[name]);
      this.#senders[name] = place.sender;
    }
  }
}
