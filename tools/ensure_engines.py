"""Finds what the visits in Firefox and WebKitGTK need, or installs Debian's where that is possible.

python -m tools.ensure_engines firefox          Firefox, and a sound system that needs no loudspeaker
python -m tools.ensure_engines firefox webkit   also WebKitGTK, and a screen that needs no monitor
Exits with one sentence that names what is missing: the visits are never skipped.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.ensure_browser import install


@dataclass(frozen=True)
class Need:
    """Something that a visit needs.

    `places` are names of programs, or patterns of paths below /; one of them is enough. `variable` may name another.
    A program that says a version below `version` is none.
    """

    name: str
    places: tuple[str, ...]
    packages: tuple[str, ...]
    variable: str = ""
    version: int = 0

    def find(self) -> str | None:
        """The path of the first that is here and new enough."""
        named = os.environ.get(self.variable)
        here = (path for path in map(_find, self.places) if path and self._new_enough(path))
        return named or next(here, None)

    def _new_enough(self, path: str) -> bool:
        return not self.version or _version_of(path) >= self.version


# Older ones do not know all that Playwright asks for.
FIREFOX = Need("Firefox 153", ("firefox-esr", "firefox"), ("firefox-esr",), "TEST_FIREFOX", 153)
PULSEAUDIO = Need("PulseAudio", ("pulseaudio",), ("pulseaudio",))
RECORDER = Need("PulseAudio's recorder parec", ("parec",), ("pulseaudio-utils",))
WEBKIT_DRIVER = Need("WebKitWebDriver", ("WebKitWebDriver",), ("webkit2gtk-driver",))
MINI_BROWSER = Need(
    "WebKitGTK's MiniBrowser", ("usr/lib/*/webkit2gtk-4.1/MiniBrowser",), ("libwebkit2gtk-4.1-0", "webkit2gtk-driver")
)
XVFB = Need("Xvfb", ("Xvfb",), ("xvfb",))
GSTREAMER = Need(
    "GStreamer's sound and camera plugins",
    ("usr/lib/*/gstreamer-1.0/libgstpulseaudio.so",),
    ("gstreamer1.0-pulseaudio", "gstreamer1.0-plugins-good", "gstreamer1.0-plugins-bad"),
)
SOUND = (PULSEAUDIO, RECORDER)
NEEDS = {
    "firefox": (FIREFOX, *SOUND),
    "webkit": (WEBKIT_DRIVER, MINI_BROWSER, XVFB, GSTREAMER, *SOUND),
}


def _version_of(program: str) -> int:
    """The first number of the version that a program says; 0 where it says none."""
    # The program is one that was found here.
    said = subprocess.run([program, "--version"], check=False, capture_output=True, text=True).stdout  # noqa: S603
    found = re.search(r"(\d+)\.", said)
    return int(found[1]) if found else 0


def _find(place: str) -> str | None:
    if "/" not in place:
        return shutil.which(place)
    return next((str(path) for path in sorted(Path("/").glob(place))), None)


def missing(engines: list[str]) -> list[Need]:
    """What these engines' visits need and this machine has not."""
    needs = dict.fromkeys(need for engine in engines for need in NEEDS[engine])
    return [need for need in needs if need.find() is None]


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("engines", nargs="+", choices=NEEDS)
    engines: list[str] = parser.parse_args(arguments).engines
    if lacking := missing(engines):
        packages = [package for need in lacking for package in need.packages]
        install(["--no-install-recommends", *packages], lambda: missing(engines))
    if lacking := missing(engines):
        names = ", ".join(need.name for need in lacking)
        packages = [package for need in lacking for package in need.packages]
        sys.exit(
            f"The visits in {' and '.join(engines)} need what this machine has not: {names}. "
            f"Install it (Debian: apt-get install {' '.join(packages)}), then try again."
        )


if __name__ == "__main__":
    main(sys.argv[1:])
