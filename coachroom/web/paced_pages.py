"""Members' pages connect one after the other where all of them come at once, as after a restart or a broken line.

Each page's first run takes some 25 ms of the one core that Python has. Begun together they all end together, late,
and keep whoever talks from being heard meanwhile; one after the other the first is there at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from coachroom.web.page_frames import PAGE_SOCKET

# Set on the scope of whoever is no member: strangers are bounded by their own rules, and must keep no member waiting.
STRANGER = "coachroom.stranger"
AT_ONCE = 12
A_SECOND = 30.0
# Streamlit's browser part gives a connection up after 15 s and tries again, each time after a longer wait.
MAX_WAIT_SECONDS = 10.0


class Pace:
    """Gives each comer a moment: AT_ONCE of them now, then A_SECOND each second, in the order in which they came."""

    def __init__(
        self, *, at_once: int = AT_ONCE, a_second: float = A_SECOND, max_wait: float = MAX_WAIT_SECONDS
    ) -> None:
        self._between = 1 / a_second
        self._allowed = at_once / a_second
        self._max_wait = max_wait
        self._next = float("-inf")

    def wait_at(self, now: float) -> float | None:
        """Seconds to wait from `now` on; None where that would be too long, and whoever comes takes no place."""
        place = max(self._next, now - self._allowed + self._between)
        wait = max(0.0, place - now)
        if wait > self._max_wait:
            return None
        self._next = place + self._between
        return wait


class PacedPages:
    """Pure ASGI. `now`: seconds that never fall."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        pace: Pace | None = None,
    ) -> None:
        self._app = app
        self._now = now
        self._sleep = sleep
        self._pace = pace or Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == PAGE_SOCKET and not scope.get(STRANGER):
            wait = self._pace.wait_at(self._now())
            if wait is None:
                answer = PlainTextResponse(
                    "Many pages come at once. This one tries again by itself.", status_code=503
                )
                await WebSocket(scope, receive, send).send_denial_response(answer)
                return
            if wait:
                await self._sleep(wait)
        await self._app(scope, receive, send)
