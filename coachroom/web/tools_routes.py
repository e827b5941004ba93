"""Where a room's page brings what the agent asks for during a call, and what its client takes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.recording.events import DeliveryError
from coachroom.rooms.states import Session
from coachroom.text import storable
from coachroom.web.bodies import body_up_to
from coachroom.web.errors import json_or_error
from coachroom.web.identity import same_origin
from coachroom.web.rooms_routes import open_session

MAX_REQUEST_BYTES = 16 * 1024
MAX_NAME_CHARS = 200

Work = Callable[[Services, Session, Mapping[str, Any]], dict[str, Any]]


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
    answer = services.tools.call(session, _name(asked, "call_id"), _name(asked, "name"), parameters)
    return asdict(answer)


def _undo(services: Services, session: Session, asked: Mapping[str, Any]) -> dict[str, Any]:
    services.tools.undo(session, _name(asked, "note"))
    return {"undone": True, "notes": [asdict(note) for note in services.tools.notes(session.id)]}


async def answer_page(request: Request, work: Work) -> Response:
    """What `work` answers to this request of a page, for the open session that its token names."""
    if not same_origin(request):
        return PlainTextResponse("Only a room's own page asks here.", status_code=403)
    body = await body_up_to(MAX_REQUEST_BYTES, request)
    if body is None:
        return PlainTextResponse(f"At most {MAX_REQUEST_BYTES} bytes at once.", status_code=413)
    return await run_in_threadpool(_run, get_services(), request.path_params["room_id"], request.cookies, body, work)


def _run(services: Services, room_id: str, cookies: Mapping[str, str], body: bytes, work: Work) -> Response:
    def answer() -> dict[str, Any]:
        asked = _read(body)
        session = open_session(services, room_id, _name(asked, "token", longest=MAX_REQUEST_BYTES), cookies)
        return work(services, session, asked)

    return json_or_error(answer)


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise DeliveryError("This is no request of a room; reload the page.")
    return asked


def _name(asked: Mapping[str, Any], key: str, longest: int = MAX_NAME_CHARS) -> str:
    value = asked.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise DeliveryError(f"This request has no {key}; reload the page.")
    return storable(value)


def tools_routes() -> list[Route]:
    return [
        Route("/room/{room_id}/tools", use_tool, methods=["POST"]),
        Route("/room/{room_id}/undo", undo, methods=["POST"]),
    ]
