"""What tests of appointments need: a coach whose hours are set, and how their client books."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from coachroom.app.container import Services
from coachroom.appointments.calendars import Hours
from coachroom.appointments.coach_calendars import FIRST
from coachroom.appointments.series import SeriesRule
from coachroom.appointments.states import Appointment, AppointmentKind
from tests.notifications.mail_house import MailHouse
from tests.services import ANA, HandClock, opened, writer_of

CARLA, AMIRA, ANA_MAIL = (f"{name}@example.com" for name in ("carla.mendes", "amira.haddad", "ana.silva"))
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
# A Monday, 10:00 in Berlin; the clock of these tests stands on Friday before it.
MONDAY = datetime(2026, 5, 4, 8)
WEEK = {weekday: (Hours(540, 720), Hours(840, 1020)) for weekday in range(5)}
BOTH, AI = AppointmentKind.BOTH, AppointmentKind.AI


@contextmanager
def mailing(folder: Path, clock: HandClock, house: MailHouse, **more: Any) -> Iterator[Services]:
    """Services with appointments that send their mails to a server on this computer."""
    with opened(
        folder,
        clock,
        live_coach=True,
        smtp_host="127.0.0.1",
        smtp_port=house.port,
        smtp_security="none",
        mail_from="Coaching <coach@example.com>",
        public_url="https://coach.example.com",
        **{"appointments": True} | more,
    ) as running:
        yield running


def set_hours(services: Services, coach: str = CARLA, **more: Any) -> None:
    """Weekdays from 9 to 12 and from 14 to 17 in Berlin."""
    services.coach_calendars.save(coach, replace(FIRST, **({"zone": BERLIN, "week": WEEK} | more)))


def book(
    services: Services, at: datetime = MONDAY, kind: AppointmentKind = BOTH, client: str = ANA, by: str = ANA_MAIL
) -> Appointment:
    return services.appointments.book(client, kind, at, by=by)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def weekly(services: Services, count: int = 4, client: str = ANA) -> list[Appointment]:
    """The dates of a series from that Monday on which are free."""
    rule = SeriesRule(MONDAY, 1, count)
    free = [each.begins_at for each in services.series.plan(client, BOTH, rule) if each.why is None]
    return services.series.book(client, BOTH, rule, free, by=ANA_MAIL)


def busy_at(services: Services, at: datetime, coach: str = CARLA) -> None:
    """The coach's other calendar says that they are busy for an hour."""
    row = [coach, at, at + timedelta(hours=1)]
    writer_of(services).submit(
        lambda transaction: transaction.execute("INSERT INTO busy_times VALUES ($1, $2, $3)", row)
    ).result()
