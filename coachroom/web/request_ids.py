"""Each request has an id, by which lines of the log and spans that belong to it are found."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from coachroom.traces.context import about


def new_request_id() -> str:
    """Sixteen hexadecimal digits."""
    return secrets.token_hex(8)


class RequestIds:
    """Pure ASGI. An id that a stranger sends is not taken over."""

    def __init__(self, app: ASGIApp, *, new_id: Callable[[], str] = new_request_id) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            with about(request=self._new_id()):
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send)
