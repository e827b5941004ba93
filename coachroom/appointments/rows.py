"""The rows of appointments as one transaction reads and changes them, whoever books, moves or cancels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from coachroom.appointments.calendars import CELL_MINUTES, Span
from coachroom.appointments.states import Appointment, AppointmentKind, AppointmentStatus, MissedBy
from coachroom.clock import new_id
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.people.audit import write_audit
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Transaction

SQL = load_statements("coachroom.appointments", "rows.sql")

FIELDS = tuple(each.name for each in fields(Appointment))
MAX_BOOKED = 24
# Each change of a client's sends mails: so many within this time.
MAX_CHANGES = 20
CHANGES_WITHIN = timedelta(hours=1)

EnsureAllowed = Callable[[Transaction, str], None]
EnsureMay = Callable[[Transaction, Appointment], None]


class AppointmentNotFoundError(CoachroomError):
    """There is no such appointment, or it is somebody else's: the answer is the same."""

    def __init__(self) -> None:
        super().__init__("There is no appointment of yours at this address.")


class AppointmentChangedError(CoachroomError):
    """The appointment is not any more what the page has shown."""

    def __init__(self) -> None:
        super().__init__("This appointment was moved, cancelled or has begun meanwhile: look at it again.")


@dataclass(frozen=True)
class NewAppointment:
    """Whose it is to be and who makes it; of a date of a series also what the clock of `wall_zone` shows then."""

    client_id: str
    coach_email: str | None
    kind: AppointmentKind
    by: str
    series_id: str | None = None
    wall_begins: datetime | None = None
    wall_zone: str | None = None


def cells_of(span: Span) -> Iterator[datetime]:
    """The begins of the cells that a time takes."""
    minute = timedelta(minutes=1)
    since_midnight = span.begins_at - span.begins_at.replace(hour=0, minute=0, second=0, microsecond=0)
    at = span.begins_at - since_midnight % (CELL_MINUTES * minute)
    while at < span.ends_at:
        yield at
        at += CELL_MINUTES * minute


def ensure_client(client_id: str) -> EnsureMay:
    """Raises AppointmentNotFoundError where an appointment is another client's."""

    def ensure(_: Transaction, appointment: Appointment) -> None:
        if appointment.client_id != client_id:
            raise AppointmentNotFoundError

    return ensure


def ensure_coach_and_client(coach_email: str, ensure_allowed: EnsureAllowed) -> EnsureMay:
    """Raises AppointmentNotFoundError where it is another coach's, and what `ensure_allowed` does of its client."""

    def ensure(transaction: Transaction, appointment: Appointment) -> None:
        if appointment.coach_email != coach_email:
            raise AppointmentNotFoundError
        ensure_allowed(transaction, appointment.client_id)

    return ensure


def found_in(transaction: Transaction, id: str) -> Appointment:
    """The appointment as it is in this transaction. Raises AppointmentNotFoundError."""
    for row in transaction.execute(SQL["find"], [id]):
        return appointment_of(row)
    raise AppointmentNotFoundError


def appointment_of(row: Row) -> Appointment:
    """The row of the statements above, whose columns stand in the order of the fields."""
    found = dict(zip(FIELDS, row, strict=True))
    found["kind"], found["status"] = AppointmentKind(found["kind"]), AppointmentStatus(found["status"])
    found["missed_by"] = MissedBy(found["missed_by"]) if found["missed_by"] else None
    return Appointment(**found)


def ensure_may_book(transaction: Transaction, client_id: str, more: int) -> None:
    """Somebody is a client and may have so many more ahead. Raises AppointmentNotFoundError, NotAllowedError."""
    if not transaction.execute(SQL["is_client"], [client_id]):
        raise AppointmentNotFoundError
    if transaction.execute(SQL["count_booked"], [client_id])[0][0] + more > MAX_BOOKED:
        raise NotAllowedError(
            f"A client has at most {MAX_BOOKED} appointments ahead: cancel one of them first, or book fewer."
        )


def ensure_not_too_often(transaction: Transaction, client_email: str, now: datetime) -> None:
    """A client may book or move once more. Cancelling is never refused: it is bounded by what they have booked.

    Raises NotAllowedError.
    """
    ((changes,),) = transaction.execute(SQL["changes_by"], [client_email, now - CHANGES_WITHIN])
    if changes >= MAX_CHANGES:
        raise NotAllowedError(
            f"You have changed appointments {changes} times within an hour, and each time the other side is told: "
            "nothing was changed. Book or move again in an hour. You can still cancel."
        )


def add(transaction: Transaction, new: NewAppointment, span: Span, now: datetime) -> Appointment:
    """Books a time that is free."""
    id = new_id(now)
    who = [id, new.client_id, new.coach_email, new.kind, span.begins_at, span.ends_at, new.by, now]
    transaction.execute(SQL["add"], [*who, new.series_id, new.wall_begins, new.wall_zone])
    made = found_in(transaction, id)
    take_cells(transaction, made)
    return made


def move_all(
    transaction: Transaction, moves: Sequence[tuple[Appointment, Span, datetime | None]], now: datetime
) -> list[Appointment]:
    """Moves each to a time that is free once all of them have left theirs, with what its clock shows then.

    Raises AppointmentChangedError where one is not booked at its begin any more.
    """
    for old, _, _ in moves:
        transaction.execute(SQL["free_cells"], [old.id])
    moved = []
    for old, span, wall in moves:
        row = [old.id, old.begins_at, span.begins_at, span.ends_at, now, wall]
        if not transaction.execute(SQL["move"], row):
            raise AppointmentChangedError
        moved.append(found_in(transaction, old.id))
        take_cells(transaction, moved[-1])
    return moved


def cancel_in(transaction: Transaction, found: Appointment, by: str, why: str | None, now: datetime) -> Appointment:
    """Cancels what is booked. Raises AppointmentChangedError."""
    if not transaction.execute(SQL["cancel"], [found.id, now, by, why]):
        raise AppointmentChangedError
    transaction.execute(SQL["free_cells"], [found.id])
    cancelled = found_in(transaction, found.id)
    note_change(transaction, cancelled, "appointment.cancelled", by, now)
    return cancelled


def note_change(
    transaction: Transaction,
    appointment: Appointment,
    action: str,
    actor: str,
    now: datetime,
    *,
    through_ai_coach: bool = False,
) -> None:
    """Writes into the log of actions who did what with an appointment."""
    detail: dict[str, object] = {"coach": appointment.coach_email} if appointment.coach_email else {}
    if through_ai_coach:
        detail["through"] = "ai_coach"
    write_audit(transaction, actor=actor, action=action, subject=appointment.client_id, detail=detail, now=now)


def take_cells(transaction: Transaction, appointment: Appointment) -> None:
    """Takes the time of the appointment for its owners, which its key refuses where somebody has it."""
    cells = list(cells_of(appointment.span))
    for owner in appointment.owners:
        transaction.execute(SQL["take_cells"], [owner, cells, appointment.id])


def free_cells(transaction: Transaction, id: str) -> None:
    """The time of the appointment is nobody's any more."""
    transaction.execute(SQL["free_cells"], [id])
