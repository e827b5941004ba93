"""Third parties' notices are those of the locks."""

from __future__ import annotations

import tomllib

from tests.server import ROOT
from tools.write_notices import NOTICES, notices, script_packages


def test_the_notices_are_those_of_the_locks() -> None:
    assert NOTICES.read_text(encoding="utf-8") == notices(), "run `make docs`"


def test_every_bundled_script_brings_its_license() -> None:
    packages = script_packages()
    assert len(packages) > 100
    # Its package has no license file; package.json names its license.
    assert [package.name for package in packages if not package.text] == ["@bufbuild/protobuf"]


def test_production_does_without_the_speech_library() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "espeakng" not in lock
    assert not [name for name in project["dependencies"] if name.startswith("espeakng")]
    assert "espeakng" in (ROOT / "requirements-voice.lock").read_text(encoding="utf-8"), "make run installs it"
