"""Addresses within the pages of appointments, as mails and Home give them and the client's page reads them."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from coachroom.appointments.states import AppointmentKind

CLIENT_PAGE, COACH_PAGE = "/Appointments", "/Calendar"
# Which appointment the page shows first, and what it opens there.
APPOINTMENT, DO, MOVE, CANCEL = "appointment", "do", "move", "cancel"
# A time to book, and with whom.
TIME, WITH = "time", "with"
_TIME_FORMAT = "%Y%m%dT%H%MZ"
_YEARS = range(2000, 3000)


def change_path(id: str, do: str) -> str:
    """Where the client moves (MOVE) or cancels (CANCEL) this appointment."""
    return f"{CLIENT_PAGE}?{urlencode({APPOINTMENT: id, DO: do})}"


def booking_query(at: datetime, kind: AppointmentKind) -> dict[str, str]:
    """What chooses this time (naive UTC) on the client's page."""
    return {TIME: f"{at:{_TIME_FORMAT}}", WITH: kind}


def booking_path(at: datetime, kind: AppointmentKind) -> str:
    """Where a client books this time (naive UTC)."""
    return f"{CLIENT_PAGE}?{urlencode(booking_query(at, kind))}"


def time_in(text: str) -> datetime | None:
    """The time in such an address; None for anything else."""
    try:
        found = datetime.strptime(text, _TIME_FORMAT)
    except ValueError:
        return None
    # At either end of all years other clocks show no day.
    return found if found.year in _YEARS else None
