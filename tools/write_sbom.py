"""Writes what coachroom is made of, from the locks, as CycloneDX: python -m tools.write_sbom [FOLDER]"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.build_assets import ROOT, npm_command

FOLDER = ROOT / "build" / "sbom"


def write_sbom(folder: Path) -> tuple[Path, Path]:
    """One file for the Python packages of an installation, one for what the browser scripts are made of."""
    folder.mkdir(parents=True, exist_ok=True)
    python, browser = folder / "python.cdx.json", folder / "browser.cdx.json"
    from_lock = ["requirements", "requirements.lock", "--output-reproducible", "--output-format", "JSON"]
    _run([sys.executable, "-m", "cyclonedx_py", *from_lock, "-o", str(python)])
    of_npm = ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--omit", "dev"]
    browser.write_text(_run([*npm_command(), *of_npm]), encoding="utf-8")
    return python, browser


def _run(command: list[str]) -> str:
    # The commands are the two above, with nothing in them from outside.
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603


if __name__ == "__main__":
    for path in write_sbom(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER):
        sys.stdout.write(f"{path}\n")
