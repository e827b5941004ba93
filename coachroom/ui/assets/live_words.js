// @ts-check
// What the two pages of a join say. Plain sentences: who hears whom, what happened, what to do. No DOM.
/** @import { LiveState, Message } from "./live_session.js" */

/** Why a join is over, to the client. @param {LiveState} state */
export function overSentence({ coach, why }) {
  switch (why) {
    case "client":
      return `${coach} has left, as you asked. Nobody else is in this room.`;
    case "declined":
      return `${coach} stays outside. Nobody else is in this room.`;
    case "expired":
      return `${coach} asked to come in, and got no answer within a minute. Nobody else is in this room.`;
    case "session":
      return `${coach} has left: this session is over or off the record. Nobody else is in this room.`;
    case "lost":
      return `The connection with ${coach} was lost for too long. Nobody else is in this room.`;
    case "coach":
    case "not_allowed":
      return `${coach} has left. Nobody else is in this room.`;
    default:
      return `${coach} is not connected to this page any more.`;
  }
}

/**
 * Who could come in.
 * @param {string | null} coach
 * @param {"off_record" | "not_asked" | null} closed
 */
export function couldJoin(coach, closed) {
  if (!coach) return "You have no human coach of your own yet, so nobody can ask to join you here.";
  if (closed === "off_record") return `This session is off the record, so ${coach} cannot join it.`;
  if (closed)
    return `You have chosen that ${coach} does not ask to join your sessions. Privacy is where you change that.`;
  return `${coach} can ask to join you here. Nobody sees or hears anything before you say yes.`;
}

export const NOBODY = "Right now nobody else is in this room.";

/** What happens if the client says yes. @param {string} coach */
export const ifYes = (coach) =>
  `If you say yes, ${coach} sees and hears you, and hears the AI coach. ${coach} can give the AI coach hints, talk ` +
  "with you, and let the AI coach wait. You can ask them to leave at any time.";

/** Who hears whom, to the client. @param {LiveState} state */
export function modeSentence(state) {
  if (state.paused) return `You are paused: ${state.coach} neither sees nor hears you.`;
  const sentence = talkSentence(state);
  return state.muted ? `${sentence} You are muted: nobody hears you.` : sentence;
}

/** @param {LiveState} state */
function talkSentence({ coach, mode, held, inCall }) {
  if (mode === "both" && inCall) return `${coach} talks with you and the AI coach, who hears you both.`;
  if (mode === "both") return `${coach} talks with you. The AI coach is not in a call.`;
  if (mode === "private" && (held || inCall))
    return `You two talk alone. The AI coach waits, and hears neither of you.`;
  if (mode === "private")
    return `You two talk alone. The AI coach has left the call, and writes nothing down.`;
  return inCall
    ? `${coach} sees and hears you and the AI coach, and only listens.`
    : `${coach} sees and hears you, and only listens. The AI coach is not in a call.`;
}

/** What is wrong with the connection, to the client; empty where it stands. @param {LiveState} state */
export function linkSentence({ coach, link, peer, connected }) {
  if (link === "connected") return "";
  if (link === "failed")
    return `Your two devices cannot reach each other, so you do not see and hear ${coach}. ${coach} can still write to you here.`;
  if (!connected) return "The connection is interrupted. You are being connected again.";
  if (!peer) return `${coach} is not connected just now, and sees and hears nothing.`;
  return link === "lost"
    ? `The connection with ${coach} is interrupted. You are being connected again.`
    : `You are being connected with ${coach}.`;
}

/** A line of the box. @param {Message} message @param {string} coach */
export function messageLine({ kind, text }, coach) {
  if (kind === "hint") return `${coach} gave the AI coach a hint. You can read it after the session.`;
  return kind === "summary" ? `${coach}, to you and the AI coach: ${text}` : `${coach}: ${text}`;
}

/** Why a join is over, to the coach. @param {string} client @param {string} why */
export function overForCoach(client, why) {
  switch (why) {
    case "coach":
      return "You have left the session.";
    case "client":
      return `${client} has asked you to leave.`;
    case "declined":
      return `${client} does not want company just now.`;
    case "expired":
      return `${client} did not answer within a minute. They may not have seen the question.`;
    case "session":
      return `${client}'s session is over, or off the record.`;
    case "lost":
      return "The connection was lost for more than a minute, so you are no longer in the session.";
    case "not_allowed":
      return `You can no longer join ${client}'s session: they have another coach now, do not want to be asked, or are signed out.`;
    case "taken_over":
      return "You are in this session in another window. Here the microphone and the camera are off.";
    case "too_much":
      return "This page sent more than the server takes, and was disconnected. Reload it to come back.";
    default:
      return "You may not be in this session, or not any more.";
  }
}

/** Why an order was not carried out, to the coach. @param {string} client @param {string} why */
export function notDone(client, why) {
  switch (why) {
    case "client":
      return `${client}'s page is not connected just now, so this did not reach it. Try again in a moment.`;
    case "no_call":
      return "The AI coach is not in a call just now, so it was not told.";
    case "mixer":
      return `${client}'s browser cannot pass your voice on to the AI coach. Talk in private instead, or write a hint.`;
    case "echo":
      return "Your microphone would return the AI coach's own voice to it. Use headphones, then reload this page.";
    case "order":
      return "That does not go with who hears whom just now: a talk in private ends by handing back.";
    case "late":
      return "You have done something else since, so this was not done.";
    case "offline":
      return "This page is not connected just now, so nothing was sent. Try again in a moment.";
    default:
      return "This was not done. Try again in a moment.";
  }
}
