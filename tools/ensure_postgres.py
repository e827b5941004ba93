"""Finds the programs of a PostgreSQL that tests start for themselves, or installs Debian's where that is possible.

Exits with one sentence where they cannot be had: the tests are never skipped.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.ensure_browser import install

# Where Debian keeps them, a folder a version; it does not put them on PATH.
DEBIAN = Path("/usr/lib/postgresql")
MISSING = "PostgreSQL not found: install it (Debian: apt-get install postgresql), then try again."


def find_postgres() -> Path | None:
    """The folder of initdb and pg_ctl."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    installed = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else None


def main() -> None:
    if find_postgres() is None:
        install(["--no-install-recommends", "postgresql"], lambda: find_postgres() is None)
    if find_postgres() is None:
        sys.exit(MISSING)


if __name__ == "__main__":
    main()
