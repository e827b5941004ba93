// The coach: Streamlit calls this on every rerun. The room itself is made once for its instance
// and handed from one mount to the next.
import { AgentCall } from "./agent_call.js";
import { AgentView } from "./agent_view.js";
import { frame } from "./dom.js";
import { announceChange, rooms } from "./registry.js";

// On window: this module may be evaluated once for each address it is served under.
const kept = () => (window.coachroomKept ??= new Map());

function roomFor(data) {
  let room = kept().get(data.instance);
  if (room) return { room, fresh: false };
  room = new AgentCall(data);
  kept().set(data.instance, room);
  rooms().set(data.instance, room.face);
  return { room, fresh: true };
}

function forget(room) {
  if (kept().get(room.instance) !== room) return;
  kept().delete(room.instance);
  rooms().delete(room.instance);
  announceChange(room.instance);
}

const shownIn = new WeakMap(); // wrapper → { room, view, turn }

export default function ({ parentElement, data }) {
  const root = frame(parentElement, "agent");
  const { room, fresh } = roomFor(data);
  let shown = shownIn.get(root);
  if (shown && shown.room !== room) {
    // Another session in the same place: the old call must not go on unseen.
    forget(shown.room);
    shown.room.dispose();
    root.replaceChildren();
    shown = null;
  }
  if (!shown) {
    const view = new AgentView(root, {
      onStart: () => room.start(),
      onRetry: () => room.open(),
      onSkip: () => room.focusConversation(),
      onUndo: (note) => room.notes.undo(note),
    });
    shown = { room, view, turn: 0 };
    shownIn.set(root, shown);
  }
  const turn = ++shown.turn;
  room.owner = shown;
  room.show(shown.view, data);
  if (fresh) {
    room.open();
    announceChange(room.instance);
  }
  return () => {
    // A cleanup that comes late, after the room was shown again, is not about the room any more.
    if (room.owner === shown && shown.turn === turn) room.leave(() => forget(room));
  };
}
