"""The relay between Playwright and Firefox changes one answer, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.engines.bidi import NOT_NEEDED
from tests.engines.firefox import RELAY

# Says where it listens, knows no command that begins with "emulation", and repeats all others.
FIREFOX = """
import json, sys
from websockets.sync.server import serve

def answer(line):
    for message in line:
        asked = json.loads(message)
        if asked["method"].startswith("emulation"):
            line.send(json.dumps({"type": "error", "id": asked["id"], "error": "unknown command"}))
        else:
            line.send(json.dumps({"type": "success", "id": asked["id"], "result": {"said": sys.argv[1:]}}))

with serve(answer, "127.0.0.1", 0) as server:
    print("Something else", file=sys.stderr)
    print(f"WebDriver BiDi listening on ws://127.0.0.1:{server.socket.getsockname()[1]}", file=sys.stderr, flush=True)
    server.serve_forever()
"""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[ClientConnection]:
    """As Playwright has it, through the relay."""
    program = tmp_path / "firefox.py"
    program.write_text(FIREFOX, encoding="utf-8")
    command = [sys.executable, str(RELAY), sys.executable, str(program), "--headless"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as relay:
        assert relay.stderr is not None
        try:
            assert relay.stderr.readline() == "Something else\n"
            listens = re.search(r"listening on (ws://\S+)", relay.stderr.readline())
            assert listens is not None
            with connect(f"{listens[1]}/session") as line:
                yield line
        finally:
            relay.terminate()


def _ask(line: ClientConnection, number: int, method: str) -> dict:
    line.send(json.dumps({"id": number, "method": method, "params": {}}))
    return json.loads(line.recv(timeout=10))


def test_what_a_visit_can_do_without_is_done_and_all_else_is_as_firefox_says(line: ClientConnection) -> None:
    assert _ask(line, 1, "session.new") == {"type": "success", "id": 1, "result": {"said": ["--headless"]}}
    assert _ask(line, 2, NOT_NEEDED) == {"type": "success", "id": 2, "result": {}}
    assert _ask(line, 3, "emulation.setLocaleOverride")["error"] == "unknown command"
