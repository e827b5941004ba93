"""What the record of a call holds, which is not quite what was said. Pure: the same seed gives the same record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from coachroom.simulator.mood import Mood, drawn_by
from coachroom.simulator.server.archive import PracticeTurn, Role

# An answer is that long on its way: what the client says meanwhile may stand before it.
ON_ITS_WAY_S = 1.5
SILENCES = ("...", "…", " ... ")
EMPTY = ("", " ", "\n")


def recorded(turns: Sequence[PracticeTurn], mood: Mood, seed: str) -> list[PracticeTurn]:
    """The turns as the record of a call in this mood has them."""
    order = drawn_by(seed, "order")
    found = list(_with_late_answers(turns, order) if mood.late_answers else turns)
    contents = drawn_by(seed, "contents")
    for added in _no_words(mood, contents):
        place = contents.randint(0, len(found))
        at = found[place - 1].at if place else 0.0
        found.insert(place, PracticeTurn(*added, at, event_id=0))
    return found


def _with_late_answers(turns: Sequence[PracticeTurn], random: Random) -> Sequence[PracticeTurn]:
    """Some answers stand behind what the client said while they were on their way."""
    found = list(turns)
    for place in range(len(found) - 1):
        answer, next_turn = found[place], found[place + 1]
        meanwhile = (answer.role, next_turn.role) == ("agent", "user") and next_turn.at - answer.at < ON_ITS_WAY_S
        # The greeting answers nothing.
        if place and meanwhile and random.random() < 0.5:
            found[place : place + 2] = [next_turn, answer]
    return found


def _no_words(mood: Mood, random: Random) -> Iterator[tuple[Role, str | None]]:
    """Lines of a record in which nobody said anything."""
    if mood.silences:
        yield from (("user", text) for text in SILENCES)
    if mood.empty_turns:
        yield "user", random.choice(EMPTY)
        yield "agent", random.choice(EMPTY)
    if mood.null_messages:
        yield "user", None
        yield "agent", None
