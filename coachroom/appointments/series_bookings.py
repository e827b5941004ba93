"""Appointments that repeat: booked together, and moved or cancelled from one date on, each in one transaction.

Each date is an appointment of its own, so that whatever holds for one holds for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coachroom.appointments.bookings import MAX_WHY_CHARS, OTHER_COACH
from coachroom.appointments.calendars import why_not
from coachroom.appointments.openings import NO_HOURS, Asking, NotFreeError, Openings
from coachroom.appointments.rows import (
    AppointmentChangedError,
    EnsureAllowed,
    EnsureMay,
    NewAppointment,
    add,
    appointment_of,
    cancel_in,
    ensure_client,
    ensure_coach_and_client,
    ensure_may_book,
    ensure_not_too_often,
    found_in,
    move_all,
    note_change,
)
from coachroom.appointments.sentences import why_sentence
from coachroom.appointments.series import SeriesDate, SeriesRule, dates_of, left_out, shifted, wall_clock
from coachroom.appointments.states import Appointment, AppointmentKind
from coachroom.appointments.time_text import time_text
from coachroom.clock import Clock, new_id, zone_named
from coachroom.coaching.validation import InvalidInputError, optional_line
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.people.profiles import zone_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.appointments", "series.sql")

# The dates as they became, and the e-mail of who changed them.
AnnounceAll = Callable[[Transaction, Sequence[Appointment], str], None]


class SeriesNotFreeError(CoachroomError):
    """A date of the series cannot be had, so nothing was changed."""


@dataclass(frozen=True)
class PlannedDate:
    """A date of a series that is not booked yet. `why`: why it cannot be; None where it is free.

    `later`: clocks leave its time out on this day, so that it begins at the first minute after.
    """

    begins_at: datetime
    why: str | None
    later: bool


class SeriesBookings:
    """Safe to use from many threads. `announce_all`: as of `Appointments`, once for all dates of one change."""

    def __init__(
        self, store: Store, writer: Writer, clock: Clock, openings: Openings, *, announce_all: AnnounceAll
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._openings = openings
        self._announce_all = announce_all

    def plan(
        self, client_id: str, kind: AppointmentKind, rule: SeriesRule, *, by_coach: bool = False
    ) -> list[PlannedDate]:
        """All dates of the series, in order, with those that cannot be booked. Raises InvalidInputError."""
        rule.check()
        asking = Asking(by_coach=by_coach, series=True)
        coach, hours = self._openings.hours(self._store, client_id, kind, asking)
        if hours is None:
            raise NotAllowedError(NO_HOURS)
        taken, now = self._openings.taken(self._store, coach, client_id), self._clock()
        planned = []
        for date in dates_of(rule, hours.zone):
            why = why_not(hours, taken, date.begins_at, now)
            sentence = why_sentence(why, hours, for_coach=by_coach) if why else None
            planned.append(PlannedDate(date.begins_at, sentence, left_out(date, hours.zone)))
        return planned

    def book(
        self,
        client_id: str,
        kind: AppointmentKind,
        rule: SeriesRule,
        only: Sequence[datetime],
        *,
        by: str,
        ensure_coach: EnsureAllowed | None = None,
    ) -> list[Appointment]:
        """Books the dates of the series that begin at `only`, as the page has shown them: all of these or none.

        `by`, `ensure_coach`: as of `Appointments.book`. Raises InvalidInputError, SeriesNotFreeError and what that
        does.
        """
        rule.check()
        now = self._clock()
        asking = Asking(by_coach=ensure_coach is not None, series=True)

        def work(transaction: Transaction) -> list[Appointment]:
            if ensure_coach is not None:
                ensure_coach(transaction, client_id)
            else:
                ensure_not_too_often(transaction, by, now)
            coach, hours = self._openings.hours(transaction, client_id, kind, asking)
            if hours is None:
                raise NotAllowedError(NO_HOURS)
            wanted = [each for each in dates_of(rule, hours.zone) if each.begins_at in only]
            if len(wanted) < 1 or len(wanted) != len(set(only)):
                raise InvalidInputError("Look at the dates again: they are not those of this series any more.")
            ensure_may_book(transaction, client_id, len(wanted))
            begins = [each.begins_at for each in wanted]
            coach, spans = self._openings.ensure_free(transaction, client_id, kind, begins, asking=asking)
            series_id, zone = new_id(now), hours.zone.key
            made = [
                add(transaction, NewAppointment(client_id, coach, kind, by, series_id, date.wall, zone), span, now)
                for date, span in zip(wanted, spans, strict=True)
            ]
            self._tell(transaction, made, "appointment.booked", by, now)
            return made

        return self._all_or_none(client_id, work)

    def later_than(self, id: str) -> list[Appointment]:
        """This date of a series and those after it that are booked, in order; none where it is of no series."""
        return [appointment_of(row) for row in self._store.execute(SQL["from_date_on"], [id])]

    def move_from(self, id: str, client_id: str, was: datetime, begins_at: datetime, *, by: str) -> list[Appointment]:
        """Moves the client's date that begins at `was`, and all later ones as far on the clock of the series.

        Raises AppointmentNotFoundError, AppointmentChangedError, SeriesNotFreeError, NotAllowedError.
        """
        now = self._clock()

        def work(transaction: Transaction) -> list[Appointment]:
            dates, zone = self._dates_from(transaction, id, now)
            first = dates[0]
            ensure_client(client_id)(transaction, first)
            if first.begins_at != was:
                raise AppointmentChangedError
            ensure_not_too_often(transaction, by, now)
            moved = _moved(dates, zone, begins_at)
            coach, spans = self._openings.ensure_free(
                transaction,
                client_id,
                first.kind,
                [each.begins_at for each in moved],
                moved=dates,
                asking=Asking(series=True),
            )
            if any(each.coach_email != coach for each in dates):
                raise NotAllowedError(OTHER_COACH)
            walls = [each.wall for each in moved]
            done = move_all(transaction, list(zip(dates, spans, walls, strict=True)), now)
            self._tell(transaction, done, "appointment.moved", by, now)
            return done

        return self._all_or_none(client_id, work)

    def cancel_own_from(self, id: str, client_id: str, why: str | None, *, by: str) -> list[Appointment]:
        """The client cancels this date and all later ones. Raises as `Appointments.cancel_own` does."""
        return self._cancel_from(id, why, by=by, ensure=ensure_client(client_id))

    def cancel_as_coach_from(
        self, id: str, coach_email: str, why: str | None, *, ensure_allowed: EnsureAllowed
    ) -> list[Appointment]:
        """The coach cancels this date and all later ones. As `Appointments.cancel_as_coach`."""
        ensure = ensure_coach_and_client(coach_email, ensure_allowed)
        return self._cancel_from(id, why, by=coach_email, ensure=ensure)

    def _cancel_from(self, id: str, why: str | None, *, by: str, ensure: EnsureMay) -> list[Appointment]:
        now = self._clock()
        reason = optional_line(why, "The reason", MAX_WHY_CHARS)

        def work(transaction: Transaction) -> list[Appointment]:
            ensure(transaction, found_in(transaction, id))
            dates, _ = self._dates_from(transaction, id, now)
            for each in dates:
                ensure(transaction, each)
            done = [cancel_in(transaction, each, by, reason, now) for each in dates]
            self._announce_all(transaction, done, by)
            return done

        return self._writer.submit(work).result()

    def _dates_from(self, transaction: Transaction, id: str, now: datetime) -> tuple[list[Appointment], ZoneInfo]:
        """The date and all later ones that are booked. Raises AppointmentChangedError where it is over or gone."""
        dates = [appointment_of(row) for row in transaction.execute(SQL["from_date_on"], [id])]
        zone = zone_named(dates[0].wall_zone) if dates else None
        if zone is None or dates[0].id != id or dates[0].begins_at <= now:
            raise AppointmentChangedError
        return dates, zone

    def _tell(
        self, transaction: Transaction, changed: Sequence[Appointment], action: str, by: str, now: datetime
    ) -> None:
        for each in changed:
            note_change(transaction, each, action, by, now)
        self._announce_all(transaction, changed, by)

    def _all_or_none(self, client_id: str, work: Callable[[Transaction], list[Appointment]]) -> list[Appointment]:
        try:
            return self._writer.submit(work).result()
        except NotFreeError as error:
            zone = zone_of(self._store, client_id)
            raise SeriesNotFreeError(
                f"{time_text(error.at, zone)} (time zone {zone.key}): {error} Nothing was changed."
            ) from None


def _moved(dates: Sequence[Appointment], zone: ZoneInfo, begins_at: datetime) -> list[SeriesDate]:
    """The first begins at this moment, the others as much later or earlier on the clock as it."""
    walls = [each.wall_begins or wall_clock(each.begins_at, zone) for each in dates]
    by = wall_clock(begins_at, zone) - walls[0]
    later = [
        shifted(SeriesDate(each.begins_at, wall), zone, by) for each, wall in zip(dates[1:], walls[1:], strict=True)
    ]
    return [SeriesDate(begins_at, wall_clock(begins_at, zone)), *later]
