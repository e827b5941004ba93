"""Appointments are booked, moved, cancelled and settled: each in one transaction of the one writer.

What is free is looked up in the very transaction that takes it. The key of `booked_cells` is the last line: two
appointments of one owner cannot share five minutes, whatever a look has missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from coachroom.appointments.calendars import (
    CELL_MINUTES,
    OpeningHours,
    Span,
    WhyNot,
    nearest,
    why_not,
)
from coachroom.appointments.openings import CLIENT_ASKS, NO_HOURS, Asking, NotFreeError, Openings
from coachroom.appointments.sentences import why_sentence
from coachroom.appointments.series import wall_clock
from coachroom.appointments.states import (
    OPENS_BEFORE,
    SETTLED_AFTER,
    Appointment,
    AppointmentKind,
    AppointmentStatus,
    MissedBy,
    missed_by,
)
from coachroom.clock import Clock, new_id, zone_named
from coachroom.coaching.validation import optional_line
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.people.audit import write_audit
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.appointments", "bookings.sql")

FIELDS = tuple(each.name for each in fields(Appointment))
MAX_BOOKED = 24
# Each change of a client's sends mails: so many within this time.
MAX_CHANGES = 20
CHANGES_WITHIN = timedelta(hours=1)
# So long a missed appointment stands on the pages of the two.
MISSED_SHOWN = timedelta(days=28)
MAX_WHY_CHARS = 200
# So long before it begins, an appointment whose coach has left and that nobody took over is cancelled.
LEFT_UNTIL = timedelta(hours=24)
# Who cancels where nobody pressed anything.
COACHROOM = "coachroom"
OTHER_COACH = "You have another human coach now: cancel this appointment and book a new one."
NOT_MEMBERS = "The two are not client and human coach any more."

EnsureAllowed = Callable[[Transaction, str], None]
EnsureMay = Callable[[Transaction, Appointment], None]
# The appointment as it became, and the e-mail of who did it.
Announce = Callable[[Transaction, Appointment, str], None]
# The appointments as they became, and why, where none of the two asked for it.
AnnounceBecause = Callable[[Transaction, Sequence[Appointment], str], None]


class AppointmentNotFoundError(CoachroomError):
    """There is no such appointment, or it is somebody else's: the answer is the same."""

    def __init__(self) -> None:
        super().__init__("There is no appointment of yours at this address.")


class AppointmentChangedError(CoachroomError):
    """The appointment is not any more what the page has shown."""

    def __init__(self) -> None:
        super().__init__("This appointment was moved, cancelled or has begun meanwhile: look at it again.")


class TimeNotFreeError(CoachroomError):
    """The time cannot be had. `nearest`: the begins that can, nearest to it, in order; naive UTC."""

    def __init__(self, why: WhyNot, sentence: str, nearest: Sequence[datetime]) -> None:
        super().__init__(sentence)
        self.why = why
        self.nearest = tuple(nearest)


@dataclass(frozen=True)
class AppointmentNames:
    """Who the two are. `client_email` is None where the client is no member any more."""

    client: str
    client_email: str | None
    coach: str


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


class Appointments:
    """Safe to use from many threads. Writes block until they are committed.

    `announce` is called within the transaction of each change, and when an appointment is kept or missed.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        openings: Openings,
        *,
        announce: Announce,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._openings = openings
        self._announce = announce

    def hours_for(self, client_id: str, kind: AppointmentKind) -> OpeningHours | None:
        """When this client can meet whom; None where they have no human coach, or one who has set no hours."""
        _, hours = self._openings.hours(self._store, client_id, kind)
        return hours

    def free_for(
        self,
        client_id: str,
        kind: AppointmentKind,
        moved: Appointment | None = None,
        *,
        asking: Asking = CLIENT_ASKS,
    ) -> list[datetime]:
        """Every begin that can be booked for this client, or an appointment be moved to, in order; naive UTC."""
        going = [moved] if moved else []
        return self._openings.free(self._store, client_id, kind, moved=going, asking=asking) or []

    def why_not_free(
        self, client_id: str, kind: AppointmentKind, at: datetime, *, asking: Asking = CLIENT_ASKS
    ) -> str | None:
        """Why this begin (naive UTC) cannot be booked, in a sentence for whoever asks; None where it can."""
        coach, hours = self._openings.hours(self._store, client_id, kind, asking)
        if hours is None:
            return NO_HOURS
        why = why_not(hours, self._openings.taken(self._store, coach, client_id), at, self._clock())
        return why_sentence(why, hours, for_coach=asking.by_coach) if why else None

    def book(
        self,
        client_id: str,
        kind: AppointmentKind,
        begins_at: datetime,
        *,
        by: str,
        ensure_coach: EnsureAllowed | None = None,
    ) -> Appointment:
        """Books a time for this client. `by`: the e-mail of who does.

        `ensure_coach(transaction, client_id)` is given where the human coach does, and raises where the client is not
        theirs. Raises AppointmentNotFoundError, TimeNotFreeError, NotAllowedError.
        """
        asking = Asking(by_coach=ensure_coach is not None)

        def work(transaction: Transaction) -> Appointment:
            if ensure_coach is not None:
                ensure_coach(transaction, client_id)
            return self.book_in(transaction, client_id, kind, begins_at, by=by, asking=asking)

        return self._offering(work, lambda: self.free_for(client_id, kind, asking=asking), begins_at)

    def book_in(
        self,
        transaction: Transaction,
        client_id: str,
        kind: AppointmentKind,
        begins_at: datetime,
        *,
        by: str,
        asking: Asking = CLIENT_ASKS,
        through_ai_coach: bool = False,
    ) -> Appointment:
        """As `book`, within the caller's transaction; raises NotFreeError where that raises TimeNotFreeError."""
        now = self._clock()
        if not asking.by_coach:
            ensure_not_too_often(transaction, by, now)
        ensure_may_book(transaction, client_id, 1)
        coach, (span,) = self._openings.ensure_free(transaction, client_id, kind, [begins_at], asking=asking)
        made = add(transaction, NewAppointment(client_id, coach, kind, by), span, now)
        note_change(transaction, made, "appointment.booked", by, now, through_ai_coach=through_ai_coach)
        self._announce(transaction, made, by)
        return made

    def move(self, id: str, client_id: str, was: datetime, begins_at: datetime, *, by: str) -> Appointment:
        """Moves the client's appointment that begins at `was`.

        Raises AppointmentNotFoundError, AppointmentChangedError, TimeNotFreeError.
        """
        now = self._clock()

        def work(transaction: Transaction) -> Appointment:
            old = found_in(transaction, id)
            ensure_client(client_id)(transaction, old)
            if old.status is not AppointmentStatus.BOOKED or old.begins_at != was or was <= now:
                raise AppointmentChangedError
            ensure_not_too_often(transaction, by, now)
            coach, (span,) = self._openings.ensure_free(transaction, client_id, old.kind, [begins_at], moved=[old])
            if coach != old.coach_email:
                raise NotAllowedError(OTHER_COACH)
            zone = zone_named(old.wall_zone)
            (moved,) = move_all(transaction, [(old, span, wall_clock(begins_at, zone) if zone else None)], now)
            note_change(transaction, moved, "appointment.moved", by, now)
            self._announce(transaction, moved, by)
            return moved

        def free() -> list[datetime]:
            found = self.find(id)
            return self.free_for(client_id, found.kind, found) if found else []

        return self._offering(work, free, begins_at)

    def cancel_own(self, id: str, client_id: str, why: str | None, *, by: str) -> Appointment:
        """The client cancels. Raises AppointmentNotFoundError, AppointmentChangedError, InvalidInputError."""
        return self._cancel(id, by, why, ensure_client(client_id))

    def cancel_as_coach(
        self, id: str, coach_email: str, why: str | None, *, ensure_allowed: EnsureAllowed
    ) -> Appointment:
        """The coach cancels; `ensure_allowed(transaction, client_id)` raises where the client is not theirs.

        Raises as `cancel_own` does.
        """
        return self._cancel(id, coach_email, why, ensure_coach_and_client(coach_email, ensure_allowed))

    def find(self, id: str) -> Appointment | None:
        """The appointment as it is committed."""
        return next((appointment_of(row) for row in self._store.execute(SQL["find"], [id])), None)

    def of_client(self, client_id: str) -> list[Appointment]:
        """The client's appointments that are not over, the next first."""
        return self._ahead("of_client", client_id)

    def of_coach(self, coach_email: str) -> list[Appointment]:
        """The coach's appointments that are not over, the next first."""
        return self._ahead("of_coach", coach_email)

    def missed_of_client(self, client_id: str) -> list[Appointment]:
        """What was missed in the last MISSED_SHOWN, the latest first."""
        return self._listed("missed_of_client", [client_id, self._clock() - MISSED_SHOWN])

    def missed_of_coach(self, coach_email: str) -> list[Appointment]:
        """What was missed in the last MISSED_SHOWN, the latest first."""
        return self._listed("missed_of_coach", [coach_email, self._clock() - MISSED_SHOWN])

    def clients_of(self, coach_email: str) -> list[tuple[str, str]]:
        """The id and name of each client of this coach whom they can book for, by name."""
        return [(str(id), str(name)) for id, name in self._store.execute(SQL["clients_of_coach"], [coach_email])]

    def of_person(self, email: str, since: datetime) -> list[Appointment] | None:
        """What a member has to keep or has cancelled that ends after `since`; None for whoever is no member."""
        for (client_id,) in self._store.execute(SQL["client_of_email"], [email]):
            return self._listed("of_client", [client_id, since])
        if self._store.execute(SQL["is_coach"], [email]):
            return self._listed("of_coach", [email, since])
        return None

    def names(self, id: str) -> AppointmentNames:
        """Who the two are. Raises AppointmentNotFoundError."""
        for client, email, coach in self._store.execute(SQL["names"], [id]):
            return AppointmentNames(client or "Your client", email, coach or "your human coach")
        raise AppointmentNotFoundError

    def coach_came(self, id: str, coach_email: str, *, ensure_allowed: EnsureAllowed) -> Appointment:
        """The coach is there. Raises AppointmentNotFoundError; AppointmentChangedError where it is not its time."""
        now = self._clock()

        def work(transaction: Transaction) -> Appointment:
            found = found_in(transaction, id)
            ensure_coach_and_client(coach_email, ensure_allowed)(transaction, found)
            if not found.is_open(now):
                raise AppointmentChangedError
            transaction.execute(SQL["coach_came"], [id, now])
            return found_in(transaction, id)

        return self._writer.submit(work).result()

    def sweep(self) -> None:
        """Notes who is there, cancels what cannot take place any more, and settles what is over."""
        now = self._clock()
        there = [id for (id,) in self._store.execute(SQL["clients_there"], [now + OPENS_BEFORE, now])]
        withdrawn = [id for (id,) in self._store.execute(SQL["to_withdraw"], [now, now + LEFT_UNTIL])]
        over = [appointment_of(row) for row in self._store.execute(SQL["to_settle"], [now - SETTLED_AFTER])]
        if not there and not withdrawn and not over:
            return

        def work(transaction: Transaction) -> None:
            transaction.execute(SQL["clients_came"], [there, now + OPENS_BEFORE, now])
            still = {id for (id,) in transaction.execute(SQL["to_withdraw"], [now, now + LEFT_UNTIL])}
            for id in still.intersection(withdrawn):
                self._cancelled(transaction, found_in(transaction, id), COACHROOM, NOT_MEMBERS, now)
            for each in over:
                if _settle(transaction, each):
                    self._announce(transaction, found_in(transaction, each.id), COACHROOM)

        self._writer.submit(work).result()

    def booked_between(self, after: datetime, until: datetime) -> list[Appointment]:
        """Those that begin in this span of time."""
        return self._listed("booked_between", [after, until])

    def _ahead(self, statement: str, owner: str) -> list[Appointment]:
        found = self._listed(statement, [owner, self._clock()])
        return [each for each in found if each.status is AppointmentStatus.BOOKED]

    def _listed(self, statement: str, values: list[object]) -> list[Appointment]:
        return [appointment_of(row) for row in self._store.execute(SQL[statement], values)]

    def _offering(
        self, work: Callable[[Transaction], Appointment], free: Callable[[], list[datetime]], wanted: datetime
    ) -> Appointment:
        """Does the work; where the time is not free, the error says which are."""
        try:
            return self._writer.submit(work).result()
        except NotFreeError as error:
            raise TimeNotFreeError(error.why, str(error), nearest(free(), wanted)) from None

    def _cancel(self, id: str, by: str, why: str | None, ensure: EnsureMay) -> Appointment:
        now = self._clock()
        reason = optional_line(why, "The reason", MAX_WHY_CHARS)

        def work(transaction: Transaction) -> Appointment:
            found = found_in(transaction, id)
            ensure(transaction, found)
            if found.status is not AppointmentStatus.BOOKED or found.begins_at <= now:
                raise AppointmentChangedError
            return self._cancelled(transaction, found, by, reason, now)

        return self._writer.submit(work).result()

    def _cancelled(
        self, transaction: Transaction, found: Appointment, by: str, why: str | None, now: datetime
    ) -> Appointment:
        cancelled = cancel_in(transaction, found, by, why, now)
        self._announce(transaction, cancelled, by)
        return cancelled


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


def _settle(transaction: Transaction, over: Appointment) -> bool:
    """Whether it was booked still, and is kept or missed now."""
    opened_at, ends_at = over.begins_at - OPENS_BEFORE, over.ends_at
    client_came = bool(transaction.execute(SQL["client_was_there"], [over.id, opened_at, ends_at]))
    coach_came = over.coach_came_at is not None or bool(
        transaction.execute(SQL["coach_was_there"], [over.client_id, over.coach_email, opened_at, ends_at])
    )
    missed = missed_by(over.kind, client_came=client_came, coach_came=coach_came)
    status = AppointmentStatus.KEPT if missed is None else AppointmentStatus.MISSED
    settled = transaction.execute(SQL["settle"], [over.id, status, missed])
    transaction.execute(SQL["free_cells"], [over.id])
    return bool(settled)
