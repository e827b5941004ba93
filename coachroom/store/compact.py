"""Copies the database into a new file: what was deleted leaves the disk only so."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from coachroom.errors import StoreError
from coachroom.store.duck import DuckStore
from coachroom.store.private_files import give_to_owner_of

_TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_catalog = $1 AND table_schema = 'main' ORDER BY 1"
)


@dataclass(frozen=True)
class Compaction:
    """The file's size in bytes, before and after, and how many rows it holds."""

    before: int
    after: int
    rows: int


def compact(store: DuckStore) -> Compaction:
    """Replaces the database's file by a copy without what was deleted; its caller keeps everybody from writing.

    A crash leaves the old file or the new one. Raises StoreError, and leaves the old one, where the disk has no room
    for both, the copy holds other counts, or queries go on for too long.
    """
    path = store.file
    new = _copy_of(path)
    _remove(new)
    before = path.stat().st_size
    free = shutil.disk_usage(path.parent).free
    if free < before:
        raise StoreError(
            f"Compacting {path} takes {before // 1024**2 + 1} MB of free disk and there are {free // 1024**2} MB: "
            "make room and try again."
        )
    try:
        rows = _copy(store, new)
        give_to_owner_of(path, new)
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        store.replace_file(new)
    except OSError as error:
        raise StoreError(f"{path} could not be compacted ({error.strerror}); nothing was changed.") from error
    finally:
        _remove(new)
    return Compaction(before, path.stat().st_size, rows)


def remove_unfinished_copy(path: Path) -> None:
    """Removes what a compaction of the database `path` that was killed left; none may be under way."""
    _remove(_copy_of(path))


def _copy_of(path: Path) -> Path:
    return path.with_name(path.name + ".compact")


def _copy(store: DuckStore, new: Path) -> int:
    """Copies all tables; how many rows there are."""
    ((old_name,),) = store.execute("SELECT current_database()")
    quoted = str(new.absolute()).replace("'", "''")
    # What is attached belongs to the connection's database, whichever cursor asks.
    store.execute(f"ATTACH '{quoted}' AS compacted")
    try:
        store.execute(f'COPY FROM DATABASE "{old_name}" TO compacted')
        old, copied = (_counts(store, name) for name in (old_name, "compacted"))
        if old != copied:
            raise StoreError(f"The copy of {store.path} holds other rows than the file: nothing was changed.")
        store.execute("CHECKPOINT compacted")
    finally:
        store.execute("DETACH compacted")
    return sum(old.values())


def _counts(store: DuckStore, database: str) -> dict[str, int]:
    return {
        table: int(store.execute(f'SELECT count(*) FROM "{database}".main."{table}"')[0][0])  # noqa: S608 names are the database's own
        for (table,) in store.execute(_TABLES, [database])
    }


def _remove(new: Path) -> None:
    for file in (new, new.with_name(new.name + ".wal")):
        file.unlink(missing_ok=True)
