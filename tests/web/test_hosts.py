"""Only our own names lead to us: a strange name for this machine must not make its page one of ours."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from tests.server import running_server
from tests.web.serving import Served


def test_a_strange_host_name_is_refused_on_every_door(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        strange = {"host": "evil.example", "origin": "http://evil.example"}
        for method, path in [("GET", "/"), ("GET", "/metrics"), ("POST", "/sign-in"), ("POST", "/room/create")]:
            assert httpx.request(method, server.url + path, headers=strange).status_code == 421, path
        assert httpx.get(server.url + "/healthz").json() == {"status": "ok", "agent": "practice"}
        upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
        key = {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
        socket = f"{server.url}/practice/v1/convai/conversation?agent_id=a"
        assert httpx.get(socket, headers=strange | upgrade | key).status_code == 403


@pytest.mark.parametrize(
    "given",
    [
        ["{name}."],
        ["{name}.:{port}"],
        ["{name}:"],
        ["{name}:{port}", "evil.example"],
        ["evil.example", "{name}"],
        ["me@{name}"],
        ["{name}:{port}:1"],
        ["{name}:9999999"],
        ["{name}/"],
        [""],
        ["[{name}]"],
        ["{name} evil.example"],
        [],
    ],
)
def test_our_name_in_a_loose_form_is_refused(served: Served, given: list[str]) -> None:
    name, port = served.origin.removeprefix("http://").split(":")
    lines = "".join(f"Host: {host.format(name=name, port=port)}\r\n" for host in given)
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        connection.sendall(f"GET /healthz HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.split()[1] in {b"421", b"400"}, answer


@pytest.mark.parametrize("given", ["{name}", "{name}:{port}", "localhost", "LOCALHOST:{port}", "[::1]:{port}"])
def test_our_name_in_its_strict_form_is_taken(served: Served, given: str) -> None:
    name, port = served.origin.removeprefix("http://").split(":")
    answer = httpx.get(served.origin + "/healthz", headers={"host": given.format(name=name, port=port)})
    assert answer.status_code == 200


def test_component_files_are_fetched_once(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        address = f"{server.url}/_stcore/bidi-components/coachroom.agent_box/"
        for name in ("agent_box.js", "room.css", "agent.svg", "widget.js"):
            first = httpx.get(address + name)
            assert first.status_code == 200, name
            again = httpx.get(address + name, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert "content-security-policy" in again.headers
        other = httpx.get(address + "room.css", headers={"if-none-match": '"of another version"'})
        assert other.status_code == 200
