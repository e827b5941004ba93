"""What is told beside a finished comparison's result: returns and completions, which it was not planned for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from coachroom.comparisons.estimate import Rating, VersionDifference, estimate
from coachroom.comparisons.states import Arm

RETURNED_WITHIN = timedelta(days=14)


class Beside(StrEnum):
    """returned: another valid session begins within RETURNED_WITHIN of a session's end, of those that had the time to
    · completed: a valid session was not left before its end."""

    RETURNED = "returned"
    COMPLETED = "completed"


# A client, and 1 or 0 for one session of theirs.
Happened = Sequence[Rating]


@dataclass(frozen=True)
class FoundBeside:
    """`shares`: 0 to 1, None where no session counts; `found`: their difference, None for too few clients."""

    what: Beside
    shares: Mapping[Arm, float | None]
    found: VersionDifference | None


def found_beside(what: Beside, happened: Mapping[Arm, Happened]) -> FoundBeside:
    """By the version drawn, with the variance by client as for ratings."""
    shares = {arm: _share(happened.get(arm, ())) for arm in Arm}
    return FoundBeside(what, shares, estimate(*(happened.get(arm, ()) for arm in Arm)))


def _share(happened: Happened) -> float | None:
    return sum(value for _, value in happened) / len(happened) if happened else None
