"""Writes what comes from the code: the settings' table of docs/, and the page that haproxy shows by itself."""

from __future__ import annotations

from pathlib import Path

from coachroom.settings import as_markdown
from coachroom.web.unreachable_page import unreachable_page

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "docs" / "settings.md"
UNREACHABLE = ROOT / "deploy" / "unreachable.html"
HEAD = """# Settings

Environment variables, or lines of a file `.env` in the folder where coachroom is started.
`python -m coachroom doctor` shows those in force. Made by `make docs`.

"""


def main() -> None:
    SETTINGS.write_text(HEAD + as_markdown(), encoding="utf-8")
    UNREACHABLE.write_bytes(unreachable_page().body)


if __name__ == "__main__":
    main()
