"""Appointments whose human coach has left: an administrator gives them to the client's new coach, or cancels them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coachroom.appointments.bookings import MAX_WHY_CHARS, Announce, AnnounceBecause
from coachroom.appointments.openings import Asking, NotFreeError, Openings
from coachroom.appointments.rows import (
    AppointmentChangedError,
    AppointmentNotFoundError,
    cancel_in,
    found_in,
    free_cells,
    note_change,
    take_cells,
)
from coachroom.appointments.states import Appointment
from coachroom.clock import Clock
from coachroom.coaching.validation import optional_line
from coachroom.errors import NotAllowedError
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.appointments", "left_appointments.sql")

TAKEN_OVER = "The human coach of before has left, and another one takes the same time."
HAS_LEFT = "The human coach has left."
BY_COACH = Asking(by_coach=True, series=True)


@dataclass(frozen=True)
class LeftAppointment:
    """`begins_at`: naive UTC. `coach`: who has left. `new_coach` and its name: None where there is none."""

    id: str
    begins_at: datetime
    coach: str
    client_id: str
    client_name: str
    new_coach: str | None
    new_coach_name: str | None


class LeftAppointments:
    """Safe to use from many threads. `announce`: within the transaction, of what is given to another coach."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        openings: Openings,
        *,
        announce: Announce,
        announce_because: AnnounceBecause,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._openings = openings
        self._announce = announce
        self._announce_because = announce_because

    def all(self) -> list[LeftAppointment]:
        """Those that have not begun, the next first."""
        return [LeftAppointment(*row) for row in self._store.execute(SQL["left"], [self._clock()])]

    def give(self, id: str, *, by: str) -> Appointment:
        """The client's coach of now takes it over, within their hours. `by`: the administrator's e-mail.

        Raises AppointmentNotFoundError, AppointmentChangedError, NotAllowedError.
        """
        now = self._clock()

        def work(transaction: Transaction) -> Appointment:
            left = _left_in(transaction, id, now)
            if left.new_coach is None:
                raise NotAllowedError("The client has no human coach now: give them one on the page Members first.")
            old = found_in(transaction, id)
            coach, spans = self._openings.ensure_free(
                transaction, old.client_id, old.kind, [old.begins_at], moved=[old], asking=BY_COACH
            )
            if spans[0].ends_at < old.ends_at:
                raise NotAllowedError("Appointments with the new human coach are shorter: cancel this one.")
            free_cells(transaction, id)
            if not transaction.execute(SQL["give"], [id, left.coach, coach, now]):
                raise AppointmentChangedError
            given = found_in(transaction, id)
            take_cells(transaction, given)
            note_change(transaction, given, "appointment.given", by, now)
            self._announce_because(transaction, [given], TAKEN_OVER)
            return given

        try:
            return self._writer.submit(work).result()
        except NotFreeError:
            raise NotAllowedError(
                "The new human coach has no time then: cancel this appointment, and they agree on another time."
            ) from None

    def cancel(self, id: str, why: str | None, *, by: str) -> Appointment:
        """Cancels it; the client is told. Raises AppointmentNotFoundError, AppointmentChangedError."""
        now = self._clock()
        reason = optional_line(why, "The reason", MAX_WHY_CHARS) or HAS_LEFT

        def work(transaction: Transaction) -> Appointment:
            _left_in(transaction, id, now)
            cancelled = cancel_in(transaction, found_in(transaction, id), by, reason, now)
            self._announce(transaction, cancelled, by)
            return cancelled

        return self._writer.submit(work).result()


def _left_in(transaction: Transaction, id: str, now: datetime) -> LeftAppointment:
    for row in transaction.execute(SQL["left"], [now]):
        if row[0] == id:
            return LeftAppointment(*row)
    raise AppointmentNotFoundError
