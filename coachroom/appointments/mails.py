"""What the two are told by mail: that an appointment is booked, moved or cancelled, and that it is near.

A mail names others than its recipient, so it is written as it goes out; nothing of it is kept before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from coachroom.appointments.mail_texts import TOLD, AppointmentMailTexts
from coachroom.appointments.page_links import CLIENT_PAGE
from coachroom.appointments.rows import SQL, appointment_of
from coachroom.appointments.states import Appointment, AppointmentStatus
from coachroom.clock import Clock
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.notifications.push_subscriptions import Notification, PushSubscriptions
from coachroom.reminders.choices import OF_APPOINTMENTS, Reminder, ReminderDesk
from coachroom.store.store import Store, Transaction

# A human coach chooses nothing: they are reminded by mail of these.
OF_COACHES = (Reminder.DAY, Reminder.HOUR)


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
        self._texts = AppointmentMailTexts(
            store, clock, origin=origin, sender=sender, unsubscribe_link=unsubscribe_link, desk=desk
        )
        outbox.compose_when_sent(MessageKind.APPOINTMENT, self._texts.change)
        outbox.compose_when_sent(MessageKind.APPOINTMENT_REMINDER, self._texts.reminder)

    def announce(self, transaction: Transaction, appointment: Appointment, by: str) -> None:
        """Within the transaction of a change: each of the two is to get one mail about it.

        Where somebody else than the client moved or cancelled it, their devices show so as well.
        """
        if appointment.status not in TOLD:
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
                text = self._texts.erased(gone, appointment.coach_email)
                message = _message(gone, appointment.coach_email, MessageKind.APPOINTMENT)
                self._outbox.put(transaction, replace(message, payload=text.payload(), about=()))

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


def _emails(source: Store | Transaction, appointment: Appointment) -> tuple[str | None, str | None]:
    """Whom to write to: the client and the coach, each as long as they are one here."""
    ((_, client, _),) = source.execute(SQL["names"], [appointment.id])
    coach = appointment.coach_email
    has_left = coach is not None and not source.execute(SQL["is_coach"], [coach])
    return client, None if has_left else coach


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
