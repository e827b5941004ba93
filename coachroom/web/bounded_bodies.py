"""No request body is read for longer, further or more often at once than its sender has shown a right to.

A page of a room names its token in a header, which is checked before its body is read. Everybody else is a stranger
until the body has been read: a beacon, which can set no header, a form of the sign-in, anybody at all.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coachroom.people.signed_tokens import SignedTokens
from coachroom.people.skool_export import MAX_FILE_BYTES
from coachroom.settings import Network
from coachroom.web.admin_uploads import UPLOADS
from coachroom.web.bodies import stated_length
from coachroom.web.errors import text_error
from coachroom.web.refusals import BodyTooLargeError, BodyTooSlowError, RequestRefusedError
from coachroom.web.senders import sender_of
from coachroom.web.under_way import MIB, Reception, UnderWay

TOKEN_HEADER = "Coachroom-Token"  # noqa: S105 - the name of a header
MAX_STRANGERS_BYTES = 64 * 1024
BODY_SECONDS = 20.0
# What an administrator hands over, with the lines that browsers put around a file.
MAX_UPLOAD_BYTES = MAX_FILE_BYTES + 64 * 1024


class BoundedBodies:
    """Pure ASGI. Who shows a session's token may send `max_bytes`; paths that begin as `apart` says are not bound."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        tokens: SignedTokens,
        proxies: tuple[Network, ...],
        max_bytes: int,
        apart: tuple[str, ...],
    ) -> None:
        self._app = app
        self._tokens = tokens
        self._proxies = proxies
        self._max_bytes = max_bytes
        self._apart = apart
        self.strangers = UnderWay(in_all=256, from_each=64, max_bytes=8 * MIB)
        self.sessions = UnderWay(in_all=512, from_each=8, max_bytes=64 * MIB)
        self.uploads = UnderWay(in_all=4, from_each=2, max_bytes=44 * MIB)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(scope) or scope["path"].startswith(self._apart):
            await self._app(scope, receive, send)
            return
        answering = False

        async def watched(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            taken, max_bytes = self._take(scope)
            if stated_length(Headers(scope=scope)) > max_bytes:
                raise BodyTooLargeError(max_bytes)
            with taken as reception:
                await self._app(scope, _Body(receive, reception, max_bytes).receive, watched)
        except ClientDisconnect:
            # Nobody is left to be answered.
            return
        except RequestRefusedError as error:
            if answering:
                raise
            await text_error(error)(scope, receive, send)

    def _take(self, scope: Scope) -> tuple[AbstractContextManager[Reception], int]:
        """A place for the request, and how many bytes it may have."""
        if scope["path"].startswith(UPLOADS):
            # Only an administrator's comes so far.
            return self.uploads.one(sender_of(scope, self._proxies)), MAX_UPLOAD_BYTES
        report = self._tokens.verify_report(Headers(scope=scope).get(TOKEN_HEADER, ""))
        if report is not None:
            return self.sessions.one(report.session_id), self._max_bytes
        return self.strangers.one(sender_of(scope, self._proxies)), MAX_STRANGERS_BYTES


class _Body:
    """Receives the body of one request within its bounds."""

    def __init__(self, receive: Receive, reception: Reception, max_bytes: int) -> None:
        self._receive = receive
        self._reception = reception
        self._max_bytes = max_bytes
        self._bytes = 0
        self._deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        self._complete = False

    async def receive(self) -> Message:
        """The next message. Raises RequestRefusedError."""
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise BodyTooSlowError from None
        part = len(message.get("body", b""))
        self._bytes += part
        if self._bytes > self._max_bytes:
            raise BodyTooLargeError(self._max_bytes)
        self._reception.hold(part)
        if not message.get("more_body", False):
            self._complete = True
            self._reception.received()
        return message


def _has_body(scope: Scope) -> bool:
    """Whether the request says that a body follows."""
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0").strip() != "0"
