"""What is reported to the community's own systems: ids, times and states; never words, names or addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from coachroom.appointments.states import Appointment, AppointmentStatus
from coachroom.caseload.caseload import CaseloadReader
from coachroom.clock import Clock, to_iso
from coachroom.notifications.message import Channel, MessageKind, OutgoingMessage
from coachroom.notifications.outbox import Outbox
from coachroom.people.people import Person, Role
from coachroom.rooms.rooms import read_sessions
from coachroom.rooms.states import Session
from coachroom.store.store import Transaction

# A session that changes later, as its record does, is not reported again when its message is forgotten.
REPORTED_WITHIN = timedelta(days=1)
EVERYBODY = Person("", "", Role.ADMIN, None, demo=False)


class HookReports:
    """Writes reports into the outbox, each once. Where no receiver is set up, it writes none."""

    def __init__(self, outbox: Outbox, caseload: CaseloadReader, clock: Clock, *, min_valid_seconds: float) -> None:
        self._outbox = outbox
        self._caseload = caseload
        self._clock = clock
        self._min_valid_seconds = min_valid_seconds

    def sessions_finished(self, transaction: Transaction, session_ids: Sequence[str]) -> None:
        """Within the caller's transaction: these sessions are over, or changed after that."""
        if not self._outbox.can_send(Channel.HOOK):
            return
        since = self._clock() - REPORTED_WITHIN
        for session in read_sessions(transaction, session_ids):
            # Of a session off the record nobody else is told.
            if session.end_time is not None and session.end_time >= since and not session.off_record:
                self._outbox.put(transaction, _session_finished(session))

    def appointment_changed(self, transaction: Transaction, appointment: Appointment) -> None:
        """Within the caller's transaction: an appointment was booked, moved or cancelled, or was kept or missed."""
        # One that is settled late, as after a long standstill, is no news.
        if appointment.ends_at >= self._clock() - REPORTED_WITHIN:
            self._outbox.put(transaction, _appointment_changed(appointment))

    def report_talks(self) -> int:
        """Reports clients who need a talk now and were not reported for it; how many."""
        if not self._outbox.can_send(Channel.HOOK):
            return 0
        load = self._caseload.load(EVERYBODY, self._clock(), min_valid_seconds=self._min_valid_seconds)
        return self._outbox.put_all(
            [
                OutgoingMessage(
                    # Once, until they have another session.
                    f"{MessageKind.NEEDS_TALK} {row['client_id']} {row['need']} {row['sessions']}",
                    MessageKind.NEEDS_TALK,
                    Channel.HOOK,
                    {"client": row["client_id"], "reason": str(row["need"])},
                    about=(str(row["client_id"]),),
                )
                for row in load.to_talk_with.to_dict("records")
            ]
        )


def _appointment_changed(appointment: Appointment) -> OutgoingMessage:
    became = {
        AppointmentStatus.BOOKED: (
            MessageKind.APPOINTMENT_MOVED if appointment.sequence else MessageKind.APPOINTMENT_BOOKED
        ),
        AppointmentStatus.CANCELLED: MessageKind.APPOINTMENT_CANCELLED,
        AppointmentStatus.KEPT: MessageKind.APPOINTMENT_KEPT,
        AppointmentStatus.MISSED: MessageKind.APPOINTMENT_MISSED,
    }[appointment.status]
    payload = {
        "appointment": appointment.id,
        "client": appointment.client_id,
        "with": appointment.kind,
        "begins_at": to_iso(appointment.begins_at),
        "ends_at": to_iso(appointment.ends_at),
        "missed_by": appointment.missed_by,
    }
    key = f"{became} {appointment.id} {appointment.sequence}"
    return OutgoingMessage(key, became, Channel.HOOK, payload, about=(appointment.client_id,))


def _session_finished(session: Session) -> OutgoingMessage:
    end = session.end_time or session.start_time
    minutes = (end - session.start_time - session.paused - session.waited) / timedelta(minutes=1)
    payload = {
        "session": session.id,
        "client": session.client_id,
        "started_at": to_iso(session.start_time),
        "minutes": round(max(0.0, minutes), 1),
        "outcome": session.status.value,
        "end_reason": session.end_reason,
    }
    return OutgoingMessage(
        f"{MessageKind.SESSION_FINISHED} {session.id}",
        MessageKind.SESSION_FINISHED,
        Channel.HOOK,
        payload,
        about=(session.client_id,),
    )
