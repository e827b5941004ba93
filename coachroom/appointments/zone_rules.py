"""When governments change their clocks: dates of series keep the time that their clock shows, and so move in UTC."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

from coachroom.appointments.bookings import COACHROOM, AnnounceBecause
from coachroom.appointments.calendars import Span
from coachroom.appointments.rows import appointment_of, move_all, note_change
from coachroom.appointments.series import keeps_wall_clock, moment_of
from coachroom.appointments.states import Appointment
from coachroom.clock import Clock, zone_named
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

log = logging.getLogger(__name__)
SQL = load_statements("coachroom.appointments", "zone_rules.sql")

MOVED = "The rules of the time zone {zone} have changed: this keeps the time that its clock shows."
STAYS = (
    "The rules of the time zone {zone} have changed, so its clock shows another time then. It stays at its moment, "
    "as the time that its clock is to show is taken. Agree on another time, or leave it as it is."
)

ZoneReader = Callable[[str | None], ZoneInfo | None]
TellOfStay = Callable[[Transaction, Appointment, str], None]


@dataclass(frozen=True)
class RulesFollowed:
    """What a change of the rules of time zones has done to dates of series."""

    moved: Sequence[Appointment]
    left: Sequence[Appointment]


class ZoneRules:
    """`announce` and `tell_of_stay` are called within the transaction: of dates that moved, and of one that did not.

    `read_zone`: reads the rules of a zone. `version`: which rules those are.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        *,
        announce: AnnounceBecause,
        tell_of_stay: TellOfStay,
        read_zone: ZoneReader = zone_named,
        version: str | None = None,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._announce = announce
        self._tell_of_stay = tell_of_stay
        self._read_zone = read_zone
        self._version = version or rules_version()

    def follow(self) -> RulesFollowed:
        """Moves what other rules have moved since they were last followed, in one transaction."""
        kept = self._store.execute(SQL["version"])
        if kept and kept[0][0] == self._version:
            return RulesFollowed((), ())
        now = self._clock()

        def work(transaction: Transaction) -> RulesFollowed:
            dates = [appointment_of(row) for row in transaction.execute(SQL["dates_ahead"], [now])]
            moved, left = self._follow(transaction, [each for each in dates if not self._is_right(each)], now)
            transaction.execute(SQL["put_version"], [self._version, now])
            return RulesFollowed(moved, left)

        followed = self._writer.submit(work).result()
        if followed.moved or followed.left:
            log.warning(
                "The rules of time zones are those of %s now: %d dates of series were moved, %d stay where they are.",
                self._version,
                len(followed.moved),
                len(followed.left),
            )
        return followed

    def _follow(
        self, transaction: Transaction, wrong: Sequence[Appointment], now: datetime
    ) -> tuple[list[Appointment], list[Appointment]]:
        going = {each.id: (each, self._span(each)) for each in wrong}
        left: list[Appointment] = []
        # One that stays may stand where another is to go, which then stays as well.
        while stays := next((each for each in going.values() if _is_taken(transaction, each, going, now)), None):
            left.append(stays[0])
            del going[stays[0].id]
        moved = move_all(transaction, [(each, span, each.wall_begins) for each, span in going.values()], now)
        for each in moved:
            note_change(transaction, each, "appointment.moved", COACHROOM, now)
        by_series = sorted(moved, key=lambda each: (str(each.series_id), each.begins_at))
        for _, dates in groupby(by_series, key=lambda each: each.series_id):
            together = list(dates)
            self._announce(transaction, together, MOVED.format(zone=together[0].wall_zone))
        for each in left:
            self._tell_of_stay(transaction, each, STAYS.format(zone=each.wall_zone))
        return moved, left

    def _is_right(self, date: Appointment) -> bool:
        zone = self._read_zone(date.wall_zone)
        # A zone that is not there any more says nothing of its clock.
        return zone is None or date.wall_begins is None or keeps_wall_clock(date.begins_at, date.wall_begins, zone)

    def _span(self, date: Appointment) -> Span:
        zone, wall = self._read_zone(date.wall_zone), date.wall_begins
        if zone is None or wall is None:
            return date.span
        begins_at = moment_of(wall, zone)
        return Span(begins_at, begins_at + (date.ends_at - date.begins_at))


def _is_taken(
    transaction: Transaction,
    one: tuple[Appointment, Span],
    going: Mapping[str, tuple[Appointment, Span]],
    now: datetime,
) -> bool:
    """Whether a date cannot go there: it is over, or one that does not go, or goes there as well, has the time."""
    date, span = one
    if span.begins_at <= now:
        return True
    if any(
        other.id != date.id and span.overlaps(theirs) and not set(date.owners).isdisjoint(other.owners)
        for other, theirs in going.values()
    ):
        return True
    rows = transaction.execute(SQL["in_the_way"], [list(date.owners), span.begins_at, span.ends_at])
    return any(id not in going for (id,) in rows)


def rules_version() -> str:
    """Which rules of time zones this process reads, such as "2026b": the system's where it has some."""
    for folder in map(Path, TZPATH):
        if not (folder / "UTC").exists():
            continue
        for name in ("+VERSION", "version", "tzdata.zi"):
            file = folder / name
            if file.is_file():
                with file.open(encoding="utf-8", errors="replace") as text:
                    return text.readline(80).removeprefix("# version").strip()
        # A system that does not say which it has: when it was changed.
        return f"of {int((folder / 'UTC').stat().st_mtime)}"
    try:
        return version("tzdata")
    except PackageNotFoundError:
        return "unknown"
