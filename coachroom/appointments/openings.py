"""When somebody can be met now: their hours, and what is taken of them, as the database has both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    why_not,
)
from coachroom.appointments.coach_calendars import read_calendar
from coachroom.appointments.sentences import why_sentence
from coachroom.appointments.states import Appointment, AppointmentKind
from coachroom.clock import Clock
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.people.profiles import zone_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction

SQL = load_statements("coachroom.appointments", "openings.sql")

NO_HOURS = "Your human coach has no hours for appointments yet: choose the AI coach, or ask your human coach."
# The AI coach can be met from early to late, on the client's own clock.
AI_HOURS = Hours(6 * 60, 23 * 60)
AI_STEP_MINUTES, AI_HORIZON_DAYS = 30, 60
# The last date of the longest series, and the longest time until its first.
SERIES_HORIZON_DAYS = 400
# Earlier appointments count towards the most of a day.
LOOK_BACK = timedelta(days=2)


class NotFreeError(CoachroomError):
    """Within a transaction, which does not stay open to look for other times."""

    def __init__(self, why: WhyNot, sentence: str, at: datetime) -> None:
        super().__init__(sentence)
        self.why = why
        self.at = at


@dataclass(frozen=True)
class Asking:
    """Who asks for how much. A coach needs no notice from themself. Only a coach's horizon limits a client's series:
    the AI coach can be met at any time, and coaches know how far they want to go.
    """

    by_coach: bool = False
    series: bool = False

    def hours(self, hours: OpeningHours, kind: AppointmentKind) -> OpeningHours:
        """The hours as they count for this."""
        if self.by_coach:
            hours = replace(hours, notice=timedelta())
        if self.series and (self.by_coach or not kind.with_coach):
            hours = replace(hours, horizon_days=SERIES_HORIZON_DAYS)
        return hours


CLIENT_ASKS = Asking()


@dataclass(frozen=True)
class Openings:
    """`ai_minutes`: how long an appointment with the AI coach alone lasts. `with_coaches`: whether human coaches can
    be met.
    """

    clock: Clock
    ai_minutes: int
    with_coaches: bool

    def hours(
        self, source: Store | Transaction, client_id: str, kind: AppointmentKind, asking: Asking = CLIENT_ASKS
    ) -> tuple[str | None, OpeningHours | None]:
        """The coach's e-mail where the client meets one, and when; no hours where it cannot be."""
        if not kind.with_coach:
            hours = ai_hours(zone_of(source, client_id), self.ai_minutes)
            return None, asking.hours(hours, kind)
        for (coach,) in source.execute(SQL["coach_of"], [client_id]) if self.with_coaches else ():
            found = read_calendar(source, coach)
            return coach, asking.hours(found, kind) if found else None
        return None, None

    def taken(
        self,
        source: Store | Transaction,
        coach: str | None,
        client_id: str,
        moved: Sequence[Appointment] = (),
    ) -> Taken:
        """What is booked of both, as if those that are to be moved were gone."""
        rows = source.execute(SQL["taken"], [coach, client_id, self.clock() - LOOK_BACK])
        gone = {each.id for each in moved}
        busy = source.execute(SQL["busy"], [coach, self.clock()]) if coach is not None else []
        return Taken(
            theirs=[
                Span(begins, ends)
                for id, begins, ends, coachs, _ in rows
                if coachs and coach is not None and id not in gone
            ],
            client=[Span(begins, ends) for id, begins, ends, _, clients in rows if clients and id not in gone],
            busy=[Span(*each) for each in busy],
        )

    def free(
        self,
        source: Store | Transaction,
        client_id: str,
        kind: AppointmentKind,
        *,
        moved: Sequence[Appointment] = (),
        asking: Asking = CLIENT_ASKS,
    ) -> list[datetime] | None:
        """Every begin that can be booked for this client, or these be moved to, in order; naive UTC.

        None where there are no hours.
        """
        coach, hours = self.hours(source, client_id, kind, asking)
        if hours is None:
            return None
        return free_times(hours, self.taken(source, coach, client_id, moved), self.clock())

    def ensure_free(
        self,
        transaction: Transaction,
        client_id: str,
        kind: AppointmentKind,
        begins: Sequence[datetime],
        *,
        moved: Sequence[Appointment] = (),
        asking: Asking = CLIENT_ASKS,
    ) -> tuple[str | None, list[Span]]:
        """The coach's e-mail and the times, all of which are free. Raises NotFreeError, NotAllowedError."""
        coach, hours = self.hours(transaction, client_id, kind, asking)
        if hours is None:
            raise NotAllowedError(NO_HOURS)
        taken, now = self.taken(transaction, coach, client_id, moved), self.clock()
        for at in begins:
            why = why_not(hours, taken, at, now)
            if why is not None:
                raise NotFreeError(why, why_sentence(why, hours, for_coach=asking.by_coach), at)
        return coach, [Span(at, at + hours.length) for at in begins]


def ai_hours(zone: ZoneInfo, minutes: int) -> OpeningHours:
    """When the AI coach alone can be met."""
    return OpeningHours(
        zone,
        dict.fromkeys(range(7), (AI_HOURS,)),
        minutes,
        AI_STEP_MINUTES,
        horizon_days=AI_HORIZON_DAYS,
    )


def whole_cells(minutes: int) -> int:
    """So many minutes, as whole cells of booked time, and one at least."""
    return max(CELL_MINUTES, minutes // CELL_MINUTES * CELL_MINUTES)
