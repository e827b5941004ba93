"""coachroom as it is published: its wheel, each way to start it, and a client's first two clicks there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import httpx
from playwright.sync_api import Browser, expect

from tests.journeys.browser import Witness, one_person
from tests.journeys.steps import sign_in
from tests.server import ROOT, LiveServer, wait_until_healthy
from tests.web.tabs import began, shown, tab

ANA, NAME = "ana.silva@example.com", "Ana Silva"
WAYS = ("coachroom run", "uvicorn", "streamlit run asgi.py", "streamlit run Home.py")
# A page that runs for the first time imports what it needs, and in a fresh environment compiles it.
FIRST_ANSWER_SECONDS = 90.0
TOOLS = ("uvx", "pipx run")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
BUILD = """
import sys
from setuptools import build_meta
build_meta.build_sdist(sys.argv[1])
"""
NOT_COPIED = shutil.ignore_patterns(".*cache", ".git", ".venv", ".hypothesis", "*.egg-info", "build", "node_modules")


# What starts coachroom so that it listens on the port.
Command = Callable[[int], Sequence[str | Path]]


class Reachable(NamedTuple):
    """Where a server listens."""

    port: int
    origin: str


def quietly(command: Sequence[str | Path], folder: Path) -> None:
    """Runs a command that must succeed; what it printed is the error's text."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def build_wheel(folder: Path) -> Path:
    """Makes a source distribution from a copy of this checkout, and a wheel from that, both in `folder`."""
    checkout = folder / "checkout"
    shutil.copytree(ROOT, checkout, ignore=NOT_COPIED)
    quietly([sys.executable, "-c", BUILD, folder], checkout)
    (source,) = folder.glob("*.tar.gz")
    quietly([*PIP, "wheel", "--no-index", "--no-deps", "--no-build-isolation", source], folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def scripts(venv: Path) -> Path:
    """The folder of an environment's programs."""
    return venv / ("Scripts" if os.name == "nt" else "bin")


def command_for(way: str, programs: Path, package: Path, port: int) -> list[str | Path]:
    """What starts coachroom in one of the ways, from the environment with these programs and this package."""
    python = programs / "python"
    return {
        "coachroom run": [programs / "coachroom", "run", "--port", str(port)],
        "uvicorn": [python, "-m", "uvicorn", "coachroom.asgi:app", "--port", str(port)],
        "streamlit run asgi.py": [python, "-m", "streamlit", "run", package / "asgi.py", "--server.port", str(port)],
        "streamlit run Home.py": [python, "-m", "streamlit", "run", ROOT / "Home.py", "--server.port", str(port)],
    }[way]


def tool_command(tool: str, python: Path, wheel: Path) -> Command | None:
    """What starts the wheel by a tool that makes an environment of its own; None where the tool is not here."""
    program = shutil.which(tool.partition(" ")[0])
    if program is None:
        return None
    source = {"uvx": ["--from", wheel], "pipx run": ["--spec", wheel]}[tool]
    command = [program, *tool.split()[1:], "--python", python, *source, "coachroom"]
    # The packages are fetched now, so that the start is a start.
    quietly([*command, "--help"], wheel.parent)
    return partial(_with_port, [*command, "run"])


def _with_port(command: Sequence[str | Path], port: int) -> list[str | Path]:
    return [*command, "--port", str(port)]


@contextmanager
def started(folder: Path, command: Sequence[str | Path], port: int) -> Iterator[LiveServer]:
    """A server that `command` starts in `folder`, where it leaves its database and its log; stopped in the end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COACHROOM_", "PYTHON"))}
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment | {"COACHROOM_DEMO_COMMUNITY": "false"},
            stdout=output,
            stderr=output,
        )
    server = LiveServer(f"http://localhost:{port}", folder / "data", log, process)
    try:
        wait_until_healthy(server)
        yield server
    finally:
        server.stop()


def make_the_first_two_clicks(server: LiveServer, port: int) -> None:
    """Signs in as a demo client and opens a room, as a browser does, and looks at the pages."""
    place = Reachable(port, server.url)
    with httpx.Client(base_url=server.url, headers={"origin": server.url}, timeout=FIRST_ANSWER_SECONDS) as client:
        assert "default-src 'self'" in client.get("/").headers["content-security-policy"]
        for script in ("post_button.js", "widget.js"):
            assert client.get(f"/_stcore/bidi-components/coachroom.agent_box/{script}").status_code == 200
        with tab(place) as page:
            messages = page.run(seconds=FIRST_ANSWER_SECONDS)
        assert "Choose who you want to be" in shown(messages)
        assert began(messages)[0].custom_theme.light.primary_color == "#2f6f62", "the theme is ours"

        assert client.post("/sign-in", data={"email": ANA}).status_code == 303
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
        with tab(place, cookies) as page:
            assert "Open my room" in shown(page.run(seconds=FIRST_ANSWER_SECONDS))

        opened = client.post("/room/create")
        assert opened.status_code == 303
        query = client.get(opened.headers["location"]).headers["location"].partition("?")[2]
        with tab(place, cookies) as page:
            assert "Before you begin" in shown(page.run("Room", query, seconds=FIRST_ANSWER_SECONDS))


def click_in(browser: Browser, server: LiveServer) -> None:
    """The same two clicks in Chromium, where nothing may go wrong on the way."""
    with one_person(browser) as context:
        witness, page = Witness(context), context.new_page()
        sign_in(page, server.url, NAME)
        page.get_by_role("button", name="my room").click()
        expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()
        assert witness.seen == []
