"""What a page of numbers looks at: whose, from when to when, and what its reader may see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from coachroom.app.container import Services
from coachroom.metrics.dates import parse_moment
from coachroom.metrics.intervals import floor
from coachroom.metrics.parameters import Interval, Parameters, RetentionKind, Segment
from coachroom.metrics.published import midnight
from coachroom.people.people import Person, Role
from coachroom.ui.dashboard.queries import Version, version

# From here on a page takes its time to compute, and a session more or less is nothing to see.
MANY_SESSIONS = 100_000
STEP_MINUTES = 10
# For so long the usual views of the next step are made ready (prewarm.py) before anybody is shown them.
LEAD = timedelta(minutes=2)


@dataclass(frozen=True)
class View:
    """Everything the numbers on a page depend on besides the data."""

    person: Person
    version: Version
    as_of: datetime
    interval: Interval
    timezone: str
    min_valid_seconds: float
    min_group: int
    start: datetime | None = None
    end: datetime | None = None
    segment: Segment | None = None
    who: str = ""

    @property
    def suppresses(self) -> bool:
        """Analysts see nothing that is known of a few people only."""
        return _suppresses(self.person, self.min_group)

    @property
    def until(self) -> datetime:
        return self.as_of if self.end is None else min(self.as_of, self.end)

    def parameters(self, kind: RetentionKind | None = None) -> Parameters:
        """What to ask metrics for."""
        return Parameters(
            as_of=self.as_of,
            start=self.start,
            end=self.end,
            interval=self.interval,
            kind=kind,
            timezone=self.timezone,
            min_valid_seconds=self.min_valid_seconds,
            min_group=self.min_group,
            suppress=self.suppresses,
            segment=self.segment,
        )

    def reaching_back(self, intervals: int) -> View:
        """The same view from so many intervals before the latest full one."""
        first = self.latest_full
        for _ in range(intervals):
            first = before(first, self.interval)
        return replace(self, start=self.at_midnight(first))

    @property
    def open_from(self) -> date:
        """The first day of the interval that is not over at the end of the view."""
        return floor(self.local(self.until), self.interval)

    @property
    def latest_full(self) -> date:
        """The first day of the last interval that is over."""
        return before(self.open_from, self.interval)

    def at_midnight(self, day: date) -> datetime:
        """When this local day begins, in UTC."""
        return parse_moment(day.isoformat(), self.timezone)

    def local(self, at: datetime) -> date:
        """The day it is then where the numbers are reported."""
        return at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).date()


def has_much(known: Version) -> bool:
    """Whether there is so much on record that numbers stand for ten minutes."""
    return known.sessions > MANY_SESSIONS


def view_of(person: Person, services: Services, interval: Interval = Interval.WEEK, *, ahead: bool = False) -> View:
    """Everything up to the last full minute; with very much on record, to a full ten minutes.

    So everybody who looks within this time shares one computation; analysts see what there was at midnight.
    `ahead`: what will be shown next.
    """
    settings = services.settings
    seen, now, step = version(services), services.numbers_as_of(), 1
    if has_much(seen):
        seen, step = replace(seen, sessions=0, rows=()), STEP_MINUTES
        now -= timedelta(0) if ahead else LEAD
    as_of = now.replace(minute=now.minute - now.minute % step, second=0, microsecond=0)
    if _suppresses(person, settings.min_group):
        as_of = midnight(as_of, settings.reporting_timezone)
    return View(
        person=person,
        version=seen,
        as_of=as_of,
        interval=interval,
        timezone=settings.reporting_timezone,
        min_valid_seconds=settings.min_valid_seconds,
        min_group=settings.min_group,
    )


def _suppresses(person: Person, min_group: int) -> bool:
    return person.role is Role.ANALYST and min_group > 1


def before(start: date, interval: Interval) -> date:
    """The first day of the interval before the one that begins on this day."""
    return floor(start - timedelta(days=1), interval)
