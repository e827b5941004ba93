"""How large a comparison must be, how long that takes here, and whether it may begin. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from coachroom.comparisons.drawing import FENCE_CLIENTS

# The smallest differences that may be asked for, in stars.
SMALLEST = (0.15, 0.25, 0.35)
# A simulation's sizes: 80 % of such comparisons find the difference, where 51 % of sessions are rated.
SIZE = 9.6
RATED_IN_SIMULATION = 0.51
MOST_WEEKS = 26
NEW_CLIENTS_WITHIN = timedelta(weeks=8)
RATINGS_WITHIN = timedelta(days=90)
SESSIONS_WITHIN = timedelta(weeks=26)


@dataclass(frozen=True)
class CommunityPace:
    """What the community did lately.

    `rated` of `sessions` valid ones in the last 90 days; `new_clients` had their first valid session in the last 8
    weeks; `joined` had it in the last 26, and have had `joined_sessions` valid ones since.
    """

    sessions: int
    rated: int
    new_clients: int
    joined: int
    joined_sessions: int


@dataclass(frozen=True)
class Outlook:
    """What a comparison would take. `weeks` is None where the pace says nothing; `refusal`: why it cannot begin."""

    planned_sessions: int | None
    weeks: int | None
    refusal: str | None


def planned_size(smallest: float, response_rate: float) -> int:
    """Valid sessions of drawn clients that tell the `smallest` difference in stars; `response_rate`: 0 to 1."""
    return math.ceil((SIZE / smallest) ** 2 * RATED_IN_SIMULATION / response_rate)


def outlook(smallest: float, pace: CommunityPace) -> Outlook:
    """How large and how long it would be at this pace, and the sentence that refuses it where that is too long."""
    if not pace.rated:
        return Outlook(None, None, "Nobody rated a session in the last 90 days, so there is nothing to compare by.")
    planned = planned_size(smallest, pace.rated / pace.sessions)
    if not pace.new_clients:
        return Outlook(planned, None, "No new client came in the last 8 weeks, and only new clients are drawn.")
    clients = planned / (pace.joined_sessions / pace.joined) + FENCE_CLIENTS
    weeks = math.ceil(clients / (pace.new_clients / (NEW_CLIENTS_WITHIN / timedelta(weeks=1))))
    if weeks <= MOST_WEEKS:
        return Outlook(planned, weeks, None)
    return Outlook(
        planned,
        weeks,
        f"At your pace this would take {weeks:,} weeks. Change the AI coach for a reason that you can name, and read "
        "some transcripts.",
    )
