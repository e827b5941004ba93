"""The file of the list of erasures: a line of JSON each, only ever added to.

A line that an editor or a disk spoilt is refused: passed over, it would bring somebody back. Only what a crash cut
off at the end is taken away by whoever writes next, as nobody was told that it is kept.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import IO, Any

from coachroom.clock import from_iso
from coachroom.errors import StoreError, UnfitDatabaseError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# Beside what a line says, so that none is taken with a letter changed.
_CHECK = "check"
# One of these makes a document of whatever a line begins with: ended within or behind a name, a value, a list.
_ENDINGS = (
    *('"}', '": 0}', ": 0}", "0}", "}", "l}", "ll}", "ull}", "]}", '"]}', '""]}', '"": 0}'),
    # Within what stands for a letter that is not ASCII.
    *('\\"}', '0"}', '00"}', '000"}', '0000"}'),
)


class WhatGoes(StrEnum):
    """Of a session: its rows, its rows and the goals and steps that came from it, or all but its times."""

    SESSION = "session"
    SESSION_AND_NOTES = "session and notes"
    ALL_BUT_TIMES = "all but times"


class ErasureLines:
    """The lines of one file, which need not be there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def exist(self) -> bool:
        """Whether there is a file."""
        return self._path.exists()

    def append(self, document: Mapping[str, Any]) -> None:
        """Adds a line, on disk once this returns. Raises StoreError."""
        line = json.dumps({**document, _CHECK: _check_of(document)}).encode()
        try:
            with self._path.open("a+b") as file:
                if fcntl is not None:
                    # Other processes of this machine may write too.
                    fcntl.flock(file, fcntl.LOCK_EX)
                file.write(_make_room(file) + line + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StoreError(
                f"The list of erasures {self._path} cannot be written ({error.strerror}); nothing was erased."
            ) from error

    def documents(self) -> list[dict[str, Any]]:
        """What each line says, without its check. Raises StoreError, which names a line that was spoilt."""
        try:
            content = self._path.read_bytes().removeprefix(BOM_UTF8)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(f"The list of erasures {self._path} cannot be read ({error.strerror}).") from error
        whole, last = _split(content)
        lines = whole.splitlines() + ([] if _was_cut_off(last) else [last])
        return [self._read(line, number) for number, line in enumerate(lines, start=1) if line.strip(b" \t")]

    def _read(self, line: bytes, number: int) -> dict[str, Any]:
        """What a line says. One that an editor spoilt is not passed over: it would bring somebody back."""
        document = _document_in(line)
        if document is not None:
            return document
        raise UnfitDatabaseError(
            f"The list of erasures {self._path}, line {number}: this line is not whole; correct it, or restore the "
            "file from a copy."
        )


def _split(content: bytes) -> tuple[bytes, bytes]:
    """The lines that were ended, and what stands behind them without the zeros that a crash may leave."""
    end = max(content.rfind(b"\n"), content.rfind(b"\r")) + 1
    return content[:end], content[end:].rstrip(b"\0")


def _make_room(file: IO[bytes]) -> bytes:
    """Takes away what a crash left at the end: nobody was told that it is kept. What comes before the next line."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - 1))
    if file.read() in {b"", b"\n", b"\r"}:
        return b""
    file.seek(0)
    whole, last = _split(file.read())
    if _was_cut_off(last):
        file.truncate(len(whole))
        return b""
    file.truncate(len(whole) + len(last))
    return b"\n"


def _was_cut_off(last: bytes) -> bool:
    """Whether this is nothing, or the beginning of a line but not all of one."""
    if not last.strip():
        return True
    for document in (_parsed(last + ending.encode()) for ending in _ENDINGS):
        if document is not None:
            *names, begun = document or [""]
            return _NAMES.issuperset(names) and any(name.startswith(begun) for name in _NAMES)
    return False


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _document_in(line: bytes) -> dict[str, Any] | None:
    """What a line says, without its check; None where it is none of the kinds, or not all of one."""
    document = _parsed(line)
    if document is None:
        return None
    check = document.pop(_CHECK, None)
    kind = next((kind for kind in _KINDS if set(document) == set(kind)), {})
    whole = bool(kind) and all(is_one(document[name]) for name, is_one in kind.items())
    # Lines of an older version, and those that were written by hand, have no check.
    return document if whole and (check is None or check == _check_of(document)) else None


def _check_of(document: Mapping[str, Any]) -> str:
    return f"{zlib.crc32(json.dumps(document, sort_keys=True).encode()):08x}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_moment(value: Any) -> bool:
    try:
        from_iso(value)
    except (TypeError, ValueError):
        return False
    return True


def _are_keys(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(each) and re.fullmatch("[0-9a-f]{64}", each) for each in value)


_ERASED: dict[str, Callable[[Any], bool]] = {"client": _is_text, "erased_at": _is_moment, "keys": _are_keys}
# What each kind of line says, and how each part of it is known.
_KINDS: tuple[dict[str, Callable[[Any], bool]], ...] = (
    _ERASED,
    _ERASED | {"again_at": lambda value: value is None or _is_moment(value)},
    {"deleted_at": _is_moment},
    {"deleted_at": _is_moment, "session": _is_text, "what_goes": lambda value: value in list(WhatGoes)},
    {"compacted_at": _is_moment},
)
_NAMES = frozenset({_CHECK}.union(*_KINDS))
