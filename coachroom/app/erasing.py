"""Erases a client in the running app: their open session ends first."""

from __future__ import annotations

from coachroom.app.container import Services
from coachroom.rooms.states import EndReason


def end_and_erase(services: Services, client_id: str, *, actor: str, cause: EndReason) -> dict[str, int]:
    """How many rows there were, by table. Raises CoachroomError where there is no such client."""
    for session in services.rooms.sessions_of(client_id):
        if not session.status.over:
            services.sessions.end(session.id, cause)
    return services.own_data.erase(client_id, actor)
