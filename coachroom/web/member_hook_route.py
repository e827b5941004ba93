"""Where Zapier, or another program, reports what happened to members: `POST /hooks/members`."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.errors import CoachroomError
from coachroom.notifications.standard_webhooks import (
    ID_HEADER,
    SIGNATURE_HEADER,
    HookSignatureError,
    check_signature,
    check_time,
)
from coachroom.people.member_events import MemberEventError, read_member_event
from coachroom.web.bodies import body_up_to
from coachroom.web.errors import json_error
from coachroom.web.refusals import TooOftenError
from coachroom.web.senders import sender_of
from coachroom.web.token_buckets import Rate, TokenBuckets

HOOK_PATH = "/hooks/members"
MAX_EVENT_BYTES = 64 * 1024
# From one address. A community of thousands joins within hours; whoever tries tokens comes no further.
RATE = Rate(burst=120, every=0.5)
EVENT_IN_ADDRESS = "event"
# Whoever gets hold of a signed event could otherwise send it again as another one.
NOT_SIGNED = (
    "A signature does not cover the address: name the event among the fields, as event, and not behind the ?."
)
NO_PROOF = (
    "Show who you are: the header Authorization with Bearer and the value of COACHROOM_MEMBERS_HOOK_SECRET, or a "
    "signature by Standard Webhooks."
)


class MemberHookRoute:
    """Receives events. One for each app, as it counts how often somebody comes. `now`: seconds that never fall."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets = TokenBuckets(RATE)

    async def receive(self, request: Request) -> Response:
        """POST: one event. 200 once it is done or nothing is to be done; 401, 413, 422, 429 with the reason."""
        services = get_services()
        if services.settings.members_hook_secret is None:
            return PlainTextResponse("Not found", status_code=404)
        secret = services.settings.members_hook_secret.get_secret_value()
        try:
            wait = self._buckets.take(sender_of(request.scope, services.settings.proxy_networks), self._now())
            if wait:
                raise TooOftenError(wait)
            signed = not _shows(request, secret)
            body = await (_signed_body(request, secret, services) if signed else body_up_to(MAX_EVENT_BYTES, request))
            if signed and EVENT_IN_ADDRESS in request.query_params:
                raise MemberEventError(NOT_SIGNED)
            return await run_in_threadpool(_take, services, request, body, secret)
        except CoachroomError as error:
            return json_error(error)


def _shows(request: Request, secret: str) -> bool:
    """Whether the request shows our secret."""
    given = request.headers.get("authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {secret}".encode())


async def _signed_body(request: Request, secret: str, services: Services) -> bytes:
    """The body of a request that is signed with our secret. Raises HookSignatureError."""
    if SIGNATURE_HEADER not in request.headers:
        raise HookSignatureError(NO_PROOF)
    # Before a byte of the body is read.
    check_time(request.headers, services.clock())
    body = await body_up_to(MAX_EVENT_BYTES, request)
    check_signature(secret, request.headers, body, services.clock())
    return body


def _take(services: Services, request: Request, body: bytes, secret: str) -> Response:
    content_type = request.headers.get("content-type", "")
    event = read_member_event(body, content_type, kind=request.query_params.get(EVENT_IN_ADDRESS))
    answer = services.members.receive(event, id=request.headers.get(ID_HEADER), secret=secret)
    if answer.taken:
        return JSONResponse({"done": answer.sentence})
    return JSONResponse({"error": answer.sentence}, 422)


def member_hook_routes() -> list[Route]:
    return [Route(HOOK_PATH, MemberHookRoute().receive, methods=["POST"])]
