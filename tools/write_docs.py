"""Writes the parts of docs/ that come from the code: the settings' table."""

from __future__ import annotations

from pathlib import Path

from coachroom.settings import as_markdown

SETTINGS = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
HEAD = """# Settings

Environment variables, or lines of a file `.env` in the folder where coachroom is started.
`python -m coachroom doctor` shows those in force. Made by `make docs`.

"""


def main() -> None:
    SETTINGS.write_text(HEAD + as_markdown(), encoding="utf-8")


if __name__ == "__main__":
    main()
