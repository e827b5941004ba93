// How the room's components find each other: one Map on window, and an event when something changed.
// Streamlit gives every component its own copy of the modules, so module state is not shared.

const CHANGE = "coachroom:change";

export const rooms = () => (window.coachroom ??= new Map());

export function announceChange(instance) {
  window.dispatchEvent(new CustomEvent(CHANGE, { detail: { instance } }));
}

/** Returns the function that stops listening. */
export function onRoomChange(listener) {
  window.addEventListener(CHANGE, listener);
  return () => window.removeEventListener(CHANGE, listener);
}
