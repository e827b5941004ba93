"""Where the agent's provider reports finished calls. A webhook is trusted by its signature, not by cookies.

A body of a type that we do not use may be large (a call's audio): it is read as a stream, its signature is computed
as it passes, and nothing of it is kept. Were it refused, the provider would turn the webhook off after some failures.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
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
    type_at_start,
)
from coachroom.errors import CoachroomError
from coachroom.web.errors import text_error

log = logging.getLogger(__name__)

# The longest talk that a session's length allows is a hundredth of this: what is larger is no transcript.
MAX_KEPT_BYTES = 8 * 1024 * 1024
# The audio of the longest session, four hours, takes 304 MB.
MAX_WEBHOOK_BYTES = 384 * 1024 * 1024
MAX_AT_ONCE = 128
MAX_LARGE_AT_ONCE = 32
THREADS = 4
# For what may be kept, and for all of a large body.
BODY_SECONDS = 20
LARGE_BODY_SECONDS = 180
TYPE_BYTES = 512
MAX_TYPES = 100
RETRY_AFTER = {"Retry-After": "5"}
TOO_LARGE = f"At most {MAX_WEBHOOK_BYTES} bytes."
REFUSAL_LOGGED_EVERY = timedelta(hours=1)
HINT = (
    "Set COACHROOM_WEBHOOK_SECRET to the signing secret of this webhook at ElevenLabs (Settings, Webhooks) and check "
    "this computer's clock. It may also be a stranger's request."
)


class RefusedError(Exception):
    """The webhook is not taken, for a reason other than its signature or its content."""

    def __init__(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.response = PlainTextResponse(sentence, status_code=status, headers=headers)


class _Inflight:
    """The webhooks that are being received, and what has been logged about them."""

    def __init__(self) -> None:
        self.count = 0
        self.large = 0
        # Threads of their own, and few: what rooms report comes first.
        self.limiter = CapacityLimiter(THREADS)
        self._logged_types: set[str] = set()
        self._refusal_logged_at: datetime | None = None

    @contextmanager
    def one(self) -> Iterator[None]:
        """One webhook is being received. Raises RefusedError while too many are."""
        if self.count >= MAX_AT_ONCE:
            raise RefusedError(503, "Too many at once.", RETRY_AFTER)
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1

    @contextmanager
    def one_large(self) -> Iterator[None]:
        """The rest of a large body is being read. Raises RefusedError while too many are."""
        if self.large >= MAX_LARGE_AT_ONCE:
            raise RefusedError(503, "Too many at once.", RETRY_AFTER)
        self.large += 1
        try:
            yield
        finally:
            self.large -= 1

    def log_refusal(self, error: SignatureError, now: datetime) -> None:
        """Once an hour: a webhook that claims to be signed was refused."""
        if self._refusal_logged_at is None or now - self._refusal_logged_at >= REFUSAL_LOGGED_EVERY:
            self._refusal_logged_at = now
            log.warning("a webhook was refused: %s %s", error, HINT)

    def log_unused(self, kind: str) -> None:
        """Once a type: it is not used."""
        if kind not in self._logged_types and len(self._logged_types) < MAX_TYPES:
            self._logged_types.add(kind)
            known = kind in set(WebhookType)
            log.log(logging.INFO if known else logging.WARNING, "webhooks of type %.60r are not used", kind)


@dataclass
class _Body:
    """A body that has been read: `kept` is None where nothing of it was kept, `type` is known where it came first."""

    kept: bytearray | None
    type: str | None


async def receive_webhook(inflight: _Inflight, request: Request) -> Response:
    """POST: one webhook. 200 once it is stored or not used; 400, 401, 408 or 413 for what is none; 503 for many."""
    services = get_services()
    if services.webhook_secret is None:
        return PlainTextResponse("Not found", status_code=404)
    header = request.headers.get(SIGNATURE_HEADER)
    try:
        # Before a byte of the body is read, so that strangers cost nothing.
        signature = read_signature(header, services.clock())
        check = SignatureCheck(signature, services.webhook_secret.get_secret_value())
        with inflight.one():
            body = await _read(request, check, inflight)
            check.finish()
            return await to_thread.run_sync(_take, services, inflight, body, limiter=inflight.limiter)
    except SignatureError as error:
        if header:
            inflight.log_refusal(error, services.clock())
        return text_error(error)
    except RefusedError as refusal:
        return refusal.response


async def _read(request: Request, check: SignatureCheck, inflight: _Inflight) -> _Body:
    """Reads the whole body and computes its signature. Raises RefusedError."""
    if _stated_length(request) > MAX_WEBHOOK_BYTES:
        raise RefusedError(413, TOO_LARGE)
    try:
        return await _read_parts(aiter(request.stream()), check, inflight)
    except TimeoutError:
        raise RefusedError(408, "The body did not come.") from None
    except ClientDisconnect:
        raise RefusedError(400, "The body did not come to its end.") from None


async def _read_parts(parts: AsyncIterator[bytes], check: SignatureCheck, inflight: _Inflight) -> _Body:
    body, received = _Body(bytearray(), None), 0
    async with asyncio.timeout(BODY_SECONDS):
        async for part in parts:
            received += len(part)
            check.update(part)
            _keep(body, part)
            if received > MAX_KEPT_BYTES:
                break
        else:
            return body
    if body.kept is not None:
        log.warning("a webhook of type %.60r is too large to be kept", body.type or "unknown")
        body.kept = None
    with inflight.one_large():
        async with asyncio.timeout(LARGE_BODY_SECONDS):
            async for part in parts:
                received += len(part)
                if received > MAX_WEBHOOK_BYTES:
                    raise RefusedError(413, TOO_LARGE)
                check.update(part)
    return body


def _keep(body: _Body, part: bytes) -> None:
    """Keeps the part, unless the body has begun with a type that is not used."""
    if body.kept is None:
        return
    body.kept += part
    if body.type is None and len(body.kept) - len(part) < TYPE_BYTES:
        body.type = type_at_start(bytes(body.kept[: 2 * TYPE_BYTES]))
    if body.type not in (None, WebhookType.TRANSCRIPTION):
        body.kept = None


def _stated_length(request: Request) -> int:
    """What the request says of its body's length; 0 where it says nothing that can be read."""
    stated = request.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() and len(stated) < 20 else 0


def _take(services: Services, inflight: _Inflight, body: _Body) -> Response:
    """Stores what a rightly signed webhook brings, if it is used."""
    if body.kept is None:
        inflight.log_unused(body.type or "unknown")
        return _thanks()
    try:
        webhook = read_webhook(bytes(body.kept))
        if webhook.record is not None:
            services.records.receive(webhook.record)
        else:
            inflight.log_unused(webhook.type)
    except CoachroomError as error:
        if isinstance(error, (WebhookError, CallRecordError)):
            log.warning("a signed webhook could not be read: %s", error)
        return text_error(error)
    return _thanks()


def _thanks() -> Response:
    return PlainTextResponse("Thank you.")


def webhook_routes() -> list[Route]:
    return [Route(PROVIDER_WEBHOOK_PATH, partial(receive_webhook, _Inflight()), methods=["POST"])]
