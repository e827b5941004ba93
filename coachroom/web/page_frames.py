"""Closes the socket of a page that sends what no page sends. Streamlit would write a traceback into the log."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

PAGE_SOCKET = "/_stcore/stream"
PROTOCOL_ERROR = 1002
UNSUPPORTED_DATA = 1003
POLICY_VIOLATION = 1008
# What Streamlit offers to developers: emptying everybody's cache, for one.
NOT_FOR_PAGES = frozenset({"clear_cache", "set_run_on_save", "debug_disconnect_websocket", "debug_shutdown_runtime"})


class PageFrames:
    """Pure ASGI, for the sockets of Streamlit's pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or scope["path"] != PAGE_SOCKET:
            await self._app(scope, receive, send)
            return
        closed = False

        async def received() -> Message:
            nonlocal closed
            message = await receive()
            code = _code_to_close_with(message)
            if code is None or closed:
                return message
            closed = True
            await send({"type": "websocket.close", "code": code})
            return {"type": "websocket.disconnect", "code": code}

        async def sent(message: Message) -> None:
            if closed:
                # As on a line that broke: what is on its way ends quietly.
                raise OSError("closed")
            await send(message)

        await self._app(scope, received, sent)


def _code_to_close_with(message: Message) -> int | None:
    """Why the message is none of a page's; None where it is one."""
    if message["type"] != "websocket.receive":
        return None
    frame = message.get("bytes")
    if frame is None:
        return UNSUPPORTED_DATA
    try:
        kind = BackMsg.FromString(frame).WhichOneof("type")
    except DecodeError:
        return PROTOCOL_ERROR
    return POLICY_VIOLATION if kind in NOT_FOR_PAGES else None
