"""Tries every Python version that coachroom is for, as far as this machine has it: python -m tests.pythons

Each gets a fresh environment with the packages of requirements.lock and the wheel; `coachroom run` starts the app.
The first one that is found starts it in every other way too, with uvx and pipx where they are here. Each start is in
an empty folder, followed by a client's first two clicks, over plain HTTP and in Chromium. Exit status 1 if one fails.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Error, sync_playwright

from tests.journeys.browser import DEVICES, GRANTED, chromium
from tests.server import ROOT, free_port
from tests.ways import (
    TOOLS,
    WAYS,
    Command,
    build_wheel,
    click_in,
    command_for,
    make_the_first_two_clicks,
    quietly,
    scripts,
    started,
    tool_command,
)

# Kept between runs; an environment is made again when the lock changes.
FOLDER = ROOT / "build" / "pythons"
LOCK = ROOT / "requirements.lock"
CLASSIFIER = "Programming Language :: Python :: 3."
FAILURES = (AssertionError, Error, TimeoutError, httpx.HTTPError)
ASK_VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


def versions() -> list[str]:
    """The versions that pyproject.toml says coachroom is for, and the one after them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    minors = [int(line.removeprefix(CLASSIFIER)) for line in project["classifiers"] if line.startswith(CLASSIFIER)]
    return [f"3.{minor}" for minor in [*minors, max(minors) + 1]]


def find(version: str) -> Path | None:
    """An interpreter of the version; None where this machine has none."""
    for python in _candidates(version):
        asked = subprocess.run([python, "-c", ASK_VERSION], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.startswith(f"{version}."):
            return python
    return None


def _candidates(version: str) -> Iterator[Path]:
    # A virtual environment would be made on top of another one.
    yield Path(getattr(sys, "_base_executable", sys.executable))
    for name in (f"python{version}", "python3", "python"):
        if (found := shutil.which(name)) is not None:
            yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    yield from sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local" / "share" / "uv" / "python"))
    yield from sorted(uv.glob(f"cpython-{version}.*/bin/python"), reverse=True)


def install(python: Path, version: str, wheel: Path) -> Path:
    """An environment with the lock's packages and the wheel; its folder of programs."""
    venv = FOLDER / version
    stamp = venv / "lock.sha256"
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    own = scripts(venv) / "python"
    pip = [own, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != lock:
        shutil.rmtree(venv, ignore_errors=True)
        quietly([python, "-m", "venv", venv], ROOT)
        quietly([*pip, "install", "--no-deps", "--no-compile", "--only-binary", ":all:", "-r", LOCK], ROOT)
        stamp.write_text(lock, encoding="ascii")
    quietly([*pip, "install", "--no-deps", "--force-reinstall", wheel], ROOT)
    quietly([*pip, "check"], ROOT)
    return own.parent


def ways_with(python: Path, version: str, wheel: Path, *, every: bool) -> Iterator[tuple[str, Command | None]]:
    """How the app is started under this version, and by what command; None where the tool for it is not here."""
    programs = install(python, version, wheel)
    (package,) = programs.parent.rglob("site-packages/coachroom")
    for way in WAYS if every else WAYS[:1]:
        yield way, partial(command_for, way, programs, package)
    for tool in TOOLS if every else ():
        yield tool, tool_command(tool, python, wheel)


def make_clicks(command: Command, browser: Browser) -> None:
    """Starts the app in an empty folder and makes a client's first two clicks."""
    port = free_port()
    with tempfile.TemporaryDirectory() as empty, started(Path(empty), command(port), port) as server:
        make_the_first_two_clicks(server, port)
        click_in(browser, server)


def try_version(python: Path, version: str, wheel: Path, browser: Browser, *, every: bool) -> None:
    """Makes the clicks under one version, after every way to start or after the first alone.

    Raises one of FAILURES.
    """
    for way, command in ways_with(python, version, wheel, every=every):
        if command is None:
            print(f"{way}: not on this machine, not tried", flush=True)
            continue
        make_clicks(command, browser)
        print(f"Python {version}, {way}: pages open", flush=True)


def main() -> int:
    failed, every = False, True
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        chromium(playwright, DEVICES, GRANTED) as browser,
    ):
        wheel = build_wheel(Path(folder))
        for version in versions():
            if (python := find(version)) is None:
                print(f"Python {version}: not on this machine, not tried", flush=True)
                continue
            try:
                try_version(python, version, wheel, browser, every=every)
            except FAILURES as error:
                failed = True
                print(f"Python {version}: failed\n{error}", flush=True)
            every = False
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
