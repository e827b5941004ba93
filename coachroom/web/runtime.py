"""What we ask of Streamlit's runtime beyond its public face; tests/web/test_streamlit_contract.py pins it."""

from __future__ import annotations

import socket

import uvicorn
from streamlit import runtime
from streamlit.elements import exception
from streamlit.proto.ClientState_pb2 import ClientState

MAX_GOODBYE_SECONDS = 3
# Streamlit's own words speak of logs, and of a company whose cloud this is not.
PAGE_FAILED = (
    "This page cannot be shown just now. What you said and entered before is kept. Load the page again in a minute; "
    "if it stays like this, tell whoever runs your community."
)


def say_in_our_words_that_a_page_failed() -> None:
    """What stands in the place of a page, or of a part of it, that failed in a way that nobody thought of."""
    exception._GENERIC_UNCAUGHT_EXCEPTION_TEXT = PAGE_FAILED  # type: ignore[misc]


def is_alive(tab: str) -> bool:
    """Whether the browser tab behind this Streamlit session is connected right now."""
    return runtime.exists() and runtime.get_instance().is_active_session(tab)


def request_rerun(tab: str | None) -> None:
    """Lets a tab run its page again, because something it shows has changed on this side.

    Without it every open room page would have to ask at intervals. From any thread; a dead tab is no error.
    """
    if tab is None or not is_alive(tab):
        return
    instance = runtime.get_instance()

    def rerun() -> None:
        info = instance._session_mgr.get_active_session_info(tab)
        if info is not None:
            state = ClientState()
            state.CopyFrom(info.session._client_state)
            # The whole page, not the fragment that ran last.
            state.ClearField("fragment_id")
            info.session.request_rerun(state)

    instance._get_async_objs().eventloop.call_soon_threadsafe(rerun)


def prepare_uvicorn() -> None:
    """Lets every uvicorn server of this process send at once, and stop whatever its connections do.

    Sending: TCP_NODELAY is set on the sockets that a server is handed; accepted connections inherit it. Without it,
    each answer but the first on a connection waits 40 ms for the browser's delayed acknowledgement. Sockets that
    uvicorn makes itself have it from asyncio.

    Stopping: where no limit is given, connections get MAX_GOODBYE_SECONDS to end. Without one, uvicorn waits for a
    client who takes nothing any more, as a phone without network, until the kernel gives the connection up.
    """
    start = uvicorn.Server.startup
    if getattr(start, "prepared", False):
        return

    async def prepare_and_start(self: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        for listener in sockets or ():
            if listener.family != getattr(socket, "AF_UNIX", None):
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.config.timeout_graceful_shutdown is None:
            self.config.timeout_graceful_shutdown = MAX_GOODBYE_SECONDS
        await start(self, sockets=sockets)

    prepare_and_start.prepared = True  # type: ignore[attr-defined]
    uvicorn.Server.startup = prepare_and_start  # type: ignore[method-assign]
