// @ts-check
// What the agent's box says to the client. Plain sentences: what happened, what it means, what to do.
/** @import { Bridge } from "./bridge.js" */

/** @typedef {Pick<Bridge, "status" | "mode" | "reason" | "inCall">} CallState */

/** What to say when something fails, by its reason. */
export const PROBLEM = {
  lost: "The connection to the coach was lost. What you said is kept. You can continue.",
  refused: "The coach could not be reached. Check your internet connection, then continue.",
  timeout: "The coach did not answer within 20 seconds. Check your internet connection, then continue.",
  queue: "All lines are still taken. Nothing is lost. Wait a few minutes, then try again.",
  microphone:
    "The microphone could not be used, so the coach cannot hear you. " +
    "Allow it with the symbol beside the address, check that it is connected, then continue.",
  load: "The coach could not be loaded. Check your internet connection, then reload this page.",
  undo: "This could not be undone just now. Try again in a moment.",
};

/** Shown when the server says that the session is over. */
export const SESSION_ENDED = "This session has ended. Go to Home to see what comes next.";

/** The stages of a session with their labels, in their order. @type {[string, string][]} */
export const STAGES = [
  ["goal", "Goal"],
  ["reality", "Where you are"],
  ["options", "Options"],
  ["will", "Next step"],
];

/**
 * The status in a word or two.
 * @param {CallState} call
 */
export function statusLabel(call) {
  switch (call.status) {
    case "connecting":
      return "Connecting";
    case "queued":
      return "Waiting";
    case "connected":
      return call.mode === "speaking" ? "Speaking" : "Listening";
    case "failed":
      return "Connection lost";
    case "disconnected":
      return call.reason === "error" ? "Connection lost" : "Ended";
    default:
      return "Not started";
  }
}

/**
 * The status for a screen reader. It says nothing of the turns, so as not to talk over the agent.
 * @param {CallState} call
 */
export function statusSentence(call) {
  switch (call.status) {
    case "connecting":
      return "Connecting to the coach.";
    case "queued":
      return "You are waiting for a free line.";
    case "connected":
      return "The coach is connected.";
    case "failed":
      return "The coach could not be reached.";
    case "disconnected":
      return call.reason === "error"
        ? "The connection to the coach was lost."
        : "The conversation has ended.";
    default:
      return "";
  }
}

/**
 * What the button that starts a call says.
 * @param {CallState} call
 * @param {{ resumed: boolean }} session resumed: there were calls before this page was loaded.
 */
export function startLabel(call, { resumed }) {
  if (call.status === "idle") return resumed ? "Continue the conversation" : "Start the conversation";
  const lost = call.status === "failed" || call.reason === "error";
  return lost ? "Continue the conversation" : "Talk again";
}

/**
 * What happens next, or what the client may do now.
 * @param {CallState} call
 * @param {{ textOnly: boolean, loading: boolean, resumed: boolean }} session
 */
export function hint(call, { textOnly, loading, resumed }) {
  if (loading) return "The coach is getting ready.";
  if (call.status === "connecting") return "The coach will greet you in a moment.";
  if (call.status === "queued")
    return (
      "All lines are taken, you are next in line. " +
      "The coach will greet you; until then what you say or type does not reach the coach."
    );
  if (call.inCall) return textOnly ? "Type to the coach below." : "Talk freely, or type below.";
  if (call.status === "idle" && resumed) return "The coach knows what was said and goes on from there.";
  if (call.status === "idle") {
    return textOnly
      ? "The coach will greet you. You type, the coach answers in writing."
      : "The coach will greet you. You can type instead of talking.";
  }
  if (call.status === "disconnected" && call.reason !== "error")
    return "You can talk again whenever you like.";
  return "";
}
