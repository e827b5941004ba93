// @ts-check
// The agent's box. A call is made once for its session and handed from one mount of the box to the next.
import { AgentCall } from "./agent_call.js";
import { AgentView } from "./agent_view.js";
import { mountOnce } from "./mount.js";
import { agentCalls, announceChange } from "./registry.js";
/** @import { AgentBoxData } from "./component_data.js" */
/** @import { Component, ComponentArgs } from "./mount.js" */

/** @param {AgentCall} call */
function forget(call) {
  if (agentCalls().get(call.sessionId) !== call) return;
  agentCalls().delete(call.sessionId);
  announceChange();
}

/** @implements {Component<AgentBoxData>} */
class AgentBox {
  /** @type {AgentCall | null} */
  #call = null;
  /** @type {AgentView | null} */
  #view = null;

  /** @type {(name: string, value: unknown) => void} */
  #send = () => {};

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
  }

  /** @param {ComponentArgs<AgentBoxData>} args */
  update({ data, setTriggerValue }) {
    this.#send = setTriggerValue;
    const known = agentCalls().get(data.session_id);
    const call = known ?? new AgentCall(data);
    agentCalls().set(data.session_id, call);
    if (this.#call !== call) this.#replaceCall(call);
    const view = (this.#view ??= this.#createView(call));
    call.show(view, data);
    if (known) return;
    call.open();
    announceChange();
  }

  dispose() {
    const call = this.#call;
    if (call && this.#view) call.leave(this.#view, () => forget(call));
    this.#view?.stopListening();
  }

  /** Another session in the same place: the old call must not go on unseen. @param {AgentCall} call */
  #replaceCall(call) {
    if (this.#call) {
      forget(this.#call);
      this.#call.dispose();
      this.#view?.stopListening();
      this.root.replaceChildren();
      this.#view = null;
    }
    this.#call = call;
  }

  /** @param {AgentCall} call */
  #createView(call) {
    return new AgentView(this.root, {
      onStart: () => call.start(),
      onRetry: () => call.open(),
      onSkip: () => call.focusConversation(),
      onUndo: (note) => call.undo(note),
      onMoreTime: () => call.takeMoreTime(),
      onQuestion: () => call.askOffRecord(),
      onTake: () => call.takeOffRecord(),
      onWrite: () => this.#send("write", true),
      onCaptions: () => call.enlargeCaptions(),
      onThinking: () => call.toggleThinking(),
      onHoldToTalk: () => call.toggleHoldToTalk(),
    });
  }
}

/** The component agent_box. */
export default mountOnce("agent", (root) => new AgentBox(root));
