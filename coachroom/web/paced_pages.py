"""Members' pages begin one after the other where all of them come at once, as after a restart or a broken line.

Python has one core for them. Begun together their first runs all end together, late, and keep whoever talks from
being heard meanwhile; some at a time, the first is there at once and the last no later.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from coachroom.web.page_frames import PAGE_SOCKET

# Set on the scope of whoever is no member: strangers are bounded by their own rules, and must keep no member waiting.
STRANGER = "coachroom.stranger"
AT_ONCE = 4
# Streamlit's browser part gives up a connection that does not begin within 15 s.
MAX_WAIT_SECONDS = 10.0
# A page of numbers may run for long; by then others begin beside it.
MAX_RUN_SECONDS = 1.0
# The message that a run is finished says little else.
MAX_FINISHED_BYTES = 128


class PacedPages:
    """Pure ASGI. So many pages may be in their first run; the others wait, and begin after `max_wait` anyway."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        at_once: int = AT_ONCE,
        max_wait: float = MAX_WAIT_SECONDS,
        max_run: float = MAX_RUN_SECONDS,
    ) -> None:
        self._app = app
        self._places = asyncio.Semaphore(at_once)
        self._max_wait = max_wait
        self._max_run = max_run

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or scope["path"] != PAGE_SOCKET or scope.get(STRANGER):
            await self._app(scope, receive, send)
            return
        async with self._place() as begun:

            async def sent(message: Message) -> None:
                await send(message)
                if not begun.is_set() and _finishes_a_run(message):
                    begun.set()

            await self._app(scope, receive, sent)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[asyncio.Event]:
        """Waits for a place. It is free again once the event is set, the page is gone, or its run takes long."""
        begun = asyncio.Event()
        try:
            async with asyncio.timeout(self._max_wait):
                await self._places.acquire()
        except TimeoutError:
            yield begun
            return
        giving_back = asyncio.create_task(self._give_back(begun))
        try:
            yield begun
        finally:
            begun.set()
            await giving_back

    async def _give_back(self, begun: asyncio.Event) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._max_run):
                await begun.wait()
        self._places.release()


def _finishes_a_run(message: Message) -> bool:
    frame = message.get("bytes")
    if not frame or len(frame) > MAX_FINISHED_BYTES:
        return False
    try:
        return bool(ForwardMsg.FromString(frame).WhichOneof("type") == "script_finished")
    except DecodeError:
        return False
