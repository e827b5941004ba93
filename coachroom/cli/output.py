"""What commands print: tables, lists, and text that a terminal takes."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

MAX_ROWS_SHOWN = 20
MAX_LINE_CHARS = 120


def cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def clean(text: str) -> str:
    """`text` without control and direction characters: they show as a replacement mark."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def print_everything() -> None:
    """Makes names that the terminal's encoding lacks print as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def print_table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    cells = [[clean(cell) for cell in row] for row in [heading, *rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(heading))]
    numbers = [all(row[place].isdigit() for row in cells[1:]) for place in range(len(heading))]
    for row in cells:
        aligned = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        )
        print("  ".join(aligned).rstrip())


def print_some(heading: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    print(heading)
    for line in lines[:MAX_ROWS_SHOWN]:
        print(f"  {clean(cut(line, MAX_LINE_CHARS))}")
    if len(lines) > MAX_ROWS_SHOWN:
        print(f"  … and {len(lines) - MAX_ROWS_SHOWN} more")
