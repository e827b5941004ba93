"""Browser tabs without a browser: Streamlit's own protocol over its socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.web.serving import Served

SECONDS = 20.0


class Tab:
    """A room page without a browser: Streamlit's own protocol over its socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.session_id = ""

    def run(self, page: str = "", query: str = "", fragment: str = "") -> list[ForwardMsg]:
        """Asks for a page and waits until it has run."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        message.rerun_script.fragment_id = fragment
        self._connection.send(message.SerializeToString())
        return self.next_run()

    def next_run(self, seconds: float = SECONDS) -> list[ForwardMsg]:
        """Waits for a whole run of the page, whoever asked for it."""
        seen: list[ForwardMsg] = []
        deadline = time.monotonic() + seconds
        while True:
            message = ForwardMsg()
            message.ParseFromString(self._connection.recv(timeout=max(0.0, deadline - time.monotonic())))
            seen.append(message)
            if message.WhichOneof("type") == "new_session":
                self.session_id = message.new_session.initialize.session_id
            if message.WhichOneof("type") == "script_finished":
                return seen


@contextmanager
def tab(served: Served, cookies: str = "", **more: Any) -> Iterator[Tab]:
    address = f"ws://localhost:{served.port}/_stcore/stream"
    headers = {"Cookie": cookies} if cookies else {}
    with connect(address, origin=served.origin, additional_headers=headers, max_size=None, **more) as connection:
        yield Tab(connection)


@contextmanager
def tab_of(served: Served, email: str) -> Iterator[Tab]:
    with tab(served, f"coachroom_demo={served.services.tokens.issue_sign_in(email)}") as opened:
        yield opened


def shown(messages: list[ForwardMsg]) -> str:
    return "\n".join(str(message.delta) for message in messages if message.WhichOneof("type") == "delta")


def began(messages: list[ForwardMsg]) -> list[Any]:
    return [message.new_session for message in messages if message.WhichOneof("type") == "new_session"]
