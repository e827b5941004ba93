"""What DuckDB says of a file that it cannot open, in one sentence of ours."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from coachroom.errors import StoreDamagedError, StoreError, StoreLockedError

# What the system says of a file ends the engine's line, and is no sign of damage.
_SYSTEM_REASONS = frozenset(os.strerror(number) for number in errno.errorcode)
# A file may not grow: its disk, its owner's share of the disk, or its process has no more.
_NO_SPACE = frozenset(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))

# What DuckDB writes before anything else, in bytes: a file that is shorter holds nothing.
HEADERS = 3 * 4096


def opening_error(path: Path, text: str) -> StoreError:
    """What to say where the engine says `text` of the database in `path`."""
    # A folder may be named like a reason.
    text = text.replace(str(path), "")
    if "Could not set lock" in text or "already open" in text:
        holder = re.search(r"PID (\d+)", text)
        who = f" (process {holder[1]})" if holder else ""
        return StoreLockedError(
            f"Another program{who} has {path} open: stop it, or set COACHROOM_DATABASE to another file."
        )
    if (reason := _last_words(text)) in _SYSTEM_REASONS:
        return _system_error(path, reason)
    if "WAL" in text:
        return StoreDamagedError(
            f"The write-ahead log {path}.wal is damaged: stop all programs that use it, copy both files to a safe "
            f"place, move {path.name}.wal aside and start again; what was written last may be missing."
        )
    if "newer version" in text or "versions between" in text:
        return StoreDamagedError(f"{path} was written by a newer DuckDB: install the version that wrote it.")
    return _unreadable(path)


def holds_nothing(path: Path) -> bool:
    """Whether this is a file too short for a database, or none, without a log."""
    try:
        return path.stat().st_size < HEADERS and not path.with_name(path.name + ".wal").exists()
    except FileNotFoundError:
        return True


def _unreadable(path: Path) -> StoreError:
    """What to say of a file that is no database, or not all of one."""
    if holds_nothing(path) and _is_begun(path):
        # Another start may be about to fail, as on a full disk: it takes such a file away.
        return StoreError(
            f"{path} is empty, or no more than the beginning of a database: where no other program is making it, "
            "delete it to begin with a new database, or restore your latest backup in its place."
        )
    return StoreDamagedError(
        f"{path} is not a DuckDB database or is damaged: move it aside and restore your latest backup, "
        "or set COACHROOM_DATABASE to another file."
    )


def _is_begun(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begins = file.read(12)
    except FileNotFoundError:
        return True
    # A checksum, then DuckDB's mark.
    return not begins or begins[8:] == b"DUCK"


def says_no_space(text: str) -> bool:
    """Whether the engine failed because a file may not grow."""
    return _last_words(text) in _NO_SPACE


def _last_words(text: str) -> str:
    return text.partition("\n")[0].rpartition(": ")[2]


def _system_error(path: Path, reason: str) -> StoreError:
    if reason in _NO_SPACE:
        return StoreError(f"{path} cannot be written ({reason}): free space on its disk, and start again.")
    return StoreError(
        f"{path} cannot be opened for writing ({reason}): check its permissions and its disk, "
        "or set COACHROOM_DATABASE to another file."
    )
