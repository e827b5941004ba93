"""What we ask of Streamlit's runtime beyond its public face; tests/web/test_streamlit_contract.py pins it."""

from __future__ import annotations

import socket

from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.web.server.starlette import starlette_server


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


def send_at_once() -> None:
    """Sets TCP_NODELAY on the socket that Streamlit binds; accepted connections inherit it.

    Without it, each answer but the first on a connection waits 40 ms for the browser's delayed acknowledgement.
    """
    bind = starlette_server._bind_server_socket
    if getattr(bind, "sends_at_once", False):
        return

    def bind_and_set(server_address: str, bind_address: str, port: int, backlog: int) -> tuple[socket.socket, str]:
        listener, address = bind(server_address, bind_address, port, backlog)
        if listener.family != getattr(socket, "AF_UNIX", None):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener, address

    bind_and_set.sends_at_once = True  # type: ignore[attr-defined]
    starlette_server._bind_server_socket = bind_and_set
