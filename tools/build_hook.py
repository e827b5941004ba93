"""What setuptools does more when it builds coachroom: the browser assets, and the files beside the package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import errors
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parents[1]
BUILDER = ROOT / "tools" / "build_assets.py"
NODE_MODULES = ROOT / "node_modules"
WIDGET = ROOT / "coachroom" / "ui" / "assets" / "widget.js"
# coachroom/project_files.py finds them; Streamlit reads the names of our components in pyproject.toml.
BESIDE_THE_PACKAGE = ("Home.py", "pages/*.py", ".streamlit/config.toml", "data/*.toml", "pyproject.toml")


def build_assets() -> None:
    """Builds the browser assets where they are missing or old. A source distribution has them and no node_modules."""
    if WIDGET.is_file() and not NODE_MODULES.is_dir():
        return
    # The command has nothing in it from outside.
    done = subprocess.run([sys.executable, str(BUILDER)], stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise errors.ExecError(done.stderr.strip())


class BuildPackage(build_py):
    """Makes what a wheel holds."""

    def run(self) -> None:
        if self.editable_mode:
            super().run()
            return
        build_assets()
        package = Path(self.build_lib) / "coachroom"
        # What an earlier build left here would be in the wheel.
        shutil.rmtree(package, ignore_errors=True)
        super().run()
        for pattern in BESIDE_THE_PACKAGE:
            for path in sorted(ROOT.glob(pattern)):
                target = package / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


class BuildSource(sdist):
    """Makes the source distribution, with the built assets, so that nobody needs Node to install it."""

    def run(self) -> None:
        build_assets()
        super().run()
