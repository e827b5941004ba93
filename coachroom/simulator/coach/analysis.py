"""What the practice agent finds in a finished conversation: the data it collects, and whether a next step was found.

It takes what the client typed at its word and understands nothing: a few plain beginnings of sentences, and what the
coach's own questions asked for. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from coachroom.elevenlabs.data_collection import Collected
from coachroom.simulator.coach.rules import QUESTIONS, CoachState, Phase
from coachroom.simulator.server.archive import PracticeTurn

MAX_LINES = 10
_SENTENCE = re.compile(r"[^.!?\n]+")
_FACT = re.compile(
    r"^(?:please )?(?:remember(?: that)?[,:]? (?P<told>.+)|(?:i am|i'm|i have|i live|i work|my \w+ is)\b.+)", re.I
)
_CHALLENGE = re.compile(r"\b(?:is|are|it's|so|too|very) (?:hard|difficult)\b|\bi (?:struggle|find it hard)\b", re.I)
_STANDING = re.compile(r"\bi (?:am|stand) (?:at|on) (?P<score>[+\u2212-]?[0-2])\b", re.I)
_NUMBER = re.compile(r"\b(10|[0-9])\b")
_NO_FACT = re.compile(r"^i(?:'m| am) (?:at|on|sure|not sure)\b", re.I)


def collect_data(turns: Sequence[PracticeTurn], state: CoachState) -> dict[str, str | int]:
    """The collected data by their ids; what was not said is left out."""
    typed = [" ".join(turn.message.split()) for turn in turns if turn.role == "user" and turn.message]
    said = [sentence.strip() for text in typed for sentence in _SENTENCE.findall(text) if sentence.strip()]
    found: dict[str, str | int] = {
        Collected.FACTS: _in_lines(fact for each in said if (fact := _fact(each))),
        Collected.CHALLENGES: _in_lines(each for each in said if _CHALLENGE.search(each)),
        Collected.ACTIONS: state.action,
        Collected.PROGRESS: _progress(said, state),
    }
    sure = _sureness(turns)
    if sure is not None:
        found[Collected.CONFIDENCE_AFTER] = sure
    return {name: value for name, value in found.items() if value != ""}


def next_step(state: CoachState) -> str:
    """What the criterion comes to: success, failure or unknown."""
    if state.action:
        return "success"
    return "failure" if state.goal else "unknown"


def _fact(sentence: str) -> str | None:
    found = _FACT.match(sentence)
    if not found or _NO_FACT.match(sentence) or _CHALLENGE.search(sentence):
        return None
    return found["told"] or sentence


def _progress(said: Sequence[str], state: CoachState) -> str:
    standing = [found["score"] for each in said if (found := _STANDING.search(each))]
    return f"{state.goal} | {standing[-1]}".replace("\u2212", "-") if standing and state.goal else ""


def _sureness(turns: Sequence[PracticeTurn]) -> int | None:
    """The number with which the client answered how sure they are."""
    asked = False
    sure = None
    for turn in turns:
        if turn.role == "agent":
            asked = QUESTIONS[Phase.SURE] in (turn.message or "")
        elif asked and (found := _NUMBER.search(turn.message or "")):
            sure = int(found[1])
    return sure


def _in_lines(found: Iterable[str]) -> str:
    return "\n".join(list(dict.fromkeys(found))[:MAX_LINES])
