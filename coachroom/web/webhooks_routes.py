"""Where the agent's provider reports finished calls. A webhook is trusted by its signature, not by cookies."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.app.simulator_wiring import PROVIDER_WEBHOOK_PATH
from coachroom.elevenlabs.call_record import CallRecordError
from coachroom.elevenlabs.webhook import (
    SIGNATURE_HEADER,
    Signature,
    SignatureError,
    WebhookError,
    WebhookType,
    read_signature,
    read_webhook,
)
from coachroom.errors import CoachroomError
from coachroom.web.bodies import body_up_to
from coachroom.web.errors import text_error

log = logging.getLogger(__name__)

# The longest talk that a session's length allows is a hundredth of this.
MAX_WEBHOOK_BYTES = 8 * 1024 * 1024
MAX_AT_ONCE = 128
THREADS = 4
BODY_SECONDS = 20
RETRY_AFTER = {"Retry-After": "5"}


class _Inflight:
    """How many webhooks are being received, and which unused types have been logged."""

    def __init__(self) -> None:
        self.count = 0
        self.warned_types: set[str] = set()
        # Threads of their own, and few: what rooms report comes first.
        self.limiter = CapacityLimiter(THREADS)


async def receive_webhook(inflight: _Inflight, request: Request) -> Response:
    """POST: one webhook. 200 once it is on disk; 401, 400 or 413 for what is none; 503 while too many wait."""
    services = get_services()
    if services.webhook_secret is None:
        return PlainTextResponse("Not found", status_code=404)
    try:
        # Before a byte of the body is read, so that strangers cost nothing.
        signature = read_signature(request.headers.get(SIGNATURE_HEADER), services.clock())
    except SignatureError as error:
        return text_error(error)
    if inflight.count >= MAX_AT_ONCE:
        return PlainTextResponse("Too many at once.", status_code=503, headers=RETRY_AFTER)
    inflight.count += 1
    try:
        async with asyncio.timeout(BODY_SECONDS):
            body = await body_up_to(MAX_WEBHOOK_BYTES, request)
        if body is None:
            return PlainTextResponse(f"At most {MAX_WEBHOOK_BYTES} bytes.", status_code=413)
        return await to_thread.run_sync(_take, services, inflight, signature, body, limiter=inflight.limiter)
    except TimeoutError:
        return PlainTextResponse("The body did not come.", status_code=408)
    finally:
        inflight.count -= 1


def _take(services: Services, inflight: _Inflight, signature: Signature, body: bytes) -> Response:
    try:
        assert services.webhook_secret is not None  # noqa: S101 - the caller has looked
        signature.check(body, services.webhook_secret.get_secret_value())
        webhook = read_webhook(body)
        if webhook.record is not None:
            services.records.receive(webhook.record)
        elif webhook.type not in inflight.warned_types and len(inflight.warned_types) < 100:
            inflight.warned_types.add(webhook.type)
            known = webhook.type in set(WebhookType)
            log.log(logging.INFO if known else logging.WARNING, "webhooks of type %.60r are not used", webhook.type)
    except CoachroomError as error:
        if isinstance(error, (WebhookError, CallRecordError)):
            log.warning("a signed webhook could not be read: %s", error)
        return text_error(error)
    return PlainTextResponse("Thank you.")


def webhook_routes() -> list[Route]:
    return [Route(PROVIDER_WEBHOOK_PATH, partial(receive_webhook, _Inflight()), methods=["POST"])]
