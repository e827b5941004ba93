"""Reads a webhook's body, whose signature is known to be right only at its end.

A body of a type that we do not use may be large (a call's audio): it is read as a stream, its signature is computed
as it passes, and nothing of it is kept. Were it refused, the provider would turn the webhook off after some failures.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from coachroom.elevenlabs.webhook import SignatureCheck, WebhookType, type_at_start
from coachroom.web.bodies import stated_length
from coachroom.web.refusals import BodyCutOffError, BodyTooLargeError, BodyTooSlowError
from coachroom.web.throttle import Throttle
from coachroom.web.under_way import MIB, Reception, UnderWay

log = logging.getLogger(__name__)

# The longest talk that a session's length allows is a hundredth of this: what is larger is no transcript.
MAX_KEPT_BYTES = 8 * MIB
# The audio of the longest session, four hours, takes 304 MB.
MAX_WEBHOOK_BYTES = 384 * MIB
# For what may be kept, and for all of a large body.
BODY_SECONDS = 20
LARGE_BODY_SECONDS = 180
TYPE_BYTES = 512


@dataclass
class WebhookBody:
    """A body that has been read: `kept` is None where nothing of it was kept, `type` is known where it came first."""

    kept: bytearray | None
    type: str | None


class WebhookBodies:
    """The bodies that are being read or used. One address has at most half of the places, others have the rest."""

    def __init__(self) -> None:
        self.all = UnderWay(in_all=128, from_each=64, max_bytes=32 * MIB)
        self.throttle = Throttle(bytes_a_second=8 * MIB)
        self.large = UnderWay(in_all=32, from_each=16, max_bytes=0)

    @asynccontextmanager
    async def read(self, request: Request, check: SignatureCheck, sender: str) -> AsyncIterator[WebhookBody]:
        """The whole body once it has come and its signature is right; its place is kept while the block runs.

        Raises RequestRefusedError and SignatureError.
        """
        if stated_length(request.headers) > MAX_WEBHOOK_BYTES:
            raise BodyTooLargeError(MAX_WEBHOOK_BYTES)
        with self.all.one(sender) as reception:
            try:
                body = await self.read_parts(aiter(request.stream()), check, reception, sender)
            except TimeoutError:
                raise BodyTooSlowError from None
            except ClientDisconnect:
                raise BodyCutOffError from None
            check.finish()
            yield body

    async def read_parts(
        self, parts: AsyncIterator[bytes], check: SignatureCheck, reception: Reception, sender: str
    ) -> WebhookBody:
        """Reads all parts and computes their signature. Raises RequestRefusedError and TimeoutError."""
        body, received = WebhookBody(bytearray(), None), 0
        async with asyncio.timeout(BODY_SECONDS):
            async for part in parts:
                received += len(part)
                await self.throttle.take(len(part))
                check.update(part)
                _keep(body, part, reception)
                if received > MAX_KEPT_BYTES:
                    break
            else:
                return body
        if body.kept is not None:
            log.warning("a webhook of type %.60r is too large to be kept", body.type or "unknown")
            _drop(body, reception)
        with self.large.one(sender):
            async with asyncio.timeout(LARGE_BODY_SECONDS):
                async for part in parts:
                    received += len(part)
                    if received > MAX_WEBHOOK_BYTES:
                        raise BodyTooLargeError(MAX_WEBHOOK_BYTES)
                    await self.throttle.take(len(part))
                    check.update(part)
        return body


def _keep(body: WebhookBody, part: bytes, reception: Reception) -> None:
    """Keeps the part, unless the body has begun with a type that is not used."""
    if body.kept is None:
        return
    reception.hold(len(part))
    body.kept += part
    if body.type is None and len(body.kept) - len(part) < TYPE_BYTES:
        body.type = type_at_start(bytes(body.kept[: 2 * TYPE_BYTES]))
    if body.type not in (None, WebhookType.TRANSCRIPTION):
        _drop(body, reception)


def _drop(body: WebhookBody, reception: Reception) -> None:
    body.kept = None
    reception.drop()
