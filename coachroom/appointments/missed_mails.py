"""After a missed appointment the client gets one mail with new times, or an apology where the coach was not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from coachroom.appointments.openings import Openings
from coachroom.appointments.page_links import CLIENT_PAGE, booking_path
from coachroom.appointments.rows import SQL, appointment_of
from coachroom.appointments.states import Appointment, AppointmentStatus, MissedBy
from coachroom.appointments.three_times import three_times_like
from coachroom.appointments.time_text import time_text
from coachroom.clock import Clock
from coachroom.notifications.mail_text import MailText, name_in_mail
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.people.profiles import zone_of
from coachroom.store.store import Store, Transaction

# It comes within this time after the appointment, or not at all.
GOOD_FOR = timedelta(hours=1)
SAID = {
    MissedBy.CLIENT: (
        "We missed you",
        "we waited for you at your appointment on {when}. Things come up, and that is all right.",
    ),
    MissedBy.COACH: (
        "We are sorry about your appointment",
        "your human coach was not there at your appointment on {when}. We are sorry that you waited.",
    ),
    MissedBy.BOTH: (
        "Your appointment did not take place",
        "your appointment on {when} did not take place: neither you nor your human coach was there.",
    ),
}


class MissedMails:
    """Safe to use from many threads. `on`: whether there are appointments; where not, nobody could keep one."""

    def __init__(
        self,
        store: Store,
        outbox: Outbox,
        clock: Clock,
        *,
        on: bool,
        openings: Openings,
        origin: str,
        unsubscribe_link: Callable[[str, MessageKind], str],
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._on = on
        self._openings = openings
        self._origin = origin
        self._unsubscribe_link = unsubscribe_link
        outbox.compose_when_sent(MessageKind.MISSED, self._compose)

    def announce(self, transaction: Transaction, appointment: Appointment) -> None:
        """Within the transaction of a change: where the appointment was missed, its client is to get a mail."""
        if appointment.status is not AppointmentStatus.MISSED:
            return
        ((_, client, _),) = transaction.execute(SQL["names"], [appointment.id])
        if client is not None:
            message = OutgoingMessage(
                f"{MessageKind.MISSED} {appointment.id}",
                MessageKind.MISSED,
                Channel.MAIL,
                {"appointment": appointment.id},
                recipient=client,
                about=(appointment.client_id,),
                good_until=appointment.ends_at + GOOD_FOR,
            )
            self._outbox.put(transaction, message)

    def _compose(self, message: OutgoingMessage) -> Mapping[str, Any] | None:
        if not self._on:
            return None
        for row in self._store.execute(SQL["find"], [message.payload["appointment"]]):
            missed = appointment_of(row)
            if missed.status is AppointmentStatus.MISSED and not self._has_new_one(missed):
                return self._text(missed, str(message.recipient)).payload()
        return None

    def _has_new_one(self, missed: Appointment) -> bool:
        """Whether the client has booked again since."""
        ahead = map(appointment_of, self._store.execute(SQL["of_client"], [missed.client_id, self._clock()]))
        return any(each.status is AppointmentStatus.BOOKED and each.made_at > missed.ends_at for each in ahead)

    def _text(self, missed: Appointment, email: str) -> MailText:
        ((name, _, _),) = self._store.execute(SQL["names"], [missed.id])
        zone = zone_of(self._store, missed.client_id)
        free = self._openings.free(self._store, missed.client_id, missed.kind) or []
        times = three_times_like(free, missed.begins_at, zone)
        links = [(time_text(at, zone), self._origin + booking_path(at, missed.kind)) for at in times]
        links.append(("All your appointments", self._origin + CLIENT_PAGE))
        subject, sentence = SAID[missed.missed_by or MissedBy.CLIENT]
        offer = (
            "If you like, take one of these times: each link leads to your page Appointments, where you book it."
            if times
            else "On your page Appointments you find a new time whenever you like."
        )
        return MailText(
            subject,
            (
                f"Hello {name_in_mail(name or 'there')},",
                sentence.format(when=f"{time_text(missed.begins_at, zone)} (time zone {zone.key})"),
                offer,
            ),
            link_label=links[0][0],
            link=links[0][1],
            more_links=tuple(links[1:]),
            unsubscribe=self._unsubscribe_link(email, MessageKind.MISSED),
        )
