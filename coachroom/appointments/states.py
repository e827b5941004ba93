"""The life of an appointment, as an explicit machine.

booked ──▶ kept
  │ ╰────▶ missed
  ╰─▶ cancelled
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from coachroom.appointments.calendars import Span

# The room is open for an appointment from so long before it begins.
OPENS_BEFORE = timedelta(minutes=10)
# Whether it was kept is looked at so long after its end: a page's last words come late.
SETTLED_AFTER = timedelta(minutes=5)


class AppointmentKind(StrEnum):
    """Whom the client meets: the AI coach alone, their human coach, or both."""

    AI = "ai"
    COACH = "coach"
    BOTH = "both"

    @property
    def with_coach(self) -> bool:
        return self is not AppointmentKind.AI


class AppointmentStatus(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    KEPT = "kept"
    MISSED = "missed"


class MissedBy(StrEnum):
    """Who was not there."""

    CLIENT = "client"
    COACH = "coach"
    BOTH = "both"


@dataclass(frozen=True)
class Appointment:
    """An agreed time. Times are naive UTC; `sequence` counts its changes, from 0.

    A date of a series has also what the clock of `wall_zone` shows at its begin.
    """

    id: str
    client_id: str
    coach_email: str | None
    kind: AppointmentKind
    begins_at: datetime
    ends_at: datetime
    status: AppointmentStatus
    sequence: int
    made_by: str
    made_at: datetime
    changed_at: datetime
    cancelled_by: str | None = None
    cancelled_why: str | None = None
    coach_came_at: datetime | None = None
    missed_by: MissedBy | None = None
    series_id: str | None = None
    wall_begins: datetime | None = None
    wall_zone: str | None = None

    @property
    def span(self) -> Span:
        return Span(self.begins_at, self.ends_at)

    @property
    def owners(self) -> tuple[str, ...]:
        """Whose time it takes."""
        return (self.client_id,) if self.coach_email is None else (self.client_id, self.coach_email)

    def opens_at(self) -> datetime:
        return self.begins_at - OPENS_BEFORE

    def is_open(self, now: datetime) -> bool:
        """Whether the two may come now."""
        return self.status is AppointmentStatus.BOOKED and self.opens_at() <= now < self.ends_at


def missed_by(kind: AppointmentKind, *, client_came: bool, coach_came: bool) -> MissedBy | None:
    """Who missed it; None where everybody who was expected came."""
    coach_missing = kind.with_coach and not coach_came
    if client_came:
        return MissedBy.COACH if coach_missing else None
    return MissedBy.BOTH if coach_missing else MissedBy.CLIENT
