"""Where a room's page brings what the agent asks for during a call, and what its client takes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.recording.events import DeliveryError
from coachroom.rooms.states import Session
from coachroom.web.page_requests import answer_page, required_text


async def use_tool(request: Request) -> Response:
    """POST {token, call_id, name, parameters}: the agent uses one of its tools; its answer and what was noted."""
    return await answer_page(request, _use)


async def undo(request: Request) -> Response:
    """POST {token, note}: the client takes a note back; what is left."""
    return await answer_page(request, _undo)


def _use(services: Services, session: Session, asked: Mapping[str, Any]) -> dict[str, Any]:
    parameters = asked.get("parameters")
    if not isinstance(parameters, dict):
        raise DeliveryError("This call of a tool has no parameters.")
    answer = services.tools.call(session, required_text(asked, "call_id"), required_text(asked, "name"), parameters)
    return asdict(answer)


def _undo(services: Services, session: Session, asked: Mapping[str, Any]) -> dict[str, Any]:
    services.tools.undo(session, required_text(asked, "note"))
    return {"undone": True, "notes": [asdict(note) for note in services.tools.notes(session.id)]}


def tools_routes() -> list[Route]:
    return [
        Route("/room/{room_id}/tools", use_tool, methods=["POST"]),
        Route("/room/{room_id}/undo", undo, methods=["POST"]),
    ]
