"""Where the room's page asks what a call that starts now is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coachroom.agent.call_briefing import call_briefing
from coachroom.app.container import Services
from coachroom.rooms.states import Session
from coachroom.web.page_requests import answer_page


async def brief(request: Request) -> Response:
    """POST {token}: the variables a call starts with, and what the agent is sent once it listens."""
    return await answer_page(request, _brief)


def _brief(services: Services, session: Session, _asked: Mapping[str, Any]) -> dict[str, Any]:
    briefing = services.briefings.prepare(session.id, session.client_id)
    forgotten = services.coaching.memory.forgotten_turns(session.id)
    return call_briefing(briefing, services.intake.turns(session.id), forgotten)


def briefing_routes() -> list[Route]:
    return [Route("/room/{room_id}/briefing", brief, methods=["POST"])]
