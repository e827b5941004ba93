"""One websocket of a visit: what goes out in its order, what comes in within bounds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from coachroom.live.hub import LiveClose
from coachroom.live.messages import MAX_MESSAGE_BYTES, LiveMessage, LiveMessageError, Side, read_message
from coachroom.web.token_buckets import Rate, TokenBuckets

RATE = Rate(burst=100, every=1 / 50)
# What may wait for a page that takes nothing.
MAX_WAITING_BYTES = 512 * 1024
GOODBYE_SECONDS = 2.0
_THE_SOCKET = "socket"


class LiveSocketClosedError(Exception):
    """The socket is to be closed, with this code and reason."""

    def __init__(self, code: LiveClose, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class WebLiveSocket:
    """A LiveSocket over a websocket that was accepted in this event loop."""

    def __init__(self, websocket: WebSocket, side: Side) -> None:
        self._websocket = websocket
        self._side = side
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[str | LiveSocketClosedError] = asyncio.Queue()
        self._waiting_bytes = 0
        self._buckets = TokenBuckets(RATE)
        self.too_slow = asyncio.Event()

    def send(self, message: Mapping[str, Any]) -> None:
        """Sends a message after those before it. From any thread."""
        self._from_any_thread(json.dumps(message, ensure_ascii=False))

    def close(self, code: LiveClose, reason: str = "") -> None:
        """Closes the socket once all that waits is sent. From any thread."""
        self._from_any_thread(LiveSocketClosedError(code, reason))

    async def next_message(self) -> LiveMessage:
        """The next message of the page. Raises LiveSocketClosedError, WebSocketDisconnect."""
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        if self._buckets.take(_THE_SOCKET, self._loop.time()):
            raise LiveSocketClosedError(LiveClose.TOO_MUCH)
        text = received.get("text")
        if len(received.get("bytes") or b"") > MAX_MESSAGE_BYTES or _bytes_of(text or "") > MAX_MESSAGE_BYTES:
            raise LiveSocketClosedError(LiveClose.TOO_MUCH)
        try:
            if text is None:
                raise LiveMessageError
            return read_message(text, self._side)
        except LiveMessageError:
            raise LiveSocketClosedError(LiveClose.NOT_ALLOWED) from None

    async def deliver(self) -> None:
        """Sends what waits until the socket is closed. Raises LiveSocketClosedError then, WebSocketDisconnect."""
        while True:
            item = await self._waiting.get()
            if isinstance(item, LiveSocketClosedError):
                raise item
            await self._websocket.send_text(item)
            self._waiting_bytes -= len(item)

    async def goodbye(self, code: LiveClose, reason: str = "") -> None:
        """Closes the socket now, unless the page has; a page that takes nothing is not waited for."""
        if self._websocket.application_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._websocket.close(code, reason)

    def _from_any_thread(self, item: str | LiveSocketClosedError) -> None:
        # The server may have stopped.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._put, item)

    def _put(self, item: str | LiveSocketClosedError) -> None:
        if isinstance(item, str):
            self._waiting_bytes += len(item)
            if self._waiting_bytes > MAX_WAITING_BYTES:
                self.too_slow.set()
                return
        self._waiting.put_nowait(item)


def _bytes_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
