"""While PostgreSQL is away a page says so in the place of grey bars, and is there again once the database is."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from coachroom.web.unreachable_page import unreachable_page
from tests.deployed import DEPLOY
from tests.open_server import until
from tests.postgres_cluster import USER, running_cluster, start_cluster, stop_cluster
from tests.server import LiveServer, running_server


def page_socket(server: LiveServer, cookie: str) -> ClientConnection:
    address = server.url.replace("http", "ws") + "/_stcore/stream"
    return connect(address, origin=Origin(server.url), additional_headers={"Cookie": cookie}, open_timeout=60)


def test_a_page_says_that_the_database_is_away_and_is_there_again_with_it(tmp_path: Path) -> None:
    with running_cluster({"listen_addresses": ""}) as cluster:
        database = f"postgresql://{USER}@/postgres?host={quote(str(cluster), safe='')}"
        with running_server(tmp_path, {"COACHROOM_DATABASE": database}) as server:
            goals = f"{server.url}/Goals"
            signed_in = httpx.post(
                f"{server.url}/sign-in", data={"email": "ana.silva@example.com"}, headers={"origin": server.url}
            )
            (cookie,) = (f"{name}={value}" for name, value in signed_in.cookies.items())
            assert httpx.get(goals).status_code == 200
            stop_cluster(cluster)
            until(lambda: httpx.get(goals).status_code == 503)
            away = httpx.get(goals)
            assert "<h1>Your coaching room cannot be reached</h1>" in away.text
            assert away.headers["cache-control"] == "no-store"
            assert httpx.head(goals).status_code == 503
            # What needs no database is there.
            assert httpx.get(f"{server.url}/Nonsense").status_code == 404
            assert httpx.get(f"{server.url}/offline").status_code == 200
            with pytest.raises(InvalidStatus, match="503"):
                page_socket(server, cookie)
            start_cluster(cluster)
            until(lambda: httpx.get(goals).status_code == 200)
            assert "Exception in ASGI application" not in server.log.read_text(encoding="utf-8")


def test_the_proxy_shows_the_same_page_by_itself() -> None:
    assert (DEPLOY / "unreachable.html").read_bytes() == unreachable_page().body, "`make docs` writes it anew"
