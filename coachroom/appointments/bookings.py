"""Appointments are booked, moved, cancelled and settled: each in one transaction of the one writer.

What is free is looked up in the very transaction that takes it. The key of `booked_cells` is the last line: two
appointments of one owner cannot share five minutes, whatever a look has missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coachroom.appointments.calendars import (
    OpeningHours,
    WhyNot,
    nearest,
    why_not,
)
from coachroom.appointments.openings import CLIENT_ASKS, NO_HOURS, Asking, NotFreeError, Openings
from coachroom.appointments.rows import (
    SQL,
    AppointmentChangedError,
    AppointmentNotFoundError,
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
from coachroom.appointments.series import wall_clock
from coachroom.appointments.states import (
    OPENS_BEFORE,
    SETTLED_AFTER,
    Appointment,
    AppointmentKind,
    AppointmentStatus,
    missed_by,
)
from coachroom.clock import Clock, zone_named
from coachroom.coaching.validation import optional_line
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

# So long a missed appointment stands on the pages of the two.
MISSED_SHOWN = timedelta(days=28)
MAX_WHY_CHARS = 200
# So long before it begins, an appointment whose coach has left and that nobody took over is cancelled.
LEFT_UNTIL = timedelta(hours=24)
# Who cancels where nobody pressed anything.
COACHROOM = "coachroom"
OTHER_COACH = "You have another human coach now: cancel this appointment and book a new one."
NOT_MEMBERS = "The two are not client and human coach any more."

# The appointment as it became, and the e-mail of who did it.
Announce = Callable[[Transaction, Appointment, str], None]
# The appointments as they became, and why, where none of the two asked for it.
AnnounceBecause = Callable[[Transaction, Sequence[Appointment], str], None]


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
