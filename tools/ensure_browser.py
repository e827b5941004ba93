"""Finds the Chromium that the journeys drive, or installs Debian's where that is possible.

Prints its path. Exits with one sentence where no browser can be had: the journeys are never skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")


def find_browser() -> str | None:
    """The path of an installed Chromium: TEST_BROWSER, or the first on PATH."""
    named = os.environ.get("TEST_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def install_browser() -> None:
    """Installs Debian's Chromium; does nothing where we are not root or there is no apt."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "install", "-y", "chromium"]):
        subprocess.run(command, check=False, env=environment, stdout=sys.stderr)  # noqa: S603


def main() -> None:
    if find_browser() is None:
        install_browser()
    path = find_browser()
    if path is None:
        sys.exit("The browser journeys need Chromium: install it (Debian: apt-get install chromium), then try again.")
    sys.stdout.write(path + "\n")


if __name__ == "__main__":
    main()
