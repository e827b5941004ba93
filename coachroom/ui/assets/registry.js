// @ts-check
// How the components of one page find each other's agent call. Streamlit gives each component its own copy
// of the modules, so the calls are kept on window.
/** @import { AgentCall } from "./agent_call.js" */

const CHANGE = "coachroom:change";
const HELP = "coachroom:help";

/** @typedef {{ coachroomCalls?: Map<string, AgentCall> }} SharedCalls */

/** The page's calls by session id. */
export function agentCalls() {
  const shared = /** @type {SharedCalls} */ (window);
  return (shared.coachroomCalls ??= new Map());
}

/** Whether the session that this page shows is over. */
export const sessionOver = () => [...agentCalls().values()].some(({ over }) => over);

/** Tells the other components that a call has changed. */
export function announceChange() {
  window.dispatchEvent(new CustomEvent(CHANGE));
}

/**
 * Calls `listener` after every change; returns the function that stops it.
 * @param {() => void} listener
 */
export function onCallChange(listener) {
  window.addEventListener(CHANGE, listener);
  return () => window.removeEventListener(CHANGE, listener);
}

/** Tells the other components that the client said words of danger. */
export function announceHelp() {
  window.dispatchEvent(new CustomEvent(HELP));
}

/**
 * Calls `listener` whenever the client said words of danger; returns the function that stops it.
 * @param {() => void} listener
 */
export function onHelpNeeded(listener) {
  window.addEventListener(HELP, listener);
  return () => window.removeEventListener(HELP, listener);
}
