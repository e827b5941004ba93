"""The chance that a client comes back: has a valid session within the next 14 days.

It is counted, not fitted. On every Monday of the past each client stood somewhere: so many days after their last
valid session, after so many sessions. The estimate is the share of those in the same place who came back, drawn a
little towards the share of all with that many days, and that one towards everybody's. The older Mondays make the
estimate, the later ones check it, and no return counts for both. Where there is too little, or it predicts no better
than one share for everybody would, there is none.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Protocol

from coachroom.metrics.statistics import wilson
from coachroom.store.statements import load_statements

SQL = load_statements("coachroom.metrics", "_return_risk.sql")

HORIZON = timedelta(days=14)
WEEK = timedelta(days=7)
MAX_WEEKS = 39
# Lower edges. Clients whose last session is longer ago than MAX_DAYS have left: nothing is predicted for them.
DAYS = (0, 3, 7, 14, 21, 28, 56)
MAX_DAYS = 84
SESSIONS = (1, 2, 4, 10)
# How many cases of the wider group are added to each place.
PRIOR = 20
MIN_CLIENTS = 30
MIN_TIMES = 300
BANDS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
DRIFTING_BELOW = 0.3
DRIFTING_FALL = 0.1
LOOK_BACK = timedelta(days=28)


class RowSource(Protocol):
    """A store that answers queries with `$n` parameters."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, order=True)
class Cell:
    """A client's cell: the lower edges of the days since their last valid session and of how many they had."""

    days: int
    sessions: int

    @property
    def until_days(self) -> int:
        """The first day that no longer belongs to it."""
        return (*DAYS, MAX_DAYS)[DAYS.index(self.days) + 1]

    @property
    def until_sessions(self) -> int | None:
        """The first number of sessions that no longer belongs to it; None: there is none."""
        return (*SESSIONS, None)[SESSIONS.index(self.sessions) + 1]


@dataclass(frozen=True)
class Counts:
    """How many times clients stood somewhere on a Monday, how often they came back, how many clients that were."""

    times: int = 0
    returned: int = 0
    clients: int = 0

    @property
    def share(self) -> float:
        return self.returned / self.times if self.times else math.nan


@dataclass(frozen=True)
class Estimate:
    """The chance `value` in its 95 % interval, and the cases in `place` that it is based on."""

    value: float
    low: float
    high: float
    place: Cell
    tally: Counts


@dataclass(frozen=True)
class Band:
    """Predicted and observed shares between `start` and `end`, the observed one in its 95 % interval."""

    start: float
    end: float
    tally: Counts
    predicted: float
    low: float
    high: float


@dataclass(frozen=True)
class ReturnModel:
    """The estimate for every place, and how it did on Mondays that it was not made from.

    `places` counts older Mondays, `chances` has an entry for every place. `brier`: mean squared distance between
    chance and what came, on the later Mondays; `base_brier`: the same for one share for everybody; NaN where there
    are no later Mondays.
    """

    older: Counts
    later: Counts
    places: Mapping[Cell, Counts]
    chances: Mapping[Cell, float]
    bands: tuple[Band, ...]
    brier: float
    base_brier: float

    @property
    def silent(self) -> str | None:
        """Why there is no estimate, in a sentence; None where there is one."""
        for part, name in ((self.older, "to make it"), (self.later, "to check it")):
            if part.clients < MIN_CLIENTS or part.times < MIN_TIMES:
                return (
                    f"There is no estimate yet: it takes {MIN_CLIENTS} clients seen {MIN_TIMES} times on Mondays "
                    f"{name}; so far there are {part.clients:,} clients seen {part.times:,} times."
                )
        if not self.brier < self.base_brier:
            return "There is no estimate: on later weeks it predicted no better than one share for everybody would."
        return None

    def estimate(self, since: timedelta, sessions: int) -> Estimate | None:
        """For a client so long after the last of so many valid sessions; None where there is no estimate."""
        days = since // timedelta(days=1)
        if self.silent or sessions < 1 or not 0 <= days < MAX_DAYS:
            return None
        place = cell_of(days, sessions)
        tally = self.places.get(place, Counts())
        value = self.chances[place]
        # What was added counts as cases here too, so that the estimate always lies in its interval.
        low, high = wilson(value, tally.clients + PRIOR)
        return Estimate(value, low, high, place, tally)


@dataclass(frozen=True)
class ClientState:
    """A client's state now and four weeks ago, or, for a client who is `new` since then, at their first session."""

    since: timedelta
    sessions: int
    earlier_since: timedelta
    earlier_sessions: int
    new: bool


@dataclass(frozen=True)
class ReturnForecast:
    """A client's chance to come back, now and earlier: four weeks ago, or after the first session since then."""

    standing: ClientState
    now: Estimate
    earlier: Estimate | None

    @property
    def drifting(self) -> bool:
        """Whether the chance is low and has fallen."""
        if self.earlier is None or self.now.value >= DRIFTING_BELOW:
            return False
        return self.earlier.value - self.now.value >= DRIFTING_FALL


def return_model(store: RowSource, as_of: datetime, *, min_valid_seconds: float) -> ReturnModel:
    """What is known by the Monday before `as_of` (naive UTC): nothing that started later changes it."""
    until = monday(as_of)
    first = store.execute(SQL["first_session"], [until, min_valid_seconds])[0][0]
    begin, parts = _mondays(first, until)
    if not parts:
        return build_model({}, {}, Counts(), Counts())
    asked = [until, min_valid_seconds, begin, list(parts), list(parts.values()), *_edges(), HORIZON.total_seconds()]
    places: dict[str, dict[Cell, Counts]] = {"older": {}, "later": {}}
    whole = {"older": Counts(), "later": Counts()}
    for part, days, sessions, *numbers in store.execute(SQL["situations"], asked):
        if days is None:
            whole[part] = Counts(*numbers)
        else:
            places[part][Cell(days, sessions)] = Counts(*numbers)
    return build_model(places["older"], places["later"], whole["older"], whole["later"])


def return_forecasts(
    store: RowSource, model: ReturnModel, clients: Sequence[str], as_of: datetime, *, min_valid_seconds: float
) -> dict[str, ReturnForecast]:
    """The chances of those of these clients who have an estimate, as of that time (naive UTC)."""
    if model.silent or not clients:
        return {}
    found = {}
    for client, standing in client_states(store, clients, as_of, min_valid_seconds=min_valid_seconds).items():
        now = model.estimate(standing.since, standing.sessions)
        if now is not None:
            earlier = model.estimate(standing.earlier_since, standing.earlier_sessions)
            found[client] = ReturnForecast(standing, now, earlier)
    return found


def client_states(
    store: RowSource, clients: Sequence[str], as_of: datetime, *, min_valid_seconds: float
) -> dict[str, ClientState]:
    """The state of those of these clients who had a valid session before that time."""
    then = as_of - LOOK_BACK
    rows = store.execute(SQL["standings"], [list(clients), as_of, then, min_valid_seconds])
    return {
        client: ClientState(
            as_of - last, count, then - before if before else timedelta(0), earlier or 1, before is None
        )
        for client, last, count, before, earlier in rows
    }


def build_model(
    older: Mapping[Cell, Counts], later: Mapping[Cell, Counts], whole_older: Counts, whole_later: Counts
) -> ReturnModel:
    """The model whose estimates come from `older`, checked on `later`."""
    predicted = chances(older)
    base = dict.fromkeys(predicted, whole_older.share)
    return ReturnModel(
        older=whole_older,
        later=whole_later,
        places=older,
        chances=predicted,
        bands=tuple(_bands(predicted, later)),
        brier=_brier(predicted, later),
        base_brier=_brier(base, later),
    )


def chances(places: Mapping[Cell, Counts]) -> dict[Cell, float]:
    """The chance in every place there can be; NaN where nobody ever stood anywhere."""
    everybody = _sum(places.values()).share
    found = {}
    for days in DAYS:
        row = _shrink(_sum(tally for place, tally in places.items() if place.days == days), everybody)
        for sessions in SESSIONS:
            place = Cell(days, sessions)
            found[place] = _shrink(places.get(place, Counts()), row)
    return found


def cell_of(days: int, sessions: int) -> Cell:
    """The cell of a client this many days after the last of so many sessions."""
    return Cell(DAYS[bisect_right(DAYS, days) - 1], SESSIONS[bisect_right(SESSIONS, sessions) - 1])


def monday(time: datetime) -> datetime:
    """The beginning of the week of that time, in UTC."""
    midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())


def _mondays(first: datetime | None, until: datetime) -> tuple[datetime, dict[int, str]]:
    """The first Monday looked at, and the part of each by its number after it.

    The later third checks. The Monday before it is in neither part: its two weeks reach into the check.
    """
    latest = until - HORIZON
    if first is None or first >= latest:
        return latest, {}
    weeks = min(MAX_WEEKS, -((first - latest) // WEEK))
    later = weeks // 3
    parts = dict.fromkeys(range(weeks - later - 1), "older")
    parts |= dict.fromkeys(range(weeks - later, weeks), "later")
    return latest - (weeks - 1) * WEEK, parts


def _edges() -> tuple[list[int], list[int]]:
    """The band's lower edge for each number of days from 0, and for each number of sessions from 1."""
    days = [DAYS[bisect_right(DAYS, day) - 1] for day in range(MAX_DAYS)]
    return days, [SESSIONS[bisect_right(SESSIONS, count) - 1] for count in range(1, SESSIONS[-1] + 1)]


def _shrink(tally: Counts, towards: float) -> float:
    return (tally.returned + PRIOR * towards) / (tally.times + PRIOR)


def _sum(tallies: Iterable[Counts]) -> Counts:
    """All together. A client counts once in each place: they are not the same case there."""
    listed = list(tallies)
    return Counts(
        sum(each.times for each in listed),
        sum(each.returned for each in listed),
        sum(each.clients for each in listed),
    )


def _brier(predicted: Mapping[Cell, float], came: Mapping[Cell, Counts]) -> float:
    times = _sum(came.values()).times
    if not times:
        return math.nan
    squares = sum(
        tally.returned * (1 - predicted[place]) ** 2 + (tally.times - tally.returned) * predicted[place] ** 2
        for place, tally in came.items()
    )
    return squares / times


def _bands(predicted: Mapping[Cell, float], came: Mapping[Cell, Counts]) -> Iterable[Band]:
    for start, end in pairwise(BANDS):
        inside = {
            place: tally
            for place, tally in came.items()
            if start <= predicted[place] < end or (end == BANDS[-1] and predicted[place] == end)
        }
        if not inside:
            continue
        tally = _sum(inside.values())
        mean = sum(predicted[place] * each.times for place, each in inside.items()) / tally.times
        yield Band(start, end, tally, mean, *wilson(tally.share, tally.clients))
