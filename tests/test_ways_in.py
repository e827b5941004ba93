"""Every way to start coachroom from an installed wheel, each in an empty folder, with a client's first two clicks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.server import ROOT, LiveServer, free_port, wait_until_healthy
from tests.web.tabs import began, shown, tab

ANA = "ana.silva@example.com"
BUILD = """
import sys
from setuptools import build_meta
build_meta.build_sdist(sys.argv[1])
"""
NOT_COPIED = shutil.ignore_patterns(".*cache", ".git", ".venv", ".hypothesis", "*.egg-info", "build", "node_modules")


class Reachable(NamedTuple):
    """Where a server of this file listens."""

    port: int
    origin: str


class Installed(NamedTuple):
    """An environment with coachroom's wheel; it takes all other packages from the environment of the tests."""

    python: Path
    package: Path


def quietly(command: Sequence[str | Path], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """As published: a source distribution is made, and a wheel from it."""
    checkout = tmp_path_factory.mktemp("checkout") / "coachroom"
    shutil.copytree(ROOT, checkout, ignore=NOT_COPIED)
    folder = tmp_path_factory.mktemp("built")
    quietly([sys.executable, "-c", BUILD, folder], checkout)
    (source,) = folder.glob("*.tar.gz")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    quietly([*pip, "wheel", "--no-index", "--no-deps", "--no-build-isolation", source], folder)
    (wheel,) = folder.glob("*.whl")
    venv = folder / "venv"
    quietly([sys.executable, "-m", "venv", "--without-pip", venv], folder)
    scripts = venv / ("Scripts" if os.name == "nt" else "bin")
    quietly([*pip, "--python", scripts / "python", "install", "--no-index", "--no-deps", wheel], folder)
    (packages,) = {path.parent for path in venv.rglob("site-packages/coachroom")}
    (packages / "shared.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return Installed(scripts / "python", packages / "coachroom")


@contextmanager
def started(folder: Path, command: Sequence[str | Path], port: int) -> Iterator[LiveServer]:
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
    server = LiveServer(f"http://localhost:{port}", folder / "data" / "coachroom.duckdb", log, process)
    try:
        wait_until_healthy(server)
        yield server
    finally:
        server.stop()


def make_the_first_two_clicks(server: LiveServer, port: int) -> None:
    """Signs in as a demo client and opens a room, as a browser does, and looks at the pages."""
    place = Reachable(port, server.url)
    with httpx.Client(base_url=server.url, headers={"origin": server.url}) as client:
        assert "default-src 'self'" in client.get("/").headers["content-security-policy"]
        for script in ("post_button.js", "widget.js"):
            assert client.get(f"/_stcore/bidi-components/coachroom.coach_box/{script}").status_code == 200
        with tab(place) as page:
            messages = page.run()
        assert "Choose who you want to be" in shown(messages)
        assert began(messages)[0].custom_theme.light.primary_color == "#2f6f62", "the theme is ours"

        assert client.post("/sign-in", data={"email": ANA}).status_code == 303
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
        with tab(place, cookies) as page:
            assert "Open my room" in shown(page.run())

        opened = client.post("/room/create")
        assert opened.status_code == 303
        query = client.get(opened.headers["location"]).headers["location"].partition("?")[2]
        with tab(place, cookies) as page:
            assert "Before you begin" in shown(page.run("Room", query))


@pytest.mark.parametrize("way", ["coachroom run", "uvicorn", "streamlit run asgi.py", "streamlit run Home.py"])
def test_every_way_to_start_it_leads_to_the_same_app(installed: Installed, tmp_path: Path, way: str) -> None:
    port = free_port()
    python, package = installed
    command = {
        "coachroom run": [python.with_name("coachroom"), "run", "--port", str(port)],
        "uvicorn": [python, "-m", "uvicorn", "coachroom.asgi:app", "--port", str(port)],
        "streamlit run asgi.py": [python, "-m", "streamlit", "run", package / "asgi.py", "--server.port", str(port)],
        "streamlit run Home.py": [python, "-m", "streamlit", "run", ROOT / "Home.py", "--server.port", str(port)],
    }[way]
    with started(tmp_path, command, port) as server:
        make_the_first_two_clicks(server, port)
    assert server.rows("SELECT count(*) FROM rooms") == [(1,)]
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
