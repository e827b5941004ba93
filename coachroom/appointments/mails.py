"""What the two are told by mail: that an appointment is booked, moved or cancelled, and that it is near.

A mail names others than its recipient, so it is written as it goes out; nothing of it is kept before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from coachroom.notifications.outbox import Later, Outbox
from coachroom.notifications.push_subscriptions import Notification, PushSubscriptions
from coachroom.people.profiles import UTC_ZONE, zone_of
from coachroom.reminders.choices import OF_APPOINTMENTS, Reminder, ReminderChoices, ReminderDesk
from coachroom.store.store import Store, Transaction

# What somebody is told of: what is kept or missed was told before.
_TOLD = frozenset({AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED})
# A human coach chooses nothing: they are reminded by mail of these.
OF_COACHES = (Reminder.DAY, Reminder.HOUR)


@dataclass(frozen=True)
class _Reader:
    """One of the two, as a mail to them needs it. `other` is whom they meet."""

    name: str
    other: str
    zone: ZoneInfo
    page: str


class AppointmentMails:
    """Safe to use from many threads. `sender`: the bare address that calendar files come from."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        *,
        origin: str,
        sender: str,
        unsubscribe_link: Callable[[str, MessageKind], str],
        browsers: PushSubscriptions,
        desk: ReminderDesk,
    ) -> None:
        self._browsers = browsers
        self._desk = desk
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._origin = origin
        self._sender = sender
        self._unsubscribe_link = unsubscribe_link
        outbox.compose_when_sent(MessageKind.APPOINTMENT, self._compose_change)
        outbox.compose_when_sent(MessageKind.APPOINTMENT_REMINDER, self._compose_reminder)

    def announce(self, transaction: Transaction, appointment: Appointment, by: str) -> None:
        """Within the transaction of a change: each of the two is to get one mail about it.

        Where somebody else than the client moved or cancelled it, their devices show so as well.
        """
        if appointment.status not in _TOLD:
            return
        client, coach = _emails(transaction, appointment)
        for email in filter(None, (client, coach)):
            self._outbox.put(transaction, _message(appointment, email, MessageKind.APPOINTMENT))
        self._show_on_devices(transaction, appointment, client, by)

    def announce_all(
        self,
        transaction: Transaction,
        appointments: Sequence[Appointment],
        *,
        by: str,
        because: str | None = None,
        became: str | None = None,
    ) -> None:
        """Within the transaction that changes dates of one series: each of the two is to get one mail about them all.

        `because`: a sentence that says why, where neither of the two asked for it; it names nobody. `became`: what
        happened, where their status does not tell it, such as "is taken over".
        """
        if len(appointments) == 1 and because is None:
            self.announce(transaction, appointments[0], by)
            return
        client, coach = _emails(transaction, appointments[0])
        self._show_on_devices(transaction, appointments[0], client, by)
        for email in filter(None, (client, coach)):
            message = _message(appointments[0], email, MessageKind.APPOINTMENT)
            dates = [[each.id, each.sequence] for each in appointments]
            self._outbox.put(
                transaction,
                replace(
                    message,
                    key=f"{message.key} and later",
                    payload={"dates": dates, "because": because, "became": became},
                    good_until=max(each.ends_at for each in appointments),
                ),
            )

    def tell_of_stay(self, transaction: Transaction, appointment: Appointment, because: str) -> None:
        """Within the transaction: a date cannot follow its clock, which the coach hears, or a client without one."""
        email = appointment.coach_email or _emails(transaction, appointment)[0]
        if email is not None:
            message = _message(appointment, email, MessageKind.APPOINTMENT)
            payload = {
                "dates": [[appointment.id, appointment.sequence]],
                "because": because,
                "became": "is not moved",
            }
            key = f"{message.key} stays {self._clock():%Y%m%d}"
            self._outbox.put(transaction, replace(message, key=key, payload=payload))

    def _show_on_devices(
        self, transaction: Transaction, appointment: Appointment, client: str | None, by: str
    ) -> None:
        """Where somebody else than the client moved or cancelled it."""
        if client is not None and by != client and appointment.sequence:
            notification = _notification(appointment, MessageKind.APPOINTMENT)
            for message in self._browsers.messages(client, notification, transaction):
                self._outbox.put(transaction, message)

    def announce_erasure(self, transaction: Transaction, client_id: str) -> None:
        """Within the transaction that erases a client: their coach is told of each time that is free again.

        The appointment is gone when the mail goes out, so it is written now, and names nobody but the coach.
        """
        for row in transaction.execute(SQL["of_client"], [client_id, self._clock()]):
            appointment = appointment_of(row)
            if appointment.status is AppointmentStatus.BOOKED and appointment.coach_email is not None:
                gone = replace(appointment, status=AppointmentStatus.CANCELLED, sequence=appointment.sequence + 1)
                self._outbox.put(transaction, self._erased(gone, appointment.coach_email))

    def remind(self) -> int:
        """Writes the reminders that are due and not written yet; how many."""
        if not any(map(self._outbox.can_send, (Channel.MAIL, Channel.PUSH))):
            return 0
        now = self._clock()
        messages: list[OutgoingMessage] = []
        for reminder in OF_APPOINTMENTS:
            rows = self._store.execute(
                SQL["booked_between"], [now + reminder.before - reminder.useful, now + reminder.before]
            )
            for appointment in map(appointment_of, rows):
                # Whoever has just booked or moved it knows.
                if appointment.changed_at < appointment.begins_at - reminder.before:
                    messages += self._reminders(appointment, reminder)
        return self._outbox.put_all(messages)

    def _reminders(self, appointment: Appointment, reminder: Reminder) -> list[OutgoingMessage]:
        """To the coach by mail, to the client as they chose."""
        kind, messages = MessageKind.APPOINTMENT_REMINDER, []
        client, coach = _emails(self._store, appointment)
        choices = self._desk.choices(appointment.client_id)
        if coach is not None and reminder in OF_COACHES:
            messages.append(_message(appointment, coach, kind, reminder))
        if client is not None and choices.want(reminder, Channel.MAIL):
            messages.append(_message(appointment, client, kind, reminder))
        if client is not None and choices.want(reminder, Channel.PUSH):
            messages += self._browsers.messages(client, _notification(appointment, kind, reminder))
        return messages

    def _erased(self, gone: Appointment, coach: str) -> OutgoingMessage:
        calendar = read_calendar(self._store, coach)
        zone = calendar.zone if calendar else UTC_ZONE
        reader = _Reader(self._reader(gone, coach).name, "a client", zone, COACH_PAGE)
        when = time_text(gone.begins_at, zone)
        text = MailText(
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
        return replace(_message(gone, coach, MessageKind.APPOINTMENT), payload=text.payload(), about=())

    def _compose_dates(self, message: OutgoingMessage) -> Mapping[str, Any] | None:
        """Of those that have not changed once more since: they have a mail of their own then."""
        email = str(message.recipient)
        dates = [
            appointment
            for id, sequence in message.payload["dates"]
            for appointment in map(appointment_of, self._store.execute(SQL["find"], [id]))
            if appointment.sequence == sequence and appointment.status in _TOLD
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

    def _compose_change(self, message: OutgoingMessage) -> Mapping[str, Any] | Later | None:
        if "dates" in message.payload:
            return self._compose_dates(message)
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

    def _compose_reminder(self, message: OutgoingMessage) -> Mapping[str, Any] | Later | None:
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


def _emails(source: Store | Transaction, appointment: Appointment) -> tuple[str | None, str | None]:
    """Whom to write to: the client and the coach, each as long as they are one here."""
    ((_, client, _),) = source.execute(SQL["names"], [appointment.id])
    coach = appointment.coach_email
    has_left = coach is not None and not source.execute(SQL["is_coach"], [coach])
    return client, None if has_left else coach


def _wants(choices: ReminderChoices, message: OutgoingMessage) -> bool:
    # What waited when the app was updated does not say which it is.
    reminder = message.payload.get("reminder")
    return reminder is None or choices.want(Reminder(reminder), message.channel)


def _soon(begins_at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Such as "at 18:00", or "on Friday at 18:00" where that is not today."""
    day = f"on {there(begins_at, zone):%A} " if day_there(begins_at, zone) != day_there(now, zone) else ""
    return f"{day}at {clock_text(begins_at, zone)}"


def _good_until(appointment: Appointment, reminder: Reminder | None) -> datetime:
    return appointment.ends_at if reminder is None else appointment.begins_at - reminder.before + reminder.useful


def _facts(appointment: Appointment, reminder: Reminder | None) -> dict[str, Any]:
    facts = {"appointment": appointment.id, "sequence": appointment.sequence}
    return facts if reminder is None else facts | {"reminder": reminder}


def _message(
    appointment: Appointment, email: str, kind: MessageKind, reminder: Reminder | None = None
) -> OutgoingMessage:
    return OutgoingMessage(
        " ".join([kind, *([reminder] if reminder else []), appointment.id, str(appointment.sequence), email]),
        kind,
        Channel.MAIL,
        _facts(appointment, reminder),
        recipient=email,
        about=(appointment.client_id,),
        good_until=_good_until(appointment, reminder),
    )


def _notification(appointment: Appointment, kind: MessageKind, reminder: Reminder | None = None) -> Notification:
    """For the client's devices, written as it goes out: of all about one appointment, a device shows the latest."""
    return Notification(
        kind,
        " ".join([*([reminder] if reminder else []), appointment.id, str(appointment.sequence)]),
        title="",
        body="",
        url=CLIENT_PAGE,
        window=CLIENT_PAGE,
        good_until=_good_until(appointment, reminder),
        topic=f"appointment {appointment.id}",
        facts=_facts(appointment, reminder),
    )


def _shown(message: OutgoingMessage, title: str, body: str) -> Mapping[str, Any]:
    return {**message.payload, "title": title, "body": body}
