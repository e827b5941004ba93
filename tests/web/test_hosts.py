"""Only our own names lead to us: a strange name for this machine must not make its page one of ours."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.server import running_server


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
