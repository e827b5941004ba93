"""Appointments as iCalendar text (RFC 5545, 5546), for mails and for the calendar that is subscribed to.

Times are in UTC, so that no table of time zones goes with them. An appointment has one UID for ever, and each change
has the next SEQUENCE: programs change the entry that they have, and make no second one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText

from coachroom.appointments.states import Appointment, AppointmentStatus

PRODUCT = "-//coachroom//appointments//EN"
REQUEST, CANCEL, PUBLISH = "REQUEST", "CANCEL", "PUBLISH"


@dataclass(frozen=True)
class Invitation:
    """What one of the two is told of an appointment. `organizer` and `attendee` are bare addresses."""

    appointment: Appointment
    title: str
    link: str
    host: str
    organizer: str
    attendee: str

    @property
    def method(self) -> str:
        return CANCEL if self.appointment.status is AppointmentStatus.CANCELLED else REQUEST


def invitation_file(invitation: Invitation) -> str:
    """One appointment, booked, moved or cancelled, as it goes out by mail."""
    calendar = _calendar()
    calendar.add("method", invitation.method)
    event = _event(invitation.appointment, invitation.title, invitation.link, invitation.host)
    event.add("organizer", vCalAddress(f"mailto:{invitation.organizer}"))
    attendee = vCalAddress(f"mailto:{invitation.attendee}")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee)
    calendar.add_component(event)
    return _text(calendar)


def dates_file(invitations: Sequence[Invitation]) -> str:
    """Several dates of a series, booked, moved or cancelled together, as they go out by mail.

    One file may ask for one UID alone. So this one publishes, and each date has the UID and SEQUENCE of a single
    appointment: a later change of one date finds its entry.
    """
    calendar = _calendar()
    calendar.add("method", PUBLISH)
    for each in invitations:
        event = _event(each.appointment, each.title, each.link, each.host)
        event.add("organizer", vCalAddress(f"mailto:{each.organizer}"))
        calendar.add_component(event)
    return _text(calendar)


def feed_file(appointments: Iterable[Appointment], *, title: str, link: str, host: str) -> str:
    """All of somebody's appointments; none names anybody, as others may see the calendar."""
    calendar = _calendar()
    calendar.add("x-wr-calname", "Coaching")
    for appointment in appointments:
        calendar.add_component(_event(appointment, title, link, host))
    return _text(calendar)


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    return calendar


def _event(appointment: Appointment, title: str, link: str, host: str) -> Event:
    event = Event()
    event.add("uid", f"{appointment.id}@{host}")
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", _utc(appointment.changed_at))
    event.add("dtstart", _utc(appointment.begins_at))
    event.add("dtend", _utc(appointment.ends_at))
    event.add("summary", title)
    event.add("url", link)
    cancelled = appointment.status is AppointmentStatus.CANCELLED
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return event


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC, microsecond=0)


def _text(calendar: Calendar) -> str:
    return str(calendar.to_ical().decode())
