// What the coach's box says. Plain sentences: what happened, what it means, what to do.

export function statusWord(bridge) {
  switch (bridge.status) {
    case "connecting":
      return "Connecting";
    case "connected":
      return bridge.mode === "speaking" ? "Speaking" : "Listening";
    case "failed":
      return "Connection lost";
    case "disconnected":
      return bridge.reason === "error" ? "Connection lost" : "Ended";
    default:
      return "Not started";
  }
}

/** Spoken by a screen reader. Turns of speech are left out: they would talk over the coach. */
export function statusSentence(bridge) {
  switch (bridge.status) {
    case "connecting":
      return "Connecting to the coach.";
    case "connected":
      return "The coach is connected.";
    case "failed":
      return "The coach could not be reached.";
    case "disconnected":
      return bridge.reason === "error"
        ? "The connection to the coach was lost."
        : "The conversation has ended.";
    default:
      return "";
  }
}

export function startLabel(bridge, { resumed = false } = {}) {
  if (bridge.status === "idle") return resumed ? "Continue the conversation" : "Start the conversation";
  const lost = bridge.status === "failed" || bridge.reason === "error";
  return lost ? "Continue the conversation" : "Talk again";
}

export function hint({ bridge, textOnly, loading, resumed = false }) {
  if (loading) return "The coach is getting ready.";
  if (bridge.status === "connecting") return "The coach will greet you in a moment.";
  if (bridge.inCall) return textOnly ? "Type to the coach below." : "Talk freely, or type below.";
  if (bridge.status === "idle" && resumed) return "The coach knows what was said and goes on from there.";
  if (bridge.status === "idle") {
    return textOnly
      ? "The coach will greet you. You type, the coach answers in writing."
      : "The coach will greet you. You can type instead of talking.";
  }
  if (bridge.status === "disconnected" && bridge.reason !== "error")
    return "You can talk again whenever you like.";
  return "";
}

export const PROBLEM = {
  lost: "The connection to the coach was lost. What you said is kept. You can continue.",
  refused: "The coach could not be reached. Check your internet connection, then continue.",
  timeout: "The coach did not answer within 20 seconds. Check your internet connection, then continue.",
  microphone:
    "The microphone could not be used, so the coach cannot hear you. " +
    "Allow it with the symbol beside the address, check that it is connected, then continue.",
  load: "The coach could not be loaded. Check your internet connection, then reload this page.",
  undo: "This could not be undone just now. Try again in a moment.",
};

export const SESSION_ENDED = "This session has ended. Go to Home to see what comes next.";

/** The stages of a session, in their order. */
export const STAGES = [
  ["goal", "Goal"],
  ["reality", "Where you are"],
  ["options", "Options"],
  ["will", "Next step"],
];
