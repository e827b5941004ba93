// @ts-check
// What the agent's box says to the client. Plain sentences: what happened, what it means, what to do.
import { BROKE_OFF } from "./refusals.js";
/** @import { Bridge } from "./bridge.js" */
/** @import { Mender } from "./refusals.js" */
/** @import { BudgetLimit } from "./call_briefing.js" */

/** @typedef {Pick<Bridge, "status" | "mode" | "reason" | "inCall" | "mender" | "typing" | "saysGoodbye">} CallState */

/** @param {CallState} call */
const brokeOff = ({ reason }) => BROKE_OFF.has(reason ?? "");

/** What to say when something fails, by its reason. */
export const PROBLEM = {
  timeout: "The coach did not answer within 20 seconds. Check your internet connection, then continue.",
  not_begun:
    "The coach was reached but did not begin. Nothing is wrong on your side. Wait a moment, then continue. " +
    "If it happens again, please tell your community's host.",
  queue: "All lines are still taken. Nothing is lost. Wait a few minutes, then try again.",
  microphone:
    "The microphone could not be used, so the coach cannot hear you. " +
    "Allow it with the symbol beside the address, check that it is connected, then continue.",
  sound:
    "This device plays no sound, so the call could not begin. Type to the coach below, or connect a loudspeaker or " +
    "headphones and continue.",
  load: "The coach could not be loaded. Check your internet connection, then reload this page.",
  undo: "This could not be undone just now. Try again in a moment.",
};

/** What to say of a call that could not begin, by whose part it is. @type {Record<Mender, string>} */
export const REFUSED = {
  connection: "The coach could not be reached. Check your internet connection, then continue.",
  place:
    "The coach could not be reached. Nothing is wrong on your side: the coach is too busy just now or has broken " +
    "down. Wait a moment, then continue.",
  community:
    "The coach could not be reached. Nothing is wrong on your side: the coach is not set up right. " +
    "Please tell your community's host.",
};

/** What to say of a call that broke off. @type {Record<Mender, string>} */
export const LOST = {
  connection:
    "The connection to the coach was lost. What you said is kept. " +
    "Check your internet connection, then continue.",
  place:
    "The connection to the coach was lost. What you said is kept. " +
    "Nothing is wrong on your side, and you can continue.",
  community:
    "The call was ended. What you said is kept. Nothing is wrong on your side: the coach is not set up right. " +
    "Please tell your community's host.",
};

/** What to say while a call that broke off is taken up again, or may break off. */
export const RECONNECTING = {
  trying: "The connection to the coach was lost. What you said is kept. You are being connected again.",
  away:
    "Your internet connection is gone. What you said is kept. " +
    "As soon as it is back, you are connected again by yourself.",
  offline:
    "Your internet connection seems to be gone. Please wait a moment; the talk goes on once it is back.",
};

/** What to say of an agent that does not answer. */
export const SILENCE = {
  late: "The coach is taking longer than usual.",
  asked: "The coach is taking long, and is asked again. If nothing comes, you are connected anew.",
};

/** What the room says where a button is held to talk, and while the client is thinking. */
export const HOLD = "Hold the space bar or the button to talk. The coach hears you only then.";
export const THINKING = "Take your time. The coach waits until you say a word.";

/** What it says while a human coach talks with the client alone. */
export const HELD = "The AI coach waits, and hears neither of you.";
export const HANDED_BACK = "The AI coach goes on from what you two talked about.";
export const APART = "The AI coach has left the call, and hears neither of you.";

/** Shown when a call ended before it could be sent what was typed. */
export const NOT_SENT = "What you typed was not sent. It is in the text box again.";

/** Shown when the server says that the session is over. */
export const SESSION_ENDED = "This session has ended. What was said is kept.";

/**
 * How many minutes of the budget are left in this call, and when there are more.
 * @param {BudgetLimit} limit
 * @param {number} leftMs
 */
export function budgetSentence({ period, renewed_at: renewedAt }, leftMs) {
  const minutes = Math.ceil(leftMs / 60_000);
  const whose = period === "client_day" ? "You have" : "Your community has";
  const ofMonth = period === "community_month";
  const left = `${minutes} minute${minutes === 1 ? "" : "s"} with the coach left ${ofMonth ? "this month" : "today"}`;
  return `${whose} ${left}. The next ${ofMonth ? "month" : "day"} starts ${renewal(new Date(renewedAt), ofMonth)}.`;
}

/**
 * A moment on this machine's clock.
 * @param {Date} at
 * @param {boolean} withDate
 */
function renewal(at, withDate) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const date = withDate ? `on ${at.getDate()} ${at.toLocaleString("en", { month: "long" })} ` : "";
  return `${date}at ${time === "00:00" ? "midnight" : time}`;
}

/** The stages of a session with their labels, in their order. @type {[string, string][]} */
export const STAGES = [
  ["goal", "Goal"],
  ["reality", "Where you are"],
  ["options", "Options"],
  ["will", "Next step"],
];

/** @type {Record<Mender, string>} */
const LOST_LABEL = {
  connection: "Connection lost",
  place: "Connection lost",
  community: "Not available",
};

/**
 * The status in a word or two.
 * @param {CallState} call
 * @param {{ muted: boolean, resumed: boolean }} session muted: the coach cannot hear the client. resumed: there were
 *   calls before this page was loaded.
 */
export function statusLabel(call, { muted, resumed }) {
  switch (call.status) {
    case "connecting":
      return "Connecting";
    case "queued":
      return "Waiting";
    case "connected":
      if (call.typing) return "Typing";
      if (call.mode === "speaking") return "Speaking";
      return muted ? "Muted" : "Listening";
    case "failed":
      return call.reason === "budget" ? "Ended" : LOST_LABEL[call.mender];
    case "disconnected":
      return brokeOff(call) ? LOST_LABEL[call.mender] : "Ended";
    default:
      return resumed ? "Paused" : "Not started";
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
      if (call.reason === "budget") return "No conversation has begun.";
      return call.reason === "not_begun" ? "The coach did not begin." : "The coach could not be reached.";
    case "disconnected":
      if (!brokeOff(call)) return "The conversation has ended.";
      return call.mender === "community"
        ? "The coach is not available."
        : "The connection to the coach was lost.";
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
  if (call.reason === "coach") return "Continue with the AI coach";
  const lost = call.status === "failed" || brokeOff(call);
  return lost ? "Continue the conversation" : "Talk again";
}

/**
 * What happens next, or what the client may do now.
 * @param {CallState} call
 * @param {{ textOnly: boolean, loading: boolean, resumed: boolean, muted: boolean, waitMinutes?: number | null, apart?: boolean }} session
 *   textOnly: the next call is one in which nobody speaks. waitMinutes: in about how many minutes a line is free.
 *   apart: a human coach talks with the client alone.
 */
export function hint(call, { textOnly, loading, resumed, muted, waitMinutes = null, apart = false }) {
  if (loading) return "The coach is getting ready.";
  if (apart && !call.inCall) return APART;
  if (call.status === "connecting") return "The coach will greet you in a moment.";
  if (call.status === "queued")
    return (
      "All lines are taken, you are next in line. " +
      (waitMinutes
        ? `A line is usually free within ${waitMinutes} minute${waitMinutes === 1 ? "" : "s"}. `
        : "") +
      "The coach will greet you; until then what you say or type does not reach the coach."
    );
  if (call.saysGoodbye) return "The coach says goodbye.";
  if (call.inCall) return inCallHint(call.typing, muted);
  if (call.status === "idle" && resumed) {
    return (
      "You are still in your session. Continue, and the coach goes on from what was said. " +
      (textOnly ? "You type." : "You can talk or type.")
    );
  }
  if (call.status === "idle") {
    return textOnly
      ? "The coach will greet you. You type, the coach answers in writing."
      : "The coach will greet you. You can type instead of talking.";
  }
  if (call.status === "disconnected" && call.reason === "coach") return HANDED_BACK;
  if (call.status === "disconnected" && !brokeOff(call)) return "You can talk again whenever you like.";
  return "";
}

/** @type {(typing: boolean, muted: boolean) => string} */
function inCallHint(typing, muted) {
  if (typing) return "Type to the coach below.";
  return muted ? "You are muted. Type below, or unmute to talk." : "Talk freely, or type below.";
}
