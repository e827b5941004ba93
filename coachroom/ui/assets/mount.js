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
