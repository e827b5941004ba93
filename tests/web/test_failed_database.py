"""A disk that fills up costs no word that was acknowledged, and no restart by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from coachroom.clock import to_iso, utc_now
from tests.open_server import open_server
from tests.server import start_server


def acknowledged(url: str, room: str, token: str, number: int) -> bool:
    """Delivers one turn."""
    event = {"n": number, "kind": "turn", "sender": "client", "text": f"word {number}", "at": to_iso(utc_now())}
    body = {"token": token, "epoch": "page", "events": [event]}
    answer = httpx.post(f"{url}/room/{room}/events", json=body, headers={"origin": url})
    return answer.status_code == 200 and answer.json()["ack"] == number


def test_a_database_that_failed_ends_the_app_and_the_next_start_has_all_that_was_acknowledged(tmp_path: Path) -> None:
    with open_server(tmp_path) as server:
        room, session, token = server.enter("demo-ana")
        assert all(acknowledged(server.url, room, token, number) for number in range(1, 11))
        server.fill_disk(full=True)
        with pytest.raises(AssertionError, match="StatementError"):
            server.rows("CHECKPOINT")
        # DuckDB answers nothing until it is opened anew, also where space is free again.
        server.fill_disk(full=False)
        answer = httpx.get(f"{server.url}/healthz")
        assert (answer.status_code, answer.json()) == (503, {"status": "database failed"})
        assert server.process.wait(60) == os.EX_IOERR
        log = server.log.read_text().splitlines()
        (sentence,) = [line for line in log if line.startswith("coachroom ends because its database failed")]
        assert "free space on its disk" in sentence
    again = start_server(tmp_path)
    again.stop()
    kept = again.rows("SELECT message FROM conversations WHERE session_id = $1 ORDER BY seq", session)
    assert [message for (message,) in kept] == [f"word {number}" for number in range(1, 11)]


def fill_demo(folder: Path, space: int) -> subprocess.CompletedProcess[str]:
    """Makes the demo's database where no file grows beyond `space` bytes; -1: without limit."""
    script = (
        "import resource, sys; from coachroom.cli.main import main;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), -1)); sys.exit(main(['demo']))"
    )
    bare = {name: value for name, value in os.environ.items() if not name.startswith("COACHROOM_")}
    command = [sys.executable, "-c", script, str(space)]
    return subprocess.run(command, cwd=folder, env=bare, capture_output=True, text=True, check=False)


def test_a_command_that_finds_no_space_names_the_way_out_and_works_once_there_is_some(tmp_path: Path) -> None:
    for space in (4_000, 20_000, 1_000_000):
        done = fill_demo(tmp_path, space)
        assert done.returncode == 2
        sentence = done.stderr.splitlines()[-1]
        assert "File too large" in sentence
        assert "damaged" not in sentence
        assert "doctor" not in sentence
    assert fill_demo(tmp_path, -1).returncode == 0
