"""Appointments are booked, moved, cancelled and settled: each in one transaction of the one writer.

What is free is looked up in the very transaction that takes it. The key of `booked_cells` is the last line: two
appointments of one owner cannot share five minutes, whatever a look has missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coachroom.appointments.calendars import (
    CELL_MINUTES,
    Hours,
    OpeningHours,
    Span,
    Taken,
    WhyNot,
    free_times,
    nearest,
    why_not,
)
from coachroom.appointments.coach_calendars import read_calendar
from coachroom.appointments.sentences import why_sentence
from coachroom.appointments.states import (
    OPENS_BEFORE,
    SETTLED_AFTER,
    Appointment,
    AppointmentKind,
    AppointmentStatus,
    MissedBy,
    missed_by,
)
from coachroom.clock import Clock, new_id
from coachroom.coaching.validation import optional_line
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.people.audit import write_audit
from coachroom.people.profiles import zone_of
from coachroom.store.duck import DuckStore, Row, Transaction
from coachroom.store.statements import load_statements
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.appointments", "bookings.sql")

FIELDS = tuple(each.name for each in fields(Appointment))
MAX_BOOKED = 10
MAX_WHY_CHARS = 200
# Who cancels where nobody pressed anything.
COACHROOM = "coachroom"
NOT_MEMBERS = "The two are not client and human coach any more."
# The AI coach can be met from early to late, on the client's own clock.
AI_HOURS = Hours(6 * 60, 23 * 60)
AI_STEP_MINUTES, AI_HORIZON_DAYS = 30, 60
# Earlier appointments count towards the most of a day.
LOOK_BACK = timedelta(days=2)

EnsureAllowed = Callable[[Transaction, str], None]
# The appointment as it became, and the e-mail of who did it.
Announce = Callable[[Transaction, Appointment, str], None]


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


class _NotFreeError(CoachroomError):
    """Within the transaction, which does not stay open to look for other times."""

    def __init__(self, why: WhyNot, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


@dataclass(frozen=True)
class AppointmentNames:
    """Who the two are. `client_email` is None where the client is no member any more."""

    client: str
    client_email: str | None
    coach: str


class Appointments:
    """Safe to use from many threads. Writes block until they are committed.

    `ai_minutes`: how long an appointment with the AI coach alone lasts. `with_coaches`: whether human coaches can be
    met. `announce` is called within the transaction of each change, and when an appointment is kept or missed.
    """

    def __init__(
        self,
        store: DuckStore,
        writer: Writer,
        clock: Clock,
        *,
        ai_minutes: int,
        with_coaches: bool,
        announce: Announce,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._ai_minutes = max(CELL_MINUTES, ai_minutes // CELL_MINUTES * CELL_MINUTES)
        self._with_coaches = with_coaches
        self._announce = announce

    def hours_for(self, client_id: str, kind: AppointmentKind) -> OpeningHours | None:
        """When this client can meet whom; None where they have no human coach, or one who has set no hours."""
        _, hours = self._hours(self._store, client_id, kind)
        return hours

    def free_for(self, client_id: str, kind: AppointmentKind, moved: Appointment | None = None) -> list[datetime]:
        """Every begin that this client can book, or can move an appointment to, in order; naive UTC."""
        coach, hours = self._hours(self._store, client_id, kind)
        if hours is None:
            return []
        taken = self._taken(self._store, coach, client_id).without(moved.span if moved else None)
        return free_times(hours, taken, self._clock())

    def why_not_free(self, client_id: str, kind: AppointmentKind, at: datetime) -> str | None:
        """Why this begin (naive UTC) cannot be booked, in a sentence; None where it can."""
        coach, hours = self._hours(self._store, client_id, kind)
        if hours is None:
            return NO_HOURS
        why = why_not(hours, self._taken(self._store, coach, client_id), at, self._clock())
        return why_sentence(why, hours) if why else None

    def book(self, client_id: str, kind: AppointmentKind, begins_at: datetime, *, by: str) -> Appointment:
        """Books a time for this client. `by`: the e-mail of who does. Raises TimeNotFreeError, NotAllowedError."""
        now = self._clock()

        def work(transaction: Transaction) -> Appointment:
            if not transaction.execute(SQL["is_client"], [client_id]):
                raise AppointmentNotFoundError
            if transaction.execute(SQL["count_booked"], [client_id])[0][0] >= MAX_BOOKED:
                raise NotAllowedError(f"You have {MAX_BOOKED} appointments ahead: keep or cancel one of them first.")
            coach, span = self._free_span(transaction, client_id, kind, begins_at, None)
            id = new_id(now)
            transaction.execute(SQL["add"], [id, client_id, coach, kind, span.begins_at, span.ends_at, by, now])
            made = found_in(transaction, id)
            _take(transaction, made)
            self._changed(transaction, made, "appointment.booked", by, now)
            return made

        return self._offering(work, lambda: self.free_for(client_id, kind), begins_at)

    def move(self, id: str, client_id: str, was: datetime, begins_at: datetime, *, by: str) -> Appointment:
        """Moves the client's appointment that begins at `was`.

        Raises AppointmentNotFoundError, AppointmentChangedError, TimeNotFreeError.
        """
        now = self._clock()

        def work(transaction: Transaction) -> Appointment:
            old = found_in(transaction, id)
            if old.client_id != client_id:
                raise AppointmentNotFoundError
            if old.status is not AppointmentStatus.BOOKED or old.begins_at != was or was <= now:
                raise AppointmentChangedError
            coach, span = self._free_span(transaction, client_id, old.kind, begins_at, old)
            if coach != old.coach_email:
                raise NotAllowedError("You have another human coach now: cancel this appointment and book a new one.")
            if not transaction.execute(SQL["move"], [id, was, span.begins_at, span.ends_at, now]):
                raise AppointmentChangedError
            moved = found_in(transaction, id)
            transaction.execute(SQL["free_cells"], [id])
            _take(transaction, moved)
            self._changed(transaction, moved, "appointment.moved", by, now)
            return moved

        def free() -> list[datetime]:
            found = self.find(id)
            return self.free_for(client_id, found.kind, found) if found else []

        return self._offering(work, free, begins_at)

    def cancel_own(self, id: str, client_id: str, why: str | None, *, by: str) -> Appointment:
        """The client cancels. Raises AppointmentNotFoundError, AppointmentChangedError, InvalidInputError."""

        def ensure(_: Transaction, appointment: Appointment) -> None:
            if appointment.client_id != client_id:
                raise AppointmentNotFoundError

        return self._cancel(id, by, why, ensure)

    def cancel_as_coach(
        self, id: str, coach_email: str, why: str | None, *, ensure_allowed: EnsureAllowed
    ) -> Appointment:
        """The coach cancels; `ensure_allowed(transaction, client_id)` raises where the client is not theirs.

        Raises as `cancel_own` does.
        """

        def ensure(transaction: Transaction, appointment: Appointment) -> None:
            if appointment.coach_email != coach_email:
                raise AppointmentNotFoundError
            ensure_allowed(transaction, appointment.client_id)

        return self._cancel(id, coach_email, why, ensure)

    def find(self, id: str) -> Appointment | None:
        """The appointment as it is committed."""
        return next((appointment_of(row) for row in self._store.execute(SQL["find"], [id])), None)

    def of_client(self, client_id: str) -> list[Appointment]:
        """The client's appointments that are not over, the next first."""
        return self._ahead("of_client", client_id)

    def of_coach(self, coach_email: str) -> list[Appointment]:
        """The coach's appointments that are not over, the next first."""
        return self._ahead("of_coach", coach_email)

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
            if found.coach_email != coach_email:
                raise AppointmentNotFoundError
            ensure_allowed(transaction, found.client_id)
            if not found.is_open(now):
                raise AppointmentChangedError
            transaction.execute(SQL["coach_came"], [id, now])
            return found_in(transaction, id)

        return self._writer.submit(work).result()

    def sweep(self) -> None:
        """Cancels what cannot take place any more, and settles what is over."""
        now = self._clock()
        withdrawn = [id for (id,) in self._store.execute(SQL["to_withdraw"], [now])]
        over = [appointment_of(row) for row in self._store.execute(SQL["to_settle"], [now - SETTLED_AFTER])]
        if not withdrawn and not over:
            return

        def work(transaction: Transaction) -> None:
            still = {id for (id,) in transaction.execute(SQL["to_withdraw"], [now])}
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
        except _NotFreeError as error:
            raise TimeNotFreeError(error.why, str(error), nearest(free(), wanted)) from None

    def _cancel(
        self, id: str, by: str, why: str | None, ensure: Callable[[Transaction, Appointment], None]
    ) -> Appointment:
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
        if not transaction.execute(SQL["cancel"], [found.id, now, by, why]):
            raise AppointmentChangedError
        transaction.execute(SQL["free_cells"], [found.id])
        cancelled = found_in(transaction, found.id)
        self._changed(transaction, cancelled, "appointment.cancelled", by, now)
        return cancelled

    def _changed(
        self, transaction: Transaction, appointment: Appointment, action: str, actor: str, now: datetime
    ) -> None:
        detail = {"coach": appointment.coach_email} if appointment.coach_email else {}
        write_audit(transaction, actor=actor, action=action, subject=appointment.client_id, detail=detail, now=now)
        self._announce(transaction, appointment, actor)

    def _free_span(
        self,
        transaction: Transaction,
        client_id: str,
        kind: AppointmentKind,
        begins_at: datetime,
        moved: Appointment | None,
    ) -> tuple[str | None, Span]:
        """The coach's e-mail and the time, which is free. Raises _NotFreeError, NotAllowedError."""
        coach, hours = self._hours(transaction, client_id, kind)
        if hours is None:
            raise NotAllowedError(NO_HOURS)
        taken, now = self._taken(transaction, coach, client_id).without(moved.span if moved else None), self._clock()
        why = why_not(hours, taken, begins_at, now)
        if why is not None:
            raise _NotFreeError(why, why_sentence(why, hours))
        return coach, Span(begins_at, begins_at + hours.length)

    def _hours(
        self, source: DuckStore | Transaction, client_id: str, kind: AppointmentKind
    ) -> tuple[str | None, OpeningHours | None]:
        if not kind.with_coach:
            return None, ai_hours(zone_of(source, client_id), self._ai_minutes)
        for (coach,) in source.execute(SQL["coach_of"], [client_id]) if self._with_coaches else ():
            return coach, read_calendar(source, coach)
        return None, None

    def _taken(self, source: DuckStore | Transaction, coach: str | None, client_id: str) -> Taken:
        rows = source.execute(SQL["taken"], [coach, client_id, self._clock() - LOOK_BACK])
        return Taken(
            theirs=[Span(begins, ends) for begins, ends, coachs, _ in rows if coachs and coach is not None],
            client=[Span(begins, ends) for begins, ends, _, clients in rows if clients],
        )


NO_HOURS = "Your human coach has no hours for appointments yet: choose the AI coach, or ask your human coach."


def ai_hours(zone: ZoneInfo, minutes: int) -> OpeningHours:
    """When the AI coach alone can be met."""
    return OpeningHours(
        zone,
        dict.fromkeys(range(7), (AI_HOURS,)),
        minutes,
        AI_STEP_MINUTES,
        horizon_days=AI_HORIZON_DAYS,
    )


def cells_of(span: Span) -> Iterator[datetime]:
    """The begins of the cells that a time takes."""
    minute = timedelta(minutes=1)
    since_midnight = span.begins_at - span.begins_at.replace(hour=0, minute=0, second=0, microsecond=0)
    at = span.begins_at - since_midnight % (CELL_MINUTES * minute)
    while at < span.ends_at:
        yield at
        at += CELL_MINUTES * minute


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


def _take(transaction: Transaction, appointment: Appointment) -> None:
    cells = list(cells_of(appointment.span))
    for owner in appointment.owners:
        transaction.execute(SQL["take_cells"], [owner, cells, appointment.id])


def _settle(transaction: Transaction, over: Appointment) -> bool:
    """Whether it was booked still, and is kept or missed now."""
    opened_at, ends_at = over.begins_at - OPENS_BEFORE, over.ends_at
    client_came = bool(transaction.execute(SQL["client_was_there"], [over.client_id, opened_at, ends_at]))
    coach_came = over.coach_came_at is not None or bool(
        transaction.execute(SQL["coach_was_there"], [over.client_id, over.coach_email, opened_at, ends_at])
    )
    missed = missed_by(over.kind, client_came=client_came, coach_came=coach_came)
    status = AppointmentStatus.KEPT if missed is None else AppointmentStatus.MISSED
    settled = transaction.execute(SQL["settle"], [over.id, status, missed])
    transaction.execute(SQL["free_cells"], [over.id])
    return bool(settled)
