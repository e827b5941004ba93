"""Finds the Chromium that the journeys drive, or installs Debian's where that is possible.

Prints its path. Exits with one sentence where no browser can be had: the journeys are never skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
# Waits for another installation to end.
APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300")


def find_browser() -> str | None:
    """The path of an installed Chromium: TEST_BROWSER, or the first on PATH."""
    named = os.environ.get("TEST_BROWSER")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


def install(packages: list[str], missing: Callable[[], object]) -> None:
    """Installs Debian's packages, from fresh lists where what the machine knows of them is too old.

    Does nothing where we are not root or there is no apt.
    """
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install_them = [*APT, "install", "-y", *packages]
    for command in (install_them, [*APT, "update"], install_them):
        # Nothing in these commands is from outside.
        subprocess.run(command, check=False, env=environment, stdout=sys.stderr)  # noqa: S603
        if not missing():
            return


def main() -> None:
    if find_browser() is None:
        install(["chromium"], lambda: find_browser() is None)
    path = find_browser()
    if path is None:
        sys.exit("The browser journeys need Chromium: install it (Debian: apt-get install chromium), then try again.")
    sys.stdout.write(path + "\n")


if __name__ == "__main__":
    main()
