"""Tries every Python version that coachroom is for, as far as this machine has it: python -m tests.pythons

Each gets a fresh environment with the packages of requirements.lock and the wheel; the app is started in an empty
folder and asked for its pages. Exit status 1 if one version fails.
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
from pathlib import Path

from tests.server import ROOT, free_port
from tests.ways import build_wheel, make_the_first_two_clicks, quietly, scripts, started

# Kept between runs; an environment is made again when the lock changes.
FOLDER = ROOT / "build" / "pythons"
LOCK = ROOT / "requirements.lock"
CLASSIFIER = "Programming Language :: Python :: 3."
ASK_VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


def versions() -> list[str]:
    """The versions that pyproject.toml says coachroom is for, and the one after them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    minors = [int(line.removeprefix(CLASSIFIER)) for line in project["classifiers"] if line.startswith(CLASSIFIER)]
    return [f"3.{minor}" for minor in [*minors, max(minors) + 1]]


def find(version: str) -> tuple[Path, str] | None:
    """An interpreter of the version, and its full version; None where this machine has none."""
    for python in _candidates(version):
        asked = subprocess.run([python, "-c", ASK_VERSION], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.startswith(f"{version}."):
            return python, asked.stdout.strip()
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


def try_version(python: Path, version: str, wheel: Path) -> None:
    """Starts the app under one version and makes a client's first two clicks. Raises AssertionError."""
    programs = install(python, version, wheel)
    port = free_port()
    with tempfile.TemporaryDirectory() as empty:
        command = [programs / "coachroom", "run", "--port", str(port)]
        with started(Path(empty), command, port) as server:
            make_the_first_two_clicks(server, port)


def main() -> int:
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder))
        for version in versions():
            found = find(version)
            if found is None:
                print(f"Python {version}: not on this machine, not tried", flush=True)
                continue
            python, full = found
            try:
                try_version(python, version, wheel)
            except AssertionError as error:
                failed = True
                print(f"Python {full}: failed\n{error}", flush=True)
            else:
                print(f"Python {full}: installed and started, pages open", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
