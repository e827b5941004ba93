"""What DuckDB says of a file that it cannot open, in one sentence of ours."""

from __future__ import annotations

import re
from pathlib import Path

from coachroom.errors import StoreDamagedError, StoreError, StoreLockedError


def opening_error(path: Path, text: str) -> StoreError:
    """What to say where the engine says `text` of the database in `path`."""
    if "Could not set lock" in text or "already open" in text:
        holder = re.search(r"PID (\d+)", text)
        who = f" (process {holder[1]})" if holder else ""
        return StoreLockedError(
            f"Another program{who} has {path} open: stop it, or set COACHROOM_DATABASE to another file."
        )
    if "WAL" in text:
        return StoreDamagedError(
            f"The write-ahead log {path}.wal is damaged: stop all programs that use it, copy both files to a safe "
            f"place, move {path.name}.wal aside and start again; what was written last may be missing."
        )
    if "newer version" in text or "versions between" in text:
        return StoreDamagedError(f"{path} was written by a newer DuckDB: install the version that wrote it.")
    if "Permission" in text or "Cannot open file" in text or "Is a directory" in text:
        return StoreError(f"{path} cannot be opened for writing: check its permissions, or set COACHROOM_DATABASE.")
    return unreadable(path)


def unreadable(path: Path | None) -> StoreDamagedError:
    """What to say of a file that is no database, or not all of one."""
    return StoreDamagedError(
        f"{path} is not a DuckDB database or is damaged: move it aside and import your latest snapshot, "
        "or set COACHROOM_DATABASE to another file."
    )
