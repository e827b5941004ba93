"""How much of a body is read before its sender has shown a right to it, for how long, and from how many at once."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
from collections.abc import Iterator

import httpx
import pytest

from coachroom.rooms.states import EndReason, Session
from coachroom.web import bounded_bodies
from coachroom.web.bounded_bodies import MAX_STRANGERS_BYTES
from tests.services import enter, report_token, said
from tests.simulator.serving import until
from tests.web.fuzzed import PRACTICE, doors
from tests.web.serving import Served

POST_ROUTES = ["/room/x/events", "/room/x/access", "/room/x/tools", "/room/x/undo", "/room/x/briefing", "/sign-in"]


@pytest.fixture
def session(served: Served) -> Iterator[Session]:
    own = enter(served.services, "demo-ben", "tab of ben")
    yield own
    served.services.sessions.end(own.id, EndReason.CLIENT)


@contextlib.contextmanager
def line_to(
    served: Served, path: str, length: int | None, *, method: str = "POST", **headers: str
) -> Iterator[socket.socket]:
    """A connection whose request has begun and whose body is to come; without a length it comes in chunks."""
    body = {"Transfer-Encoding": "chunked"} if length is None else {"Content-Length": str(length)}
    lines = {"Host": "127.0.0.1"} | body | headers
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(head.encode())
        yield line


def status_on(line: socket.socket) -> int:
    return int(line.recv(4096).split()[1])


@pytest.mark.parametrize("path", POST_ROUTES)
def test_a_stranger_is_answered_after_64_kib_and_before_the_rest_has_come(served: Served, path: str) -> None:
    with line_to(served, path, None) as line:
        line.sendall(b"%x\r\n" % 8_000_000 + b"x" * (MAX_STRANGERS_BYTES + 1))
        assert status_on(line) == 413


@pytest.mark.parametrize("path", POST_ROUTES)
def test_a_stranger_who_states_more_is_answered_before_any_of_it_is_read(served: Served, path: str) -> None:
    with line_to(served, path, MAX_STRANGERS_BYTES + 1) as line:
        assert status_on(line) == 413


def test_no_address_of_the_app_waits_for_more_of_a_strangers_body(served: Served, session: Session) -> None:
    addresses = [door for door in doors(served, session) if not door.template.startswith(PRACTICE)]
    answers = {}
    for door in addresses:
        with line_to(served, door.path, 8_000_000, method=door.method) as line:
            line.sendall(b"x" * (MAX_STRANGERS_BYTES + 1))
            answers[door.method, door.template] = status_on(line)
    assert {address for address, status in answers.items() if status >= 500} == set()
    assert answers["POST", "/webhooks/elevenlabs"] == 401
    assert answers["PUT", "/_stcore/upload_file/{session_id}/{file_id}"] == 404


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä"])
def test_a_forged_token_lets_nobody_send_more(served: Served, session: Session, token: str) -> None:
    with line_to(served, f"/room/{session.room_id}/events", 8_000_000, **{"Coachroom-Token": token}) as line:
        line.sendall(b"x" * (MAX_STRANGERS_BYTES + 1))
        assert status_on(line) == 413


def test_the_rooms_page_sends_more_with_its_token_in_the_header(served: Served, session: Session) -> None:
    document = {"epoch": "page-1", "token": "none", "events": [said(1, "x" * 100_000)]}
    headers = {"Coachroom-Token": report_token(served.services, session)}
    address = f"{served.origin}/room/{session.room_id}/events"
    assert httpx.post(address, json=document).status_code == 413
    assert httpx.post(address, json=document, headers=headers).json()["ack"] == 1
    other = {"Coachroom-Token": served.services.tokens.issue_report("another session", "no sign-in")}
    assert httpx.post(address, json=document, headers=other).status_code == 404


@pytest.mark.parametrize("path", POST_ROUTES)
def test_a_body_that_does_not_come_in_time_is_given_up_and_its_connection_closed(
    served: Served, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(bounded_bodies, "BODY_SECONDS", 0.2)
    with line_to(served, path, 100) as line:
        line.sendall(b"{")
        answer = b""
        while part := line.recv(4096):
            answer += part
    assert answer.split()[1] == b"408"


def test_strangers_who_hold_all_their_places_keep_no_room_from_reporting(served: Served, session: Session) -> None:
    events = f"/room/{session.room_id}/events"
    token = report_token(served.services, session)
    content = json.dumps({"token": token, "epoch": "page-1", "events": [said(7, "hello")]}).encode()
    with contextlib.ExitStack() as lines:
        for _ in range(64):
            lines.enter_context(line_to(served, events, 1000)).sendall(b"{")
        refused = until(lambda: (sent := httpx.post(served.origin + events, content=content)).is_error and sent)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        answer = httpx.post(served.origin + events, content=content, headers={"Coachroom-Token": token})
        assert answer.json()["ack"] == 7
        elsewhere = httpx.post(served.origin + events, content=content, headers={"x-forwarded-for": "203.0.113.9"})
        assert elsewhere.json()["ack"] == 7
    until(lambda: httpx.post(served.origin + events, content=content).status_code == 200)


def test_one_session_has_a_few_places(served: Served, session: Session) -> None:
    events = f"/room/{session.room_id}/events"
    proven = {"Coachroom-Token": report_token(served.services, session)}
    with contextlib.ExitStack() as lines:
        for _ in range(8):
            lines.enter_context(line_to(served, events, 1000, **proven)).sendall(b"{")
        until(lambda: httpx.post(served.origin + events, content=b"{}", headers=proven).status_code == 503)


def test_who_goes_before_the_body_has_come_leaves_no_traceback(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for path in POST_ROUTES:
            with line_to(served, path, 1000) as line:
                line.sendall(b"{")
        until(lambda: httpx.post(f"{served.origin}/room/x/events", content=b"{}").status_code == 400)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
