"""Who is told of a change of an appointment: the two by mail and on devices, and the operator's own system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coachroom.app.hook_reports import HookReports
from coachroom.appointments.bookings import COACHROOM
from coachroom.appointments.mails import AppointmentMails
from coachroom.appointments.missed_mails import MissedMails
from coachroom.appointments.states import Appointment
from coachroom.store.store import Transaction


@dataclass(frozen=True)
class AppointmentChanges:
    """Each is called within the transaction of the change; `by`: the e-mail of who made it."""

    mails: AppointmentMails
    missed_mails: MissedMails
    reports: HookReports

    def tell(self, transaction: Transaction, appointment: Appointment, by: str) -> None:
        """It is booked, moved, cancelled, kept or missed."""
        self.mails.announce(transaction, appointment, by)
        self.missed_mails.announce(transaction, appointment)
        self.reports.appointment_changed(transaction, appointment)

    def tell_of_all(self, transaction: Transaction, appointments: Sequence[Appointment], by: str) -> None:
        """Dates of one series, changed together."""
        self.mails.announce_all(transaction, appointments, by=by)
        self._report(transaction, appointments)

    def tell_of_moved_clock(
        self, transaction: Transaction, appointments: Sequence[Appointment], because: str
    ) -> None:
        """Dates that follow the changed rules of a time zone; the sentence says why."""
        self.mails.announce_all(transaction, appointments, by=COACHROOM, because=because)
        self._report(transaction, appointments)

    def tell_of_new_coach(self, transaction: Transaction, appointments: Sequence[Appointment], because: str) -> None:
        """Another human coach takes them over; the sentence says why."""
        self.mails.announce_all(transaction, appointments, by=COACHROOM, because=because, became="is taken over")
        self._report(transaction, appointments)

    def _report(self, transaction: Transaction, appointments: Sequence[Appointment]) -> None:
        for each in appointments:
            self.reports.appointment_changed(transaction, each)
