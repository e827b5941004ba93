// Loads the self-hosted widget bundle once for the page, whichever component asks first.

export const asset = (name) => new URL(name, import.meta.url).href;

/** Resolves when <elevenlabs-convai> is defined; a failed load can be tried again. */
export function loadWidget() {
  if (customElements.get("elevenlabs-convai")) return Promise.resolve();
  // On window, not in the module: each component has its own copy of this module.
  window.coachroomWidget ??= import(asset("widget.js")).catch((error) => {
    window.coachroomWidget = undefined;
    throw error;
  });
  return window.coachroomWidget;
}
