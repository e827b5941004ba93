// @ts-check
// One side's socket of a join: it enters again after a loss, and stays away once the server says so. No DOM.
/** @import { Clock } from "./clock.js" */

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 5000;
/** Not allowed, another page of the same person took over, the join is over, too much was sent. */
export const CLOSED = { refused: 1008, takenOver: 4001, over: 4002, tooMuch: 4008 };
const FINAL = new Set(Object.values(CLOSED));

/** A message of either direction. @typedef {{ type: string, [field: string]: any }} LiveMessage */

/**
 * The parts of a web socket that are used.
 * @typedef {object} Socket
 * @property {number} readyState
 * @property {(text: string) => void} send
 * @property {(code?: number) => void} close
 * @property {(() => void) | null} onopen
 * @property {((event: { data: any }) => void) | null} onmessage
 * @property {((event: { code: number, reason: string }) => void) | null} onclose
 */

const OPEN = 1;

/** Keeps one side of a join connected to the server. */
export class LiveSocket {
  /** @type {Socket | null} */
  #socket = null;
  /** @type {number | null} */
  #timer = null;
  #waitMs = FIRST_WAIT_MS;
  #closed = true;

  /**
   * @param {object} parts
   * @param {() => string} parts.address
   * @param {() => LiveMessage} parts.enter The first message of each connection.
   * @param {Clock} parts.clock
   * @param {(message: LiveMessage) => void} parts.onMessage
   * @param {() => void} parts.onChange Called when it is connected, or is no more.
   * @param {(code: number, why: string) => void} parts.onOver Called once the server wants nobody back.
   * @param {(address: string) => Socket} [parts.connect]
   */
  constructor({ address, enter, clock, onMessage, onChange, onOver, connect = browserSocket }) {
    this.address = address;
    this.enter = enter;
    this.clock = clock;
    this.onMessage = onMessage;
    this.onChange = onChange;
    this.onOver = onOver;
    this.connect = connect;
    /** Whether the server has greeted this connection. */
    this.here = false;
  }

  open() {
    if (!this.#closed) return;
    this.#closed = false;
    this.#connect();
  }

  /** Tries again now. */
  wake() {
    if (this.#closed || this.#socket) return;
    this.clock.cancel(this.#timer);
    this.#connect();
  }

  /**
   * Whether the message is on its way.
   * @param {LiveMessage} message
   */
  send(message) {
    if (!this.here || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  close() {
    this.#closed = true;
    this.clock.cancel(this.#timer);
    const socket = this.#socket;
    this.#forget();
    socket?.close(1000);
  }

  #connect() {
    const socket = (this.#socket = this.connect(this.address()));
    const current = () => this.#socket === socket;
    socket.onopen = () => current() && socket.send(JSON.stringify(this.enter()));
    socket.onmessage = ({ data }) => current() && this.#received(JSON.parse(String(data)));
    socket.onclose = ({ code, reason }) => current() && this.#lost(code, reason);
  }

  /** @param {LiveMessage} message */
  #received(message) {
    if (message.type === "hello") {
      this.#waitMs = FIRST_WAIT_MS;
      this.here = true;
      this.onChange();
    }
    this.onMessage(message);
  }

  /** @param {number} code @param {string} why */
  #lost(code, why) {
    this.#forget();
    if (FINAL.has(code)) {
      this.#closed = true;
      this.onOver(code, why);
      return;
    }
    this.#timer = this.clock.after(this.#waitMs, () => this.#connect());
    this.#waitMs = Math.min(MAX_WAIT_MS, this.#waitMs * 2);
    this.onChange();
  }

  #forget() {
    this.#socket = null;
    this.here = false;
  }
}

/** @param {string} address @returns {Socket} */
function browserSocket(address) {
  return /** @type {Socket} */ (/** @type {unknown} */ (new WebSocket(address)));
}
