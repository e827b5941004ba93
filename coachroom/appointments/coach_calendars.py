"""What coaches set of their calendars, kept as they set it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from coachroom.appointments.calendars import CELL_MINUTES, Hours, OpeningHours
from coachroom.clock import Clock, day_there, zone_named
from coachroom.coaching.validation import InvalidInputError
from coachroom.people.profiles import UTC_ZONE
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.appointments", "coach_calendars.sql")

MIN_MINUTES, MAX_MINUTES = 15, 180
MAX_BUFFER_MINUTES, MAX_NOTICE_HOURS, MAX_HORIZON_DAYS, MAX_A_DAY = 120, 14 * 24, 180, 20
# The longest ahead that a day may be set.
MAX_DAYS_AHEAD = 366
# What a coach begins with; no hours are set.
FIRST = OpeningHours(
    UTC_ZONE,
    {},
    minutes=50,
    step_minutes=30,
    after=timedelta(minutes=10),
    notice=timedelta(hours=24),
    horizon_days=60,
    most_a_day=6,
)


class CoachCalendars:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def of(self, coach_email: str) -> OpeningHours | None:
        """When this coach can be met; None where they have set nothing."""
        return read_calendar(self._store, coach_email)

    def save(self, coach_email: str, wanted: OpeningHours) -> None:
        """Replaces all but the single days. Raises InvalidInputError."""
        _check(wanted)
        row = [
            coach_email,
            wanted.zone.key,
            wanted.minutes,
            wanted.step_minutes,
            *(span // timedelta(minutes=1) for span in (wanted.before, wanted.after)),
            wanted.notice // timedelta(hours=1),
            wanted.horizon_days,
            wanted.most_a_day,
            self._clock(),
        ]

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["put_calendar"], row)
            transaction.execute(SQL["forget_hours"], [coach_email])
            for weekday, hours in wanted.week.items():
                for each in hours:
                    transaction.execute(SQL["add_hours"], [coach_email, weekday, each.begins, each.ends])

        self._writer.submit(work).result()

    def set_day(self, coach_email: str, day: date, hours: Sequence[Hours]) -> None:
        """On this day these hours replace those of the week; none: the day is off. Raises InvalidInputError."""
        calendar = self.of(coach_email)
        if calendar is None:
            raise InvalidInputError("Save the hours of your week first: single days differ from those.")
        today = day_there(self._clock(), calendar.zone)
        if not today <= day <= today + timedelta(days=MAX_DAYS_AHEAD):
            raise InvalidInputError("Choose a day from today on, at most a year ahead.")

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["forget_days_before"], [coach_email, today])
            transaction.execute(SQL["forget_day"], [coach_email, day])
            for each in hours or [Hours(0, 0)]:
                transaction.execute(SQL["add_day"], [coach_email, day, each.begins, each.ends])

        self._writer.submit(work).result()

    def clear_day(self, coach_email: str, day: date) -> None:
        """The hours of the week count on this day again."""
        self._writer.submit(lambda transaction: transaction.execute(SQL["forget_day"], [coach_email, day])).result()


def read_calendar(source: Store | Transaction, coach_email: str) -> OpeningHours | None:
    """When this coach can be met, as it is stored; None where they have set nothing."""
    for zone, minutes, step, before, after, notice, horizon, most in source.execute(SQL["calendar"], [coach_email]):
        return replace(
            FIRST,
            zone=zone_named(zone) or UTC_ZONE,
            week=_by_day(source.execute(SQL["hours"], [coach_email])),
            days=_by_day(source.execute(SQL["days"], [coach_email])),
            minutes=minutes,
            step_minutes=step,
            before=timedelta(minutes=before),
            after=timedelta(minutes=after),
            notice=timedelta(hours=notice),
            horizon_days=horizon,
            most_a_day=most,
        )
    return None


def _by_day(rows: Sequence[Row]) -> dict[Any, list[Hours]]:
    """By what stands in the first column; a stretch of no length means no hours."""
    found: defaultdict[Any, list[Hours]] = defaultdict(list)
    for day, begins, ends in rows:
        found[day] += [] if begins == ends else [Hours(begins, ends)]
    return dict(found)


def _check(wanted: OpeningHours) -> None:
    minutes = timedelta(minutes=1)
    limits = (
        ("An appointment", wanted.minutes, MIN_MINUTES, MAX_MINUTES, "minutes"),
        ("From one begin to the next", wanted.step_minutes, MIN_MINUTES, MAX_MINUTES, "minutes"),
        ("The time before", wanted.before // minutes, 0, MAX_BUFFER_MINUTES, "minutes"),
        ("The time after", wanted.after // minutes, 0, MAX_BUFFER_MINUTES, "minutes"),
        ("The notice", wanted.notice // timedelta(hours=1), 0, MAX_NOTICE_HOURS, "hours"),
        ("How far ahead", wanted.horizon_days, 1, MAX_HORIZON_DAYS, "days"),
        ("The most a day", wanted.most_a_day or 0, 1, MAX_A_DAY, "appointments"),
    )
    for what, number, low, high, unit in limits:
        if not low <= number <= high:
            raise InvalidInputError(f"{what}: from {low} to {high} {unit}.")
        if unit == "minutes" and number % CELL_MINUTES:
            raise InvalidInputError(f"{what}: a multiple of {CELL_MINUTES} minutes.")
