"""The two pages of a human coach's visit without browsers: JSON over their sockets."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin
from websockets.uri import parse_uri

from coachroom.app.live import ask_to_join
from coachroom.clock import new_secret_id, utc_now
from coachroom.live.states import Join
from coachroom.rooms.states import Session
from tests.services import enter, report_token, status
from tests.web.serving import Served
from tests.web.tabs import sign_in_cookie
from tests.web.test_routes import report

BEN, CARLA = "ben.okafor@example.com", "carla.mendes@example.com"
SECONDS = 10.0


class LivePage:
    """One page's socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, type: str, **fields: Any) -> None:
        self.connection.send(json.dumps({"type": type, **fields}))

    def next(self, type: str, seconds: float = SECONDS) -> dict[str, Any]:
        """The next message of this type; those before it are passed over."""
        while True:
            message: dict[str, Any] = json.loads(self.connection.recv(timeout=seconds))
            if message["type"] == type:
                return message

    def rest(self, seconds: float = SECONDS) -> tuple[list[dict[str, Any]], int, str]:
        """All messages until the server closes the socket, its code and its reason."""
        messages = []
        try:
            while True:
                messages.append(json.loads(self.connection.recv(timeout=seconds)))
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return messages, closed.rcvd.code, closed.rcvd.reason

    def closed(self, seconds: float = SECONDS) -> tuple[int, str]:
        """How the server closes the socket."""
        return self.rest(seconds)[1:]


@contextmanager
def live_page(served: Served, path: str, email: str | None, *, cookies: str | None = None) -> Iterator[LivePage]:
    """A socket that was opened as this person, who has said nothing yet."""
    given = cookies if cookies is not None else sign_in_cookie(served.services, email) if email else ""
    headers = {"Cookie": given} if given else {}
    address = f"ws://localhost:{served.port}{path}"
    with connect(address, origin=served.origin, additional_headers=headers, max_size=None) as connection:
        yield LivePage(connection)


@contextmanager
def asleep(served: Served, path: str, email: str) -> Iterator[socket.socket]:
    """A page that has entered and whose computer takes nothing from then on, not even a ping."""
    with socket.socket() as sock:
        # Little fits into what nobody reads.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("localhost", served.port))
        page = ClientProtocol(parse_uri(f"ws://localhost:{served.port}{path}"), origin=Origin(served.origin))
        request = page.connect()
        request.headers["Cookie"] = sign_in_cookie(served.services, email)
        page.send_request(request)
        sock.sendall(b"".join(page.data_to_send()))
        while page.state is not State.OPEN:
            page.receive_data(sock.recv(4096))
            page.events_received()
        page.send_text(b'{"type": "enter"}')
        sock.sendall(b"".join(page.data_to_send()))
        yield sock


@contextmanager
def client_page(served: Served, session: Session, email: str = BEN, token: str | None = None) -> Iterator[LivePage]:
    with live_page(served, f"/room/{session.room_id}/live", email) as page:
        page.send("enter", token=report_token(served.services, session) if token is None else token)
        yield page


@contextmanager
def coach_page(served: Served, join_id: str, email: str = CARLA) -> Iterator[LivePage]:
    with live_page(served, f"/live/{join_id}", email) as page:
        page.send("enter")
        yield page


def talking(served: Served, client: str = "demo-ben") -> Session:
    """An open session of the client's in which the AI coach was reached."""
    session = enter(served.services, client, f"tab of {client}")
    talk(served, session)
    return session


def talk(served: Served, session: Session) -> None:
    """The AI coach is reached."""
    call = f"conv_{new_secret_id()}"
    assert report(served, session, status(1, "connected", utc_now(), call)).status_code == 200


def asked(served: Served, session: Session, email: str = CARLA) -> Join:
    person = served.services.people.find(email)
    assert person is not None
    return ask_to_join(served.services, person, session.id, "You asked me to listen in.")


def admitted(served: Served, session: Session) -> Join:
    join = asked(served, session)
    return served.services.joins.answer(join.id, session.client_id, admit=True)
