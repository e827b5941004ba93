"""What commands print: tables, lists, and text that a terminal takes."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import BinaryIO, cast

MAX_ROWS_SHOWN = 20
MAX_LINE_CHARS = 120


class Output(io.RawIOBase):
    """Bytes that a running app sends to whoever asked for the command."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        super().__init__()
        self._send = send

    def writable(self) -> bool:
        return True

    def write(self, content: bytes | bytearray | memoryview, /) -> int:  # type: ignore[override]
        self._send(bytes(content))
        return len(content)


_elsewhere: ContextVar[tuple[Output, Output] | None] = ContextVar("elsewhere", default=None)


@contextmanager
def to(output: Output, errors: Output) -> Iterator[None]:
    """Within it commands print to these."""
    token = _elsewhere.set((output, errors))
    try:
        yield
    finally:
        _elsewhere.reset(token)


def say(text: str = "") -> None:
    """Prints a line on standard output."""
    _print(text, 0)


def complain(text: str) -> None:
    """Prints a line on standard error."""
    _print(text, 1)


def binary_output() -> BinaryIO:
    """Standard output for bytes."""
    elsewhere = _elsewhere.get()
    return cast(BinaryIO, elsewhere[0]) if elsewhere else sys.stdout.buffer


def _print(text: str, place: int) -> None:
    elsewhere = _elsewhere.get()
    if elsewhere:
        elsewhere[place].write(f"{text}\n".encode("utf-8", "backslashreplace"))
    else:
        print(text, file=(sys.stdout, sys.stderr)[place], flush=bool(place))


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
        say("  ".join(aligned).rstrip())


def print_some(heading: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    say(heading)
    for line in lines[:MAX_ROWS_SHOWN]:
        say(f"  {clean(cut(line, MAX_LINE_CHARS))}")
    if len(lines) > MAX_ROWS_SHOWN:
        say(f"  … and {len(lines) - MAX_ROWS_SHOWN} more")
