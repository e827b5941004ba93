"""A human coach joins a client's session: whose sessions they may join, and who is told."""

from __future__ import annotations

from coachroom.app.container import Services
from coachroom.app.push import tell_of_join
from coachroom.caseload.caseload import ensure_coach_of
from coachroom.errors import NotAllowedError
from coachroom.live.states import Join
from coachroom.people.people import Person, Role


def ask_to_join(services: Services, person: Person, session_id: str, reason: str) -> Join:
    """A coach asks to join the session of a client of theirs, whose page then asks them.

    Raises CoachroomError: one sentence that says why this session cannot be joined now.
    """
    if not services.settings.live_coach:
        raise NotAllowedError("Sessions cannot be joined here: COACHROOM_LIVE_COACH is off.")
    if person.role is not Role.COACH:
        raise NotAllowedError("Only the client's own human coach may ask to join a session.")
    join = services.joins.ask(
        session_id,
        person.email,
        reason,
        ensure_allowed=lambda transaction, client_id: ensure_coach_of(transaction, person.email, client_id),
    )
    services.live.asked(join)
    tell_of_join(services, join)
    return join
