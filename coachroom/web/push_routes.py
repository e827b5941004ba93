"""Where a browser says that it takes notifications for whoever is signed in in it, or that it takes none any more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.coaching.validation import InvalidInputError
from coachroom.notifications.web_push import PushKeyError, is_push_address, read_subscription
from coachroom.people.people import Person
from coachroom.web.bodies import MAX_REQUEST_BYTES, body_up_to
from coachroom.web.errors import json_error, json_or_error
from coachroom.web.identity import person_of, same_origin
from coachroom.web.refusals import BodyTooLargeError

OTHER_SERVICE = "This browser's notifications go through a service that is not known here. Mails reach you as before."
NOT_READ = "This could not be read: load the page again, then try once more."

Work = Callable[[Services, Person, Mapping[str, Any]], None]


async def key(_: Request) -> Response:
    """GET: the public half of the key that browsers subscribe with."""
    push_key = get_services().push_key
    if push_key is None:
        return PlainTextResponse("Not found", status_code=404)
    return JSONResponse({"public_key": push_key.public_text})


async def subscribe(request: Request) -> Response:
    """POST {endpoint, p256dh, auth}: this browser takes notifications for whoever is signed in."""
    return await _answer(request, _subscribe)


async def unsubscribe(request: Request) -> Response:
    """POST {endpoint}: it takes none any more."""
    return await _answer(request, _unsubscribe)


async def _answer(request: Request, work: Work) -> Response:
    services = get_services()
    person = await run_in_threadpool(person_of, request.cookies, services)
    if person is None or services.push_key is None or not same_origin(request):
        return PlainTextResponse("Not found", status_code=404)
    try:
        body = await body_up_to(MAX_REQUEST_BYTES, request)
    except BodyTooLargeError as error:
        return json_error(error)

    def done() -> dict[str, object]:
        work(services, person, _object(body))
        return {"done": True}

    return await run_in_threadpool(json_or_error, done)


def _subscribe(services: Services, person: Person, asked: Mapping[str, Any]) -> None:
    endpoint = _text(asked, "endpoint")
    # Our server posts where the browser says: so to the browsers' own services alone.
    if not is_push_address(endpoint):
        raise InvalidInputError(OTHER_SERVICE)
    try:
        subscription = read_subscription(endpoint, _text(asked, "p256dh"), _text(asked, "auth"))
    except PushKeyError as error:
        raise InvalidInputError(str(error)) from None
    services.push_subscriptions.subscribe(person.email, subscription)


def _unsubscribe(services: Services, person: Person, asked: Mapping[str, Any]) -> None:
    services.push_subscriptions.unsubscribe(person.email, _text(asked, "endpoint"))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise InvalidInputError(NOT_READ)
    return document


def _text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value.isascii():
        raise InvalidInputError(NOT_READ)
    return value


def push_routes() -> list[Route]:
    return [
        Route("/push/key", key),
        Route("/push/subscribe", subscribe, methods=["POST"]),
        Route("/push/unsubscribe", unsubscribe, methods=["POST"]),
    ]
