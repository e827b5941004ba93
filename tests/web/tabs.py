"""Browser tabs without a browser: Streamlit's own protocol over its socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Navigation_pb2 import Navigation
from websockets.sync.client import ClientConnection, connect

from coachroom.app.container import Services
from coachroom.web.identity import SIGN_IN_COOKIE
from tests.services import sign_in
from tests.web.serving import Served

SECONDS = 20.0


class Tab:
    """A room page without a browser: Streamlit's own protocol over its socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.session_id = ""

    def run(
        self,
        page: str = "",
        query: str = "",
        fragment: str = "",
        *,
        hash: str = "",
        url: str = "",
        seconds: float = SECONDS,
    ) -> list[ForwardMsg]:
        """Asks for a page, by its name or its script's hash, and waits until it has run.

        `url`: what stands in the browser's field for addresses.
        """
        message = BackMsg()
        message.rerun_script.page_script_hash = hash
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        message.rerun_script.fragment_id = fragment
        message.rerun_script.context_info.url = url
        self._connection.send(message.SerializeToString())
        return self.next_run(seconds)

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
def tab(served: Served, cookies: str = "", forwarded_for: str = "", **more: Any) -> Iterator[Tab]:
    address = f"ws://localhost:{served.port}/_stcore/stream"
    given = {"Cookie": cookies, "X-Forwarded-For": forwarded_for}
    headers = {name: value for name, value in given.items() if value}
    with connect(address, origin=served.origin, additional_headers=headers, max_size=None, **more) as connection:
        yield Tab(connection)


def sign_in_cookie(services: Services, email: str) -> str:
    """The Cookie header of a demo person who has just signed in."""
    return f"{SIGN_IN_COOKIE}={services.tokens.issue_sign_in(sign_in(services, email))}"


@contextmanager
def tab_of(served: Served, email: str) -> Iterator[Tab]:
    with tab(served, sign_in_cookie(served.services, email)) as opened:
        yield opened


def shown(messages: list[ForwardMsg]) -> str:
    return "\n".join(str(message.delta) for message in messages if message.WhichOneof("type") == "delta")


def titles(messages: list[ForwardMsg]) -> list[str]:
    elements = [message.delta.new_element for message in messages if message.WhichOneof("type") == "delta"]
    return [element.heading.body for element in elements if element.heading.tag == "h1"]


def navigation(messages: list[ForwardMsg]) -> Navigation:
    """The pages that there are for this visitor, and the one that is shown."""
    (found,) = [message.navigation for message in messages if message.WhichOneof("type") == "navigation"]
    return found


def began(messages: list[ForwardMsg]) -> list[Any]:
    return [message.new_session for message in messages if message.WhichOneof("type") == "new_session"]
