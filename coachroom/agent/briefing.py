"""What the coach is told about a visit: a few dynamic variables, and what was said when a call is taken up again."""

from __future__ import annotations

from collections.abc import Sequence

from coachroom.agent.events import Sender
from coachroom.agent.turns import Turn

LONGEST_NOTE = 1_500
LONGEST_LINE = 240
TURNS_TOLD = 8
WRAP_UP = "{minutes} minutes left in this session. Start no new topic: help the client sum up and choose a next step."


def dynamic_variables(client_name: str, session_number: int) -> dict[str, str | int]:
    """The agent's variables; its dashboard should give each a placeholder."""
    return {"client_name": client_name[:80], "session_number": session_number}


def taken_up_again(turns: Sequence[Turn]) -> str | None:
    """What was said before the connection broke, so that nobody has to begin anew; None where nothing was."""
    names = {Sender.CLIENT: "Client", Sender.AGENT: "You"}
    lines = [
        f"{names[turn.sender]}: {' '.join(turn.message.split())[:LONGEST_LINE]}"
        for turn in turns[-TURNS_TOLD:]
        if turn.sender in names
    ]
    if not lines:
        return None
    head = (
        "The client has reconnected. Continue where you were; do not begin anew. This was said last, as a record:\n"
    )
    return head + "\n".join(lines)[-LONGEST_NOTE:]


def wrap_up(seconds: float) -> str:
    """What the coach is told when little time is left."""
    return WRAP_UP.format(minutes=max(1, round(seconds / 60)))
