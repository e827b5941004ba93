"""Contextual updates during a call: what was said before a break, that time is short, and to say less."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from coachroom.recording.turn import Turn
from coachroom.rooms.states import Sender

MAX_NOTE_CHARS = 1_500
MAX_LINE_CHARS = 240
MAX_TURNS = 8
ASK_MORE = (
    "For a while you have said more than the client. Ask more and say less: one or two short sentences, then one "
    "open question, and leave room for the answer."
)
# The page fills in how many are left.
WRAP_UP = "{minutes} minutes left in this session. Start no new topic: help the client sum up and choose a next step."

MORE_TIME = "The client has made this session {minutes} minutes longer. There is time: go on where you were."


def resumed_update(turns: Sequence[Turn], forgotten: Collection[str] = ()) -> str | None:
    """What was said before the connection broke, so that nobody has to start over; None where nothing was.

    `forgotten`: ids of turns that something the client has forgotten since rested on; they are left out.
    """
    names = {Sender.CLIENT: "Client", Sender.AGENT: "You"}
    known = [turn for turn in turns if turn.sender in names and turn.id not in forgotten]
    lines = [
        f"{names[turn.sender]}: {' '.join(turn.message.split())[:MAX_LINE_CHARS]}" for turn in known[-MAX_TURNS:]
    ]
    if not lines:
        return None
    head = (
        "The client has reconnected. Continue where you were; do not start over. This was said last, as a record:\n"
    )
    return head + "\n".join(lines)[-MAX_NOTE_CHARS:]
