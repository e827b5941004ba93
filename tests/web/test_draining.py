"""A server that is told to stop lets go of its pages first: what a proxy and the pages see of it, in their order."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.open_server import until
from tests.server import STOP_SECONDS, LiveServer, start_server

SERVICE_RESTARTS = 1012


def health(server: LiveServer) -> tuple[int, str]:
    answer = httpx.get(f"{server.url}/healthz")
    return answer.status_code, answer.json()["status"]


def test_health_says_so_first_then_pages_move_then_it_ends(tmp_path: Path) -> None:
    server = start_server(tmp_path, {"COACHROOM_DRAIN_SECONDS": "6"})
    try:
        with connect(f"ws{server.url.removeprefix('http')}/_stcore/stream", origin=server.url) as page:
            assert health(server) == (200, "ok")
            server.process.send_signal(signal.SIGTERM)
            until(lambda: health(server) == (503, "draining"))
            # Who is here already goes on being served.
            assert page.ping().wait(5)
            assert httpx.get(server.url).status_code == 200
            with pytest.raises(ConnectionClosed) as closed:
                page.recv(timeout=20)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == SERVICE_RESTARTS
            assert health(server) == (503, "draining")
        server.process.wait(STOP_SECONDS)
    finally:
        server.kill()
    # As by SIGTERM alone.
    assert server.process.returncode in {0, -signal.SIGTERM}


def test_told_a_second_time_it_ends_at_once(tmp_path: Path) -> None:
    server = start_server(tmp_path, {"COACHROOM_DRAIN_SECONDS": "600"})
    server.process.send_signal(signal.SIGTERM)
    until(lambda: health(server) == (503, "draining"))
    server.stop()
