"""Finds what the visits in Firefox and WebKitGTK need, or installs Debian's where that is possible.

python -m tools.ensure_engines firefox          Firefox, and a sound system that needs no loudspeaker
python -m tools.ensure_engines firefox webkit   also WebKitGTK, and a screen that needs no monitor
Exits with one sentence that names what is missing: the visits are never skipped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.ensure_browser import install


@dataclass(frozen=True)
class Need:
    """Something that a visit needs.

    `places` are names of programs, or patterns of paths below /; one of them is enough. `variable` may name another.
    """

    name: str
    places: tuple[str, ...]
    packages: tuple[str, ...]
    variable: str = ""

    def find(self) -> str | None:
        """The path of the first that is here."""
        named = os.environ.get(self.variable)
        return named or next(filter(None, map(_find, self.places)), None)


FIREFOX = Need("Firefox", ("firefox-esr", "firefox"), ("firefox-esr",), "TEST_FIREFOX")
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
