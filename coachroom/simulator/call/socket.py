"""The client's end of one socket: JSON objects out, checked JSON objects in."""

from __future__ import annotations

import json

from starlette.websockets import WebSocket, WebSocketDisconnect

from coachroom.simulator.call import protocol
from coachroom.simulator.call.protocol import Message, ProtocolError


class DisconnectedError(Exception):
    """The client closed the socket, or its connection broke (code 1005 or 1006)."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ClientSocket:
    """One socket. Sending to a disconnected client does nothing; `receive` raises then."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._types: frozenset[str] | None = None

    def send_only(self, types: frozenset[str]) -> None:
        """From now on messages of other types are left out, as the agent's client events have it."""
        self._types = types

    async def answer(self) -> None:
        """Take the call; the client's `convai` subprotocol is echoed, as the widget requires."""
        offered = self._socket.scope.get("subprotocols", [])
        await self._socket.accept(protocol.SUBPROTOCOL if protocol.SUBPROTOCOL in offered else None)

    async def send(self, message: Message) -> None:
        if self._types is not None and message["type"] not in self._types:
            return
        try:
            await self._socket.send_text(json.dumps(message, separators=(",", ":")))
        except (WebSocketDisconnect, RuntimeError):
            return

    async def receive(self) -> Message:
        """The next message. Raises DisconnectedError when there is none, ProtocolError for one that is malformed."""
        event = await self._socket.receive()
        if event["type"] == "websocket.disconnect":
            raise DisconnectedError(event.get("code") or 1006, event.get("reason") or "")
        text = event.get("text")
        if text is None:
            raise ProtocolError("invalid_message", "Messages are text frames with JSON.")
        return protocol.decode(text)

    async def close(self, code: int, reason: str) -> None:
        """Hang up. The reason is cut to what fits into a close frame."""
        try:
            await self._socket.close(code, reason.encode()[:120].decode(errors="ignore"))
        except (WebSocketDisconnect, RuntimeError):
            return
