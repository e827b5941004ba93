"""Every way to start coachroom from an installed wheel, each in an empty folder, with a client's first two clicks."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.server import free_port
from tests.ways import PIP, WAYS, build_wheel, command_for, make_the_first_two_clicks, quietly, scripts, started


class Installed(NamedTuple):
    """An environment with coachroom's wheel; it takes all other packages from the environment of the tests."""

    programs: Path
    package: Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("built")
    wheel = build_wheel(folder)
    venv = folder / "venv"
    quietly([sys.executable, "-m", "venv", "--without-pip", venv], folder)
    python = scripts(venv) / "python"
    quietly([*PIP, "--python", python, "install", "--no-index", "--no-deps", wheel], folder)
    (package,) = venv.rglob("site-packages/coachroom")
    (package.parent / "shared.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return Installed(python.parent, package)


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_start_it_leads_to_the_same_app(installed: Installed, tmp_path: Path, way: str) -> None:
    port = free_port()
    with started(tmp_path, command_for(way, installed.programs, installed.package, port), port) as server:
        make_the_first_two_clicks(server, port)
    assert server.rows("SELECT count(*) FROM rooms") == [(1,)]
    assert "Traceback" not in server.log.read_text(encoding="utf-8")
