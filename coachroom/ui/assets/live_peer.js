// @ts-check
// One end of the connection between the two browsers: descriptions and candidates in their order. No DOM.
/** @import { LiveMessage } from "./live_socket.js" */

/** @typedef {(message: LiveMessage) => unknown} Send */
/** @typedef {(rtc: RTCConfiguration) => RTCPeerConnection} CreatePeer */

/** @type {CreatePeer} */
const browserPeer = (rtc) => new RTCPeerConnection(rtc);

/** A connection that takes candidates also before the description they belong to. */
export class LivePeer {
  /** @type {RTCIceCandidateInit[]} */
  #early = [];

  /**
   * @param {object} parts
   * @param {RTCConfiguration} parts.rtc
   * @param {Send} parts.send
   * @param {() => void} parts.onState Called when the connection's state has changed.
   * @param {CreatePeer} [parts.createPeer]
   */
  constructor({ rtc, send, onState, createPeer = browserPeer }) {
    this.send = send;
    this.connection = createPeer(rtc);
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate) send({ type: "ice", candidate: candidate.toJSON() });
    };
    this.connection.onconnectionstatechange = onState;
  }

  get connected() {
    return this.connection.connectionState === "connected";
  }

  /** @param {RTCSessionDescriptionInit} desc What the other side says. */
  async describe(desc) {
    await this.connection.setRemoteDescription(desc);
    for (const candidate of this.#early.splice(0)) await this.#add(candidate);
  }

  /** @param {RTCIceCandidateInit} candidate */
  async candidate(candidate) {
    if (this.connection.remoteDescription) await this.#add(candidate);
    else this.#early.push(candidate);
  }

  /** Sends the other side what this one says: an offer, or the answer to one. @param {object} [more] */
  async tell(more = {}) {
    await this.connection.setLocalDescription();
    const { type, sdp } = /** @type {RTCSessionDescription} */ (this.connection.localDescription);
    this.send({ type: "desc", desc: { type, sdp }, ...more });
  }

  close() {
    this.connection.onicecandidate = null;
    this.connection.onconnectionstatechange = null;
    this.connection.ontrack = null;
    this.connection.close();
  }

  /** A candidate of a connection that is gone by now is no failure. @param {RTCIceCandidateInit} candidate */
  async #add(candidate) {
    await this.connection.addIceCandidate(candidate).catch(() => {});
  }
}

/** Runs one step after the other, also where a step takes time; a step that fails stops none. */
export class InTurn {
  #last = Promise.resolve();

  /** @param {() => Promise<unknown>} step */
  run(step) {
    const done = this.#last.then(step);
    this.#last = done.then(
      () => {},
      () => {},
    );
    return done;
  }
}
