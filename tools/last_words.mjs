// @ts-check
// The client library stops the sound as soon as the agent ends the call, so that its goodbye is cut off. Our build of
// the widget asks this module, and waits until what has arrived was heard.
import { SILENT_VOLUME, untilSilent } from "../coachroom/ui/assets/last_words.js";

const MAX_WAIT_MS = 20_000;
// How long it must be silent: what was said last may still be on its way, unless the line is closed.
const SILENT_MS = 700;
const SILENT_CLOSED_MS = 250;

/**
 * The parts of the client library's conversation that are read.
 * @typedef {object} EndingConversation
 * @property {string} [type]
 * @property {string} status
 * @property {string} mode "speaking" as long as sound waits to be played.
 * @property {{ socket?: { readyState: number } }} connection
 * @property {{ context?: { state: string } }} [output]
 * @property {{ onLastWords?: () => void }} options
 * @property {() => number} getOutputVolume
 */

/**
 * A promise that resolves when the agent was heard to the end; null where nothing is to be waited for.
 * @param {EndingConversation} conversation
 * @param {{ reason?: string, context?: { type?: string } }} details
 * @param {(f: () => void, ms: number) => unknown} [later]
 */
export function lastWords(conversation, details, later = setTimeout) {
  const byAgent = details.reason === "agent" || details.context?.type === "max_duration_exceeded";
  if (!byAgent || conversation.type !== "voice" || conversation.status !== "connected") return null;
  conversation.options.onLastWords?.();
  const closed = () => (conversation.connection.socket?.readyState ?? 1) > 1;
  const unheard = () => (conversation.output?.context?.state ?? "running") !== "running";
  return untilSilent({
    sounds: () => conversation.mode === "speaking" || conversation.getOutputVolume() > SILENT_VOLUME,
    // Somebody else may have ended it meanwhile: the person, or a device that broke.
    over: () => conversation.status !== "connected" || unheard(),
    silentMs: () => (closed() ? SILENT_CLOSED_MS : SILENT_MS),
    maxMs: MAX_WAIT_MS,
    later,
  });
}
