"""Where the room's page asks to make its session longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coachroom.agent.context_updates import MORE_TIME
from coachroom.app.container import Services
from coachroom.clock import to_iso
from coachroom.errors import RoomNotFoundError
from coachroom.rooms.states import Session
from coachroom.web.page_requests import answer_page


async def more_time(request: Request) -> Response:
    """POST {token}: makes the session longer. Answers with its new end, and what the agent is told."""
    return await answer_page(request, _extend)


def _extend(services: Services, session: Session, _asked: Mapping[str, Any]) -> dict[str, Any]:
    services.budgets.extend(session)
    longer = services.rooms.session(session.id)
    ends_at = services.rooms.ends_at(longer) if longer else None
    if ends_at is None:
        raise RoomNotFoundError
    minutes = f"{services.settings.extra_minutes:g}"
    return {"ends_at": to_iso(ends_at), "tell": MORE_TIME.format(minutes=minutes)}


def more_time_routes() -> list[Route]:
    return [Route("/room/{room_id}/more-time", more_time, methods=["POST"])]
