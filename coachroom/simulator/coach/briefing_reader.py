"""What the practice coach reads out of a briefing: data and nothing else.

The record stands between two marks, one thing a line behind a label; the client's own texts are JSON strings. What is
in them is never taken as a hint to the coach, whatever it says.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from coachroom.agent.briefing import BEGINS, ENDS, WANTS
from coachroom.coaching.approach import Lead, Pace, Tone

_JSON = json.JSONDecoder()
# What stands below such a line was said in the conversation.
_TRANSCRIPT = "as a record:"


@dataclass(frozen=True, slots=True)
class BriefingFacts:
    """What the record says of the client, as far as the practice coach makes use of it."""

    name: str = ""
    direct: bool = False
    goals: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    last_session: tuple[str, ...] = ()
    today: date | None = None
    short: bool = False
    exploring: bool = False
    client_leads: bool = False
    coach_leads: bool = False


def read_update(update: str) -> tuple[BriefingFacts | None, str]:
    """The record in a contextual update, if there is one, and what is told beside it and beside what was said."""
    # A line ends with a line feed only: other signs that break lines may stand in a text.
    lines = update.split("\n")
    record = None
    if BEGINS in lines:
        begin = lines.index(BEGINS)
        end = lines.index(ENDS, begin) if ENDS in lines[begin:] else len(lines)
        record, lines = _known(lines[begin + 1 : end]), lines[:begin] + lines[end + 1 :]
    ends = next((n for n, line in enumerate(lines, 1) if line.endswith(_TRANSCRIPT)), len(lines))
    return record, "\n".join(lines[:ends])


def texts_in(line: str) -> tuple[str, ...]:
    """The JSON strings in a line that has several, in their order."""
    found: list[str] = []
    place = line.find('"')
    while place >= 0:
        try:
            text, place = _JSON.raw_decode(line, place)
        except ValueError:
            break
        found.append(text)
        place = line.find('"', place)
    return tuple(found)


def _known(lines: Sequence[str]) -> BriefingFacts:
    wanted = next((line for line in lines if line.startswith("Wants: ")), "")
    return BriefingFacts(
        name="".join(_texts(lines, "Name")[:1]),
        direct=WANTS[Tone.DIRECT] in wanted,
        short=WANTS[Pace.SHORT] in wanted,
        exploring=WANTS[Pace.EXPLORING] in wanted,
        client_leads=WANTS[Lead.CLIENT] in wanted,
        coach_leads=WANTS[Lead.COACH] in wanted,
        goals=_texts(lines, "Goal"),
        actions=_texts(lines, "Open action"),
        facts=_texts(lines, "Remembered"),
        last_session=_texts(lines, "Last summary"),
        today=_today(lines),
    )


def _today(lines: Sequence[str]) -> date | None:
    told = next((line.removeprefix("Today: ") for line in lines if line.startswith("Today: ")), "")
    try:
        return date.fromisoformat(told[:10])
    except ValueError:
        return None


def _texts(lines: Sequence[str], label: str) -> tuple[str, ...]:
    """The first text of each line with this label."""
    found = (texts_in(line)[:1] for line in lines if line.startswith(f"{label}: "))
    return tuple(text for texts in found for text in texts)
