"""A request that a room's page makes for its session: JSON with a token, answered with JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.recording.events import DeliveryError
from coachroom.rooms.states import Session
from coachroom.text import storable
from coachroom.traces.context import about
from coachroom.web.bodies import MAX_REQUEST_BYTES, body_up_to
from coachroom.web.errors import json_or_error
from coachroom.web.identity import same_origin
from coachroom.web.rooms_routes import open_session

MAX_TEXT_CHARS = 200

# Makes the answer from the open session and the request.
Work = Callable[[Services, Session, Mapping[str, Any]], dict[str, Any]]


async def answer_page(request: Request, work: Work) -> Response:
    """What `work` answers to this request of a page, for the open session that its token names."""
    if not same_origin(request):
        return PlainTextResponse("Only a room's own page asks here.", status_code=403)
    body = await body_up_to(MAX_REQUEST_BYTES, request)
    return await run_in_threadpool(_run, get_services(), request.path_params["room_id"], request.cookies, body, work)


def _run(services: Services, room_id: str, cookies: Mapping[str, str], body: bytes, work: Work) -> Response:
    def answer() -> dict[str, Any]:
        asked = _read(body)
        session = open_session(services, room_id, required_text(asked, "token", longest=MAX_REQUEST_BYTES), cookies)
        with about(session=session.id):
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


def required_text(asked: Mapping[str, Any], key: str, longest: int = MAX_TEXT_CHARS) -> str:
    """The text under `key`, of 1 to `longest` characters. Raises DeliveryError."""
    value = asked.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise DeliveryError(f"This request has no {key}; reload the page.")
    return storable(value)
