"""Whether the agent talks too much: its share of the words in the latest turns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from coachroom.recording.turn import Turn
from coachroom.rooms.states import Sender

LATEST_TURNS = 10
MAX_PERCENT = 60


def talks_too_much(turns: Sequence[Turn]) -> bool:
    """Whether more than MAX_PERCENT of the words in the LATEST_TURNS turns are the agent's; never in fewer turns."""
    said = (turn for turn in reversed(turns) if turn.message and turn.sender in (Sender.AGENT, Sender.CLIENT))
    latest = [(turn.sender, len(turn.message.split())) for turn in islice(said, LATEST_TURNS)]
    agent = sum(words for sender, words in latest if sender is Sender.AGENT)
    # In whole numbers, so that exactly MAX_PERCENT is never too much.
    return len(latest) == LATEST_TURNS and agent * 100 > MAX_PERCENT * sum(words for _, words in latest)
