// @ts-check
// Loads the widget's bundle from our own server, once for the page, whichever component asks first.

/** @typedef {{ coachroomWidget?: Promise<unknown> }} SharedWidget */

/** The address of one of our asset files. @param {string} name */
export const asset = (name) => new URL(name, import.meta.url).href;

/**
 * Resolves when the element <elevenlabs-convai> is defined; a load that failed can be tried again.
 * @returns {Promise<unknown>}
 */
export function loadWidget() {
  if (customElements.get("elevenlabs-convai")) return Promise.resolve();
  // On window, not in the module: each component has its own copy of this module.
  const shared = /** @type {SharedWidget} */ (window);
  shared.coachroomWidget ??= import(asset("widget.js")).catch((error) => {
    shared.coachroomWidget = undefined;
    throw error;
  });
  return shared.coachroomWidget;
}
