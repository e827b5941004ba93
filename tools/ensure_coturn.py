"""Finds the TURN server that tests start for themselves, or installs Debian's where that is possible.

Exits with one sentence where it cannot be had: the tests are never skipped.
"""

from __future__ import annotations

import shutil
import sys

from tools.ensure_browser import install

MISSING = "coturn not found: install it (Debian: apt-get install coturn), then try again."


def find_coturn() -> str | None:
    """The path of turnserver."""
    return shutil.which("turnserver")


def main() -> None:
    if find_coturn() is None:
        install(["--no-install-recommends", "coturn"], lambda: find_coturn() is None)
    if find_coturn() is None:
        sys.exit(MISSING)


if __name__ == "__main__":
    main()
