"""Where the agent's provider reports finished calls. A webhook is trusted by its signature, not by cookies."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

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
    SignatureCheck,
    SignatureError,
    WebhookError,
    WebhookType,
    read_signature,
    read_webhook,
)
from coachroom.errors import CoachroomError
from coachroom.web.errors import text_error
from coachroom.web.refusals import RequestRefusedError
from coachroom.web.senders import sender_of
from coachroom.web.webhook_bodies import WebhookBodies, WebhookBody

log = logging.getLogger(__name__)

THREADS = 4
MAX_TYPES = 100
REFUSAL_LOGGED_EVERY = timedelta(hours=1)
HINT = (
    "Set COACHROOM_WEBHOOK_SECRET to the signing secret of this webhook at ElevenLabs (Settings, Webhooks) and check "
    "this computer's clock. It may also be a stranger's request."
)


class WebhookLog:
    """What is logged about webhooks: each thing once, however many there are."""

    def __init__(self) -> None:
        self._types: set[str] = set()
        self._refusal_at: datetime | None = None

    def refused(self, error: SignatureError, now: datetime) -> None:
        """Once an hour: a webhook that claims to be signed was refused."""
        if self._refusal_at is None or now - self._refusal_at >= REFUSAL_LOGGED_EVERY:
            self._refusal_at = now
            log.warning("a webhook was refused: %s %s", error, HINT)

    def unused(self, kind: str) -> None:
        """Once a type: it is not used."""
        if kind not in self._types and len(self._types) < MAX_TYPES:
            self._types.add(kind)
            known = kind in set(WebhookType)
            log.log(logging.INFO if known else logging.WARNING, "webhooks of type %.60r are not used", kind)


class WebhookRoute:
    """Receives webhooks. One for each app, as it counts those that are under way."""

    def __init__(self) -> None:
        self._bodies = WebhookBodies()
        self._log = WebhookLog()
        # Threads of their own, and few: what rooms report comes first.
        self._threads = CapacityLimiter(THREADS)

    async def receive(self, request: Request) -> Response:
        """POST: one webhook. 200 once it is stored or not used; 400, 401, 408, 413 for what is none; 503 for many."""
        services = get_services()
        if services.webhook_secret is None:
            return PlainTextResponse("Not found", status_code=404)
        header = request.headers.get(SIGNATURE_HEADER)
        try:
            # Before a byte of the body is read, so that strangers cost nothing.
            signature = read_signature(header, services.clock())
            check = SignatureCheck(signature, services.webhook_secret.get_secret_value())
            sender = sender_of(request.scope, services.settings.proxy_networks)
            async with self._bodies.read(request, check, sender) as body:
                return await to_thread.run_sync(_take, services, self._log, body, limiter=self._threads)
        except SignatureError as error:
            if header:
                self._log.refused(error, services.clock())
            return text_error(error)
        except RequestRefusedError as error:
            return text_error(error)


def _take(services: Services, notes: WebhookLog, body: WebhookBody) -> Response:
    """Stores what a rightly signed webhook brings, if it is used."""
    if body.kept is None:
        notes.unused(body.type or "unknown")
        return _thanks()
    try:
        webhook = read_webhook(bytes(body.kept))
        if webhook.record is not None:
            services.records.receive(webhook.record)
        else:
            notes.unused(webhook.type)
    except CoachroomError as error:
        if isinstance(error, (WebhookError, CallRecordError)):
            log.warning("a signed webhook could not be read: %s", error)
        return text_error(error)
    return _thanks()


def _thanks() -> Response:
    return PlainTextResponse("Thank you.")


def webhook_routes() -> list[Route]:
    return [Route(PROVIDER_WEBHOOK_PATH, WebhookRoute().receive, methods=["POST"])]
