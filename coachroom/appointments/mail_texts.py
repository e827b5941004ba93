"""The mails about appointments in words: each is written as it goes out, to one of the two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from coachroom.appointments.bookings import AppointmentNames
from coachroom.appointments.calendar_files import PUBLISH, Invitation, dates_file, invitation_file
from coachroom.appointments.coach_calendars import read_calendar
from coachroom.appointments.page_links import CANCEL, CLIENT_PAGE, COACH_PAGE, MOVE, change_path
from coachroom.appointments.rows import SQL, appointment_of
from coachroom.appointments.sentences import whom_text
from coachroom.appointments.states import OPENS_BEFORE, Appointment, AppointmentStatus
from coachroom.appointments.time_text import clock_text, time_text
from coachroom.clock import Clock, day_there, there
from coachroom.notifications.mail_text import CalendarPart, MailText, name_in_mail
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Later
from coachroom.people.profiles import UTC_ZONE, zone_of
from coachroom.reminders.choices import Reminder, ReminderChoices, ReminderDesk
from coachroom.store.store import Store

# What somebody is told of: what is kept or missed was told before.
TOLD = frozenset({AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED})


@dataclass(frozen=True)
class _Reader:
    """One of the two, as a mail to them needs it. `other` is whom they meet."""

    name: str
    other: str
    zone: ZoneInfo
    page: str


class AppointmentMailTexts:
    """Safe to use from many threads. `sender`: the bare address that calendar files come from."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        origin: str,
        sender: str,
        unsubscribe_link: Callable[[str, MessageKind], str],
        desk: ReminderDesk,
    ) -> None:
        self._store = store
        self._clock = clock
        self._origin = origin
        self._sender = sender
        self._unsubscribe_link = unsubscribe_link
        self._desk = desk

    def erased(self, gone: Appointment, coach: str) -> MailText:
        """To the coach: a time is free again, as its client was erased."""
        calendar = read_calendar(self._store, coach)
        zone = calendar.zone if calendar else UTC_ZONE
        reader = _Reader(self._reader(gone, coach).name, "a client", zone, COACH_PAGE)
        when = time_text(gone.begins_at, zone)
        return MailText(
            f"An appointment is cancelled: {when}",
            (
                f"Hello {name_in_mail(reader.name)},",
                f"your appointment on {when} (time zone {zone.key}) is cancelled: everything that was kept of this "
                "client was erased.",
            ),
            link_label="Your appointments",
            link=self._origin + COACH_PAGE,
            calendar=self._file(gone, reader, coach),
        )

    def _dates(self, message: OutgoingMessage) -> Mapping[str, Any] | None:
        """Of those that have not changed once more since: they have a mail of their own then."""
        email = str(message.recipient)
        dates = [
            appointment
            for id, sequence in message.payload["dates"]
            for appointment in map(appointment_of, self._store.execute(SQL["find"], [id]))
            if appointment.sequence == sequence and appointment.status in TOLD
        ]
        if not dates:
            return None
        first = dates[0]
        reader = self._reader(first, email)
        became = message.payload.get("became") or _became(first)
        with_whom = name_in_mail(reader.other)
        times = tuple(time_text(each.begins_at, reader.zone) for each in dates)
        count = "appointment" if len(dates) == 1 else f"{len(dates)} appointments"
        verb = became if len(dates) == 1 else became.replace("is ", "are ")
        lines = [
            f"Hello {name_in_mail(reader.name)},",
            f"your {count} with {with_whom} {verb} (time zone {reader.zone.key}):",
            *times,
        ]
        if first.status is AppointmentStatus.CANCELLED and first.cancelled_why:
            lines.append(f"The reason: {first.cancelled_why}")
        if because := message.payload["because"]:
            lines.append(str(because))
        if first.status is AppointmentStatus.BOOKED:
            lines.append("You move or cancel one of them, or it and all later ones, on the page below.")
        text = MailText(
            f"Your {count} {verb}: {times[0]}" + (" and later" if len(dates) > 1 else ""),
            tuple(lines),
            link_label="Your appointments",
            link=self._origin + reader.page,
            calendar=CalendarPart(PUBLISH, dates_file([self._invitation(each, reader, email) for each in dates])),
        )
        return text.payload()

    def change(self, message: OutgoingMessage) -> Mapping[str, Any] | Later | None:
        """What is sent of a change; None where there is nothing to say any more."""
        if "dates" in message.payload:
            return self._dates(message)
        if "appointment" not in message.payload:
            return message.payload
        known = self._known(message)
        if known is None:
            return None
        appointment, reader = known
        cancelled = appointment.status is AppointmentStatus.CANCELLED
        if not cancelled and appointment.status is not AppointmentStatus.BOOKED:
            return None
        when = time_text(appointment.begins_at, reader.zone)
        became = _became(appointment)
        if message.channel is Channel.PUSH:
            said = f"An appointment of yours {became}", "You find it on your page Appointments."
            return self._desk.later(appointment.client_id, self._clock()) or _shown(message, *said)
        with_whom, was = name_in_mail(reader.other), " was the time" if cancelled else ""
        lines = [
            f"Hello {name_in_mail(reader.name)},",
            f"your appointment with {with_whom} {became}: {when}{was} (time zone {reader.zone.key}).",
        ]
        if cancelled and appointment.cancelled_why:
            lines.append(f"The reason: {appointment.cancelled_why}")
        if not cancelled:
            lines.append(_what_happens(appointment, reader))
        text = MailText(
            f"Your appointment {became}: {when}",
            tuple(lines),
            link_label="Your appointments",
            link=self._origin + reader.page,
            more_links=() if cancelled else self._ways(appointment, reader),
            calendar=self._file(appointment, reader, str(message.recipient)),
        )
        return text.payload()

    def reminder(self, message: OutgoingMessage) -> Mapping[str, Any] | Later | None:
        """What is sent as a reminder; None where it is not wanted, or there is nothing to remind of, any more."""
        known, now = self._known(message), self._clock()
        if known is None or known[0].status is not AppointmentStatus.BOOKED or known[0].begins_at <= now:
            return None
        appointment, reader = known
        if reader.page == CLIENT_PAGE:
            if not _wants(self._desk.choices(appointment.client_id), message):
                return None
            if later := self._desk.later(appointment.client_id, now):
                return later
        if message.channel is Channel.PUSH:
            opens = clock_text(appointment.opens_at(), reader.zone)
            title = f"Your appointment is {_soon(appointment.begins_at, reader.zone, now)}"
            return _shown(message, title, f"Your room is ready for it from {opens} on.")
        when, email = time_text(appointment.begins_at, reader.zone), str(message.recipient)
        text = MailText(
            f"Your appointment: {when}",
            (
                f"Hello {name_in_mail(reader.name)},",
                f"your appointment with {name_in_mail(reader.other)} is on {when} (time zone {reader.zone.key}).",
                _what_happens(appointment, reader),
                "You move or cancel it on the page below.",
            ),
            link_label="Your appointments",
            link=self._origin + reader.page,
            more_links=self._ways(appointment, reader),
            unsubscribe=self._unsubscribe_link(email, MessageKind.APPOINTMENT_REMINDER),
        )
        return text.payload()

    def _known(self, message: OutgoingMessage) -> tuple[Appointment, _Reader] | None:
        """The appointment as the message means it, and who reads; None where it has changed, or is gone, since."""
        for row in self._store.execute(SQL["find"], [message.payload["appointment"]]):
            appointment = appointment_of(row)
            if appointment.sequence != message.payload["sequence"]:
                return None
            return appointment, self._reader(appointment, str(message.recipient))
        return None

    def _reader(self, appointment: Appointment, email: str) -> _Reader:
        ((client, client_email, coach),) = self._store.execute(SQL["names"], [appointment.id])
        names = AppointmentNames(client or "your client", client_email, coach or "your human coach")
        if email == appointment.coach_email:
            calendar = read_calendar(self._store, email)
            return _Reader(names.coach, names.client, calendar.zone if calendar else UTC_ZONE, COACH_PAGE)
        with_whom = whom_text(appointment.kind, names.coach)
        return _Reader(names.client, with_whom, zone_of(self._store, appointment.client_id), CLIENT_PAGE)

    def _ways(self, appointment: Appointment, reader: _Reader) -> tuple[tuple[str, str], ...]:
        """Where a client who is signed in moves and cancels this appointment."""
        if reader.page != CLIENT_PAGE:
            return ()
        ways = (("Move it", MOVE), ("Cancel it", CANCEL))
        return tuple((label, self._origin + change_path(appointment.id, do)) for label, do in ways)

    def _file(self, appointment: Appointment, reader: _Reader, email: str) -> CalendarPart:
        invitation = self._invitation(appointment, reader, email)
        return CalendarPart(invitation.method, invitation_file(invitation))

    def _invitation(self, appointment: Appointment, reader: _Reader, email: str) -> Invitation:
        return Invitation(
            appointment,
            title=f"Coaching with {name_in_mail(reader.other)}",
            link=self._origin + reader.page,
            host=str(urlsplit(self._origin).hostname),
            organizer=self._sender,
            attendee=email,
        )


def _became(appointment: Appointment) -> str:
    if appointment.status is AppointmentStatus.CANCELLED:
        return "is cancelled"
    return "is moved" if appointment.sequence else "is booked"


def _what_happens(appointment: Appointment, reader: _Reader) -> str:
    opens = clock_text(appointment.begins_at - OPENS_BEFORE, reader.zone)
    if reader.page == COACH_PAGE:
        return f"From {opens} on you can go there from your calendar's page; the client lets you in."
    if appointment.kind.with_coach:
        return (
            f"Open your room from {opens} on: the AI coach greets you. Your human coach then asks to join, and you "
            "let them in."
        )
    return f"Open your room from {opens} on: the AI coach greets you."


def _wants(choices: ReminderChoices, message: OutgoingMessage) -> bool:
    # What waited when the app was updated does not say which it is.
    reminder = message.payload.get("reminder")
    return reminder is None or choices.want(Reminder(reminder), message.channel)


def _soon(begins_at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Such as "at 18:00", or "on Friday at 18:00" where that is not today."""
    day = f"on {there(begins_at, zone):%A} " if day_there(begins_at, zone) != day_there(now, zone) else ""
    return f"{day}at {clock_text(begins_at, zone)}"


def _shown(message: OutgoingMessage, title: str, body: str) -> Mapping[str, Any]:
    return {**message.payload, "title": title, "body": body}
