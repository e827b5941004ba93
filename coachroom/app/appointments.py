"""Appointments where several packages take part: a coach who cancels, and one who comes into the client's room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from coachroom.app.container import Services
from coachroom.app.live import ask_to_join
from coachroom.appointments.rows import EnsureAllowed
from coachroom.appointments.series import SeriesRule
from coachroom.appointments.states import Appointment, AppointmentKind
from coachroom.appointments.time_text import clock_text
from coachroom.caseload.caseload import ensure_coach_of
from coachroom.errors import CoachroomError, NotAllowedError
from coachroom.live.states import Join
from coachroom.people.people import Person, Role
from coachroom.rooms.states import SessionStatus


class ClientNotThereError(CoachroomError):
    """The coach is there, and the client is not yet."""

    def __init__(self) -> None:
        super().__init__("You are noted as there. The client is not in the room yet: press again once they are.")


def cancel_as_coach(services: Services, person: Person, appointment_id: str, why: str | None) -> Appointment:
    """The coach cancels an appointment with a client of theirs. Raises CoachroomError."""
    return services.appointments.cancel_as_coach(
        appointment_id,
        _coach(person),
        why,
        ensure_allowed=_ensure_coach(person),
    )


def cancel_as_coach_from(
    services: Services, person: Person, appointment_id: str, why: str | None
) -> list[Appointment]:
    """The coach cancels a date of a series and all later ones. Raises CoachroomError."""
    return services.series.cancel_as_coach_from(
        appointment_id, _coach(person), why, ensure_allowed=_ensure_coach(person)
    )


def book_as_coach(
    services: Services, person: Person, client_id: str, kind: AppointmentKind, begins_at: datetime
) -> Appointment:
    """The coach books a time with a client of theirs, who is told by mail. Raises CoachroomError."""
    email = _coach(person)
    return services.appointments.book(client_id, kind, begins_at, by=email, ensure_coach=_ensure_coach(person))


def book_series_as_coach(
    services: Services,
    person: Person,
    client_id: str,
    kind: AppointmentKind,
    *,
    rule: SeriesRule,
    only: Sequence[datetime],
) -> list[Appointment]:
    """The coach books the dates of a series that begin at `only`. Raises CoachroomError."""
    email = _coach(person)
    return services.series.book(client_id, kind, rule, only, by=email, ensure_coach=_ensure_coach(person))


def come_to_appointment(services: Services, person: Person, appointment_id: str) -> Join:
    """The coach is there: the client's page asks whether they may come in.

    Raises ClientNotThereError, which leaves the coach noted as there; CoachroomError for every other reason.
    """
    appointment = services.appointments.coach_came(
        appointment_id,
        _coach(person),
        ensure_allowed=_ensure_coach(person),
    )
    session = next(
        (
            each
            for each in services.rooms.sessions_of(appointment.client_id)
            if each.status is SessionStatus.ACTIVE and not each.off_record
        ),
        None,
    )
    if session is None:
        raise ClientNotThereError
    zone = services.coaching.profiles.zone(appointment.client_id)
    reason = f"Your appointment at {clock_text(appointment.begins_at, zone)}"
    return ask_to_join(services, person, session.id, reason)


def _ensure_coach(person: Person) -> EnsureAllowed:
    return lambda transaction, client_id: ensure_coach_of(transaction, person.email, client_id)


def _coach(person: Person) -> str:
    if person.role is not Role.COACH:
        raise NotAllowedError("Only the client's own human coach may do this.")
    return person.email
