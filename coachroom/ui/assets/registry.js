// @ts-check
// How the components of one page find each other's agent call. Streamlit gives each component its own copy
// of the modules, so the calls are kept on window.
/** @import { AgentCall } from "./agent_call.js" */

const CHANGE = "coachroom:change";
const HELP = "coachroom:help";
const HUMAN_COACH = "coachroom:human-coach";

/**
 * @typedef {object} SharedCalls
 * @property {Map<string, AgentCall>} [coachroomCalls]
 * @property {MediaStream | null} [coachroomPicture]
 * @property {boolean} [coachroomHumanCoach]
 */

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

/** The client's own picture, where it is shown from the browser's own camera. */
export const ownPicture = () => /** @type {SharedCalls} */ (window).coachroomPicture ?? null;

/** Tells the other components of the client's own picture. @param {MediaStream | null} stream */
export function shareOwnPicture(stream) {
  const shared = /** @type {SharedCalls} */ (window);
  if ((shared.coachroomPicture ?? null) === stream) return;
  shared.coachroomPicture = stream;
  announceChange();
}

/** Whether a human coach asks to come in, or is here. */
export const humanCoachIsHere = () => Boolean(/** @type {SharedCalls} */ (window).coachroomHumanCoach);

/** Tells the other components so: their box is shown where it is behind a button. @param {boolean} here */
export function shareHumanCoach(here) {
  const shared = /** @type {SharedCalls} */ (window);
  if (Boolean(shared.coachroomHumanCoach) === here) return;
  shared.coachroomHumanCoach = here;
  window.dispatchEvent(new CustomEvent(HUMAN_COACH));
}

/**
 * Calls `listener` whenever that has changed; returns the function that stops it.
 * @param {() => void} listener
 */
export function onHumanCoach(listener) {
  window.addEventListener(HUMAN_COACH, listener);
  return () => window.removeEventListener(HUMAN_COACH, listener);
}
