"""A metric's parameters: times, interval, kind, time zone, segment. An invalid one raises MetricError."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from coachroom.errors import CoachroomError

Choice = TypeVar("Choice", bound=StrEnum)

MONTH = re.compile(r"[1-9]\d{3}-(0[1-9]|1[0-2])")


class MetricError(CoachroomError):
    """A metric cannot be computed as it was asked for."""


class Interval(StrEnum):
    """Calendar intervals of the reporting time zone; weeks are ISO weeks and begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class RetentionKind(StrEnum):
    """Which activity counts as retained in period N: in N itself · in N or later · in all of 1…N."""

    RECURRING = "recurring"
    UNBOUNDED = "unbounded"
    CUMULATIVE = "cumulative"


class SegmentBy(StrEnum):
    """What a segment of the community is taken by; `cohort` is the month of the first valid session, 2026-05.

    `joined` is the month of joining, `source` where a member's entry comes from; an analyst sees no such part.
    """

    TIER = "tier"
    COHORT = "cohort"
    AGENT = "agent"
    COACH = "coach"
    CLIENT = "client"
    JOINED = "joined"
    SOURCE = "source"


@dataclass(frozen=True)
class Segment:
    """A part of the community: those whose `by` is `value` (a coach by e-mail, a client by id).

    None: the rest, those who are in no such part. There is no rest of all clients.
    """

    by: SegmentBy
    value: str | None

    def __post_init__(self) -> None:
        by_month = self.by in {SegmentBy.COHORT, SegmentBy.JOINED}
        if by_month and self.value is not None and not MONTH.fullmatch(self.value):
            what = "cohort" if self.by is SegmentBy.COHORT else "month of joining"
            raise MetricError(f"There is no {what} {self.value}: give a month such as 2026-05.")


@dataclass(frozen=True)
class Parameters:
    """All a metric may depend on besides the data.

    Times with an offset are converted to UTC, others are UTC. `now`, where given, is the time that
    `as_of` must not lie beyond. Raises MetricError.
    """

    as_of: datetime
    start: datetime | None = None
    end: datetime | None = None
    interval: Interval = Interval.WEEK
    kind: RetentionKind | None = None
    timezone: str = "UTC"
    min_valid_seconds: float = 60.0
    min_group: int = 5
    suppress: bool = False
    segment: Segment | None = None
    now: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("as_of", "start", "end", "now"):
            object.__setattr__(self, name, _naive_utc(getattr(self, name)))
        object.__setattr__(self, "interval", chosen(Interval, self.interval, "interval"))
        if self.kind is not None:
            object.__setattr__(self, "kind", chosen(RetentionKind, self.kind, "kind"))
        if self.start is not None and self.end is not None and self.end < self.start:
            raise MetricError(f"The end {self.end} lies before the start {self.start}: exchange them.")
        if self.now is not None and self.as_of > self.now:
            raise MetricError(f"as_of {self.as_of} lies in the future: give a moment up to now, {self.now} UTC.")
        if self.min_valid_seconds < 0 or self.min_group < 0:
            raise MetricError("min_valid_seconds and min_group cannot be negative.")
        _require_zone(self.timezone)

    @property
    def protects(self) -> bool:
        """Whether anything is hidden: with groups of one, nobody is left to be hidden."""
        return self.suppress and self.min_group > 1

    @property
    def until(self) -> datetime:
        """Nothing that started at or after this time counts: the earlier of `as_of` and `end`."""
        return self.as_of if self.end is None else min(self.as_of, self.end)


def chosen(choices: type[Choice], text: str, what: str) -> Choice:
    """The member of `choices` that is spelled `text`. Raises MetricError with those there are."""
    try:
        return choices(text)
    except ValueError:
        raise MetricError(f"There is no {what} {text}: {any_of(choices)}.") from None


def any_of(names: Iterable[str]) -> str:
    """The names in a sentence: "choose a, b or c"."""
    *most, last = names
    return f"choose {', '.join(most)} or {last}" if most else f"choose {last}"


def _require_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise MetricError(f"There is no time zone {name}: give an IANA name such as Europe/Berlin.") from None


def _naive_utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None and moment.tzinfo else moment
