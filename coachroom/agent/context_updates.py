"""Contextual updates during a call: what was said before a break, that time is short, and to say less."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import islice

from coachroom.recording.turn import CoachWords, Turn
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
OFF_RECORD = (
    "The client took this session off the record. Nothing of it is kept or noted, and nothing will be known of it "
    "later: do not note anything, do not say that you will remember, and go on as before."
)

RECONNECTED = "The client has reconnected."
BACK_FROM_PAUSE = "The client paused and is back."
HANDED_BACK = (
    "A human coach talked with the client alone, which you did not hear, and hands the session back to you: the "
    "coach's last sentence below sums it up."
)
# Fewer words than that, such as a number or "yes", name no topic.
MIN_TOPIC_WORDS = 3
# How the practice coach writes down what it could not make out.
_NOT_HEARD = ("(spoke for ", "(a second voice spoke for ", "(two voices spoke for ")


def resumed_update(turns: Sequence[Turn], forgotten: Collection[str] = (), *, paused: bool = False) -> str | None:
    """What was said before the connection broke, so that nobody has to start over; None where nothing was.

    `forgotten`: ids of turns that something the client has forgotten since rested on; they are left out.
    `paused`: the client made a pause.
    """
    names = {Sender.CLIENT: "Client", Sender.AGENT: "You", Sender.COACH: "Human coach"}
    known = [turn for turn in turns if turn.sender in names and turn.id not in forgotten]
    lines = [
        f"{names[turn.sender]}: {' '.join(turn.message.split())[:MAX_LINE_CHARS]}" for turn in known[-MAX_TURNS:]
    ]
    if not lines:
        return None
    why = HANDED_BACK if _handed_back(known) else BACK_FROM_PAUSE if paused else RECONNECTED
    head = f"{why} Continue where you were; do not start over. This was said last, as a record:\n"
    return head + "\n".join(lines)[-MAX_NOTE_CHARS:]


def _handed_back(turns: Sequence[Turn]) -> bool:
    """Whether a human coach summed up, and the agent said nothing since."""
    latest = (turn for turn in reversed(turns) if turn.sender is Sender.AGENT or turn.context.get("written"))
    return any(turn.context.get("written") == CoachWords.SUMMARY for turn in islice(latest, 1))


def topic_of(turns: Sequence[Turn], forgotten: Collection[str] = ()) -> str | None:
    """What the client said last in a few words at least, in one line; None where they did not."""
    said = (
        " ".join(turn.message.split()) for turn in reversed(turns) if turn.is_clients_own and turn.id not in forgotten
    )
    told = (words for words in said if len(words.split()) >= MIN_TOPIC_WORDS and not words.startswith(_NOT_HEARD))
    return next((words[:MAX_LINE_CHARS] for words in told), None)
