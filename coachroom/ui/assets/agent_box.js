// @ts-check
// The agent's box. A call is made once for its session and handed from one mount of the box to the next.
import { AgentCall } from "./agent_call.js";
import { AgentView } from "./agent_view.js";
import { mountOnce, SessionBox } from "./mount.js";
import { agentCalls, announceChange } from "./registry.js";
/** @import { AgentBoxData } from "./component_data.js" */
/** @import { SessionBoxParts } from "./mount.js" */

/**
 * @param {HTMLElement} root
 * @param {AgentCall} call
 * @param {(name: string, value: unknown) => void} send
 */
function createView(root, call, send) {
  return new AgentView(root, {
    onStart: () => call.start(),
    onRetry: () => call.open(),
    onSkip: () => call.focusConversation(),
    onUndo: (note) => call.undo(note),
    onMoreTime: () => call.takeMoreTime(),
    onQuestion: () => call.askOffRecord(),
    onTake: () => call.takeOffRecord(),
    onWrite: () => send("write", true),
    onCaptions: () => call.enlargeCaptions(),
    onThinking: () => call.toggleThinking(),
    onHoldToTalk: () => call.toggleHoldToTalk(),
  });
}

/** @type {SessionBoxParts<AgentBoxData, AgentCall, AgentView>} */
const CALLS = {
  sessions: agentCalls,
  create: (data) => new AgentCall(data),
  createView,
  show: (call, view, data) => call.show(view, data),
  opened(call) {
    call.open();
    announceChange();
  },
  forgotten: announceChange,
};

/** The component agent_box. */
export default mountOnce("agent", (root) => new SessionBox(root, CALLS));
