"""The parts of appointments, put together: who books, who is told, and whose calendars are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from coachroom.app.appointment_changes import AppointmentChanges
from coachroom.app.hook_reports import HookReports
from coachroom.appointments.bookings import Appointments
from coachroom.appointments.busy_calendars import BusyCalendars
from coachroom.appointments.coach_calendars import CoachCalendars
from coachroom.appointments.feeds import CalendarFeeds
from coachroom.appointments.left_appointments import LeftAppointments
from coachroom.appointments.mails import AppointmentMails
from coachroom.appointments.missed_mails import MissedMails
from coachroom.appointments.next_times import NextTimes
from coachroom.appointments.openings import Openings, whole_cells
from coachroom.appointments.series_bookings import SeriesBookings
from coachroom.appointments.zone_rules import ZoneRules
from coachroom.clock import Clock
from coachroom.notifications.mail_server import organizer_of
from coachroom.notifications.message import MessageKind
from coachroom.notifications.outbox import Outbox
from coachroom.notifications.public_get import PublicGet
from coachroom.notifications.push_subscriptions import PushSubscriptions
from coachroom.reminders.choices import ReminderDesk
from coachroom.settings import Settings
from coachroom.store.store import Store
from coachroom.store.writer import Writer


@dataclass(frozen=True)
class AppointmentParts:
    """What `Services` has of appointments, and `next_times`, which the agent's tool asks."""

    appointments: Appointments
    series: SeriesBookings
    left: LeftAppointments
    next_times: NextTimes
    zone_rules: ZoneRules
    mails: AppointmentMails
    coach_calendars: CoachCalendars
    feeds: CalendarFeeds
    busy_calendars: BusyCalendars


def open_appointments(
    settings: Settings,
    store: Store,
    writer: Writer,
    clock: Clock,
    *,
    outbox: Outbox,
    browsers: PushSubscriptions,
    reminders: ReminderDesk,
    reports: HookReports,
    unsubscribe_link: Callable[[str, MessageKind], str],
) -> AppointmentParts:
    """All of them tell who is concerned through the same mails and reports."""
    mails = AppointmentMails(
        store,
        outbox,
        clock,
        origin=settings.origin,
        sender=organizer_of(settings),
        unsubscribe_link=unsubscribe_link,
        browsers=browsers,
        desk=reminders,
    )
    openings = Openings(clock, whole_cells(int(settings.session_minutes)), settings.live_coach)
    missed_mails = MissedMails(
        store,
        outbox,
        clock,
        on=settings.appointments,
        openings=openings,
        origin=settings.origin,
        unsubscribe_link=unsubscribe_link,
    )
    changes = AppointmentChanges(mails, missed_mails, reports)
    appointments = Appointments(store, writer, clock, openings, announce=changes.tell)
    return AppointmentParts(
        appointments=appointments,
        series=SeriesBookings(store, writer, clock, openings, announce_all=changes.tell_of_all),
        left=LeftAppointments(
            store,
            writer,
            clock,
            openings,
            announce=changes.tell,
            announce_because=changes.tell_of_new_coach,
        ),
        next_times=NextTimes(store, writer, clock, openings, appointments),
        zone_rules=ZoneRules(
            store, writer, clock, announce=changes.tell_of_moved_clock, tell_of_stay=mails.tell_of_stay
        ),
        mails=mails,
        coach_calendars=CoachCalendars(store, writer, clock),
        feeds=CalendarFeeds(store, writer, clock),
        busy_calendars=BusyCalendars(
            store,
            writer,
            clock,
            fetch=PublicGet(max_seconds=10).get,
            own_host=str(urlsplit(settings.origin).hostname),
        ),
    )
