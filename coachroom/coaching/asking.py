"""When a client is asked how the coach should work with them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from coachroom.coaching.approach import ApproachField, Lead, Opening, Pace, Tone, Value

# After so many sessions in which the client said something.
ASKED_AFTER = (1, 3, 8, 15)
LOW_RATING = 3


class Difference(StrEnum):
    """What should be different next time."""

    MORE_DIRECT = "more_direct"
    GENTLER = "gentler"
    SHORTER = "shorter"
    MORE_TIME = "more_time"
    BEGIN_WITH_PLANNED = "begin_with_planned"
    BEGIN_WITH_MINE = "begin_with_mine"
    SOMETHING_ELSE = "something_else"


# What each asks the coach to do; something else is said in the client's own words.
MEANS: Mapping[Difference, tuple[ApproachField, Value]] = MappingProxyType(
    {
        Difference.MORE_DIRECT: (ApproachField.TONE, Tone.DIRECT),
        Difference.GENTLER: (ApproachField.TONE, Tone.GENTLE),
        Difference.SHORTER: (ApproachField.PACE, Pace.SHORT),
        Difference.MORE_TIME: (ApproachField.PACE, Pace.EXPLORING),
        Difference.BEGIN_WITH_PLANNED: (ApproachField.OPENING, Opening.CHECK_BACK),
        Difference.BEGIN_WITH_MINE: (ApproachField.OPENING, Opening.OPEN),
    }
)
# What can be tried, in the order it is offered.
OFFERED: tuple[tuple[ApproachField, Value], ...] = (
    (ApproachField.TONE, Tone.DIRECT),
    (ApproachField.TONE, Tone.GENTLE),
    (ApproachField.PACE, Pace.SHORT),
    (ApproachField.PACE, Pace.EXPLORING),
    (ApproachField.OPENING, Opening.CHECK_BACK),
    (ApproachField.OPENING, Opening.GOAL),
    (ApproachField.OPENING, Opening.OPEN),
    (ApproachField.LEAD, Lead.CLIENT),
    (ApproachField.LEAD, Lead.COACH),
)


def may_ask_before_first(sessions: int, *, asked: bool, no_more: bool) -> bool:
    """Whether the lobby asks. `asked`: they answered or skipped it there before."""
    return sessions == 0 and not asked and not no_more


def may_ask_after(sessions: int, *, asked: bool, no_more: bool, tries: bool) -> bool:
    """Whether the home page asks. `asked`: after the latest session already; `tries`: something is being tried."""
    return sessions in ASKED_AFTER and not asked and not no_more and not tries


def may_ask_for_difference(rating: int | None, *, asked: bool, no_more: bool, tries: bool) -> bool:
    """Whether the session's page asks what should be different. `asked`: after this session already."""
    return rating is not None and rating <= LOW_RATING and not asked and not no_more and not tries
