// @ts-check
// How Streamlit's calls of a component become one object that lives as long as its place on the page.
import { componentRoot } from "./dom.js";

/**
 * What Streamlit calls a component with.
 * @template Data
 * @typedef {object} ComponentArgs
 * @property {ParentNode} parentElement
 * @property {Data} data What Python hands to the component.
 * @property {(name: string, value: unknown) => void} setTriggerValue Sends a value to Python and reruns the page.
 */

/**
 * One component on the page.
 * @template Data
 * @typedef {object} Component
 * @property {(args: ComponentArgs<Data>) => void} update Called when it is mounted and whenever its data changes.
 * @property {() => void} dispose Called once, when Streamlit takes it off the page.
 */

/**
 * A component's default export: creates the component once for a parent, then updates it.
 * @template Data
 * @param {string} name Names the root's CSS class.
 * @param {(root: HTMLElement) => Component<Data>} create
 */
export function mountOnce(name, create) {
  /** @type {WeakMap<HTMLElement, { component: Component<Data>, calls: number }>} */
  const mounted = new WeakMap();

  /** @param {ComponentArgs<Data>} args */
  return (args) => {
    const root = componentRoot(args.parentElement, name);
    const entry = mounted.get(root) ?? { component: create(root), calls: 0 };
    mounted.set(root, entry);
    const call = ++entry.calls;
    entry.component.update(args);
    return () => {
      // Streamlit may run the clean-up of one call after the next call.
      if (entry.calls !== call) return;
      mounted.delete(root);
      entry.component.dispose();
      root.remove();
    };
  };
}

/**
 * What a box shows of one session: made once for it, and handed from one mount of the box to the next.
 * @template View
 * @typedef {object} BoxSession
 * @property {string} sessionId
 * @property {(view: View, gone: () => void) => void} leave The view is gone; `gone` once nobody came back in time.
 * @property {() => void} dispose
 */

/**
 * The elements of a box.
 * @typedef {object} BoxView
 * @property {() => void} stop The box is taken off the page, or shows another session.
 */

/**
 * How a box of sessions differs from the others.
 * @template {{ session_id: string }} Data
 * @template {BoxSession<View>} Session
 * @template {BoxView} View
 * @typedef {object} SessionBoxParts
 * @property {() => Map<string, Session>} sessions By id, so that a box that is made anew finds its own.
 * @property {(data: Data) => Session} create
 * @property {(root: HTMLElement, session: Session, send: (name: string, value: unknown) => void) => View} createView
 * @property {(session: Session, view: View, data: Data, send: (name: string, value: unknown) => void) => void} show
 * @property {(session: Session) => void} [opened] Called after a new session is shown for the first time.
 * @property {() => void} [forgotten] Called after one is gone.
 */

/**
 * A box that shows one session at a time. Another session in the same place ends the one before: it must not go on
 * unseen.
 * @template {{ session_id: string }} Data
 * @template {BoxSession<View>} Session
 * @template {BoxView} View
 * @implements {Component<Data>}
 */
export class SessionBox {
  /** @type {Session | null} */
  #session = null;
  /** @type {View | null} */
  #view = null;
  /** @type {(name: string, value: unknown) => void} */
  #setTriggerValue = () => {};

  /**
   * @param {HTMLElement} root
   * @param {SessionBoxParts<Data, Session, View>} parts
   */
  constructor(root, parts) {
    this.root = root;
    this.parts = parts;
  }

  /** @param {ComponentArgs<Data>} args */
  update({ data, setTriggerValue }) {
    this.#setTriggerValue = setTriggerValue;
    /** @type {(name: string, value: unknown) => void} The way of the latest call, whenever it is used. */
    const send = (name, value) => this.#setTriggerValue(name, value);
    const known = this.parts.sessions().get(data.session_id);
    const session = known ?? this.parts.create(data);
    this.parts.sessions().set(data.session_id, session);
    if (this.#session !== session) this.#replace(session);
    const view = (this.#view ??= this.parts.createView(this.root, session, send));
    this.parts.show(session, view, data, send);
    if (!known) this.parts.opened?.(session);
  }

  dispose() {
    const session = this.#session;
    if (session && this.#view) session.leave(this.#view, () => this.#forget(session));
    this.#view?.stop();
  }

  /** @param {Session} session */
  #replace(session) {
    if (this.#session) {
      this.#forget(this.#session);
      this.#session.dispose();
      this.#view?.stop();
      this.root.replaceChildren();
      this.#view = null;
    }
    this.#session = session;
  }

  /** @param {Session} session */
  #forget(session) {
    if (this.parts.sessions().get(session.sessionId) !== session) return;
    this.parts.sessions().delete(session.sessionId);
    this.parts.forgotten?.();
  }
}
