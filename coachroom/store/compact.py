"""Copies the database into a new file: what was deleted leaves the disk only so."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from coachroom.errors import StoreError
from coachroom.store.duck import DuckStore

_TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_catalog = $1 AND table_schema = 'main' ORDER BY 1"
)


@dataclass(frozen=True)
class Compaction:
    """The file's size in bytes, before and after, and how many rows it holds."""

    before: int
    after: int
    rows: int


def compact(path: Path) -> Compaction:
    """Replaces the database by a copy without what was deleted; nobody may have it open.

    A crash leaves the old file or the new one. Raises StoreError, and leaves the old one, where the disk has no room
    for both or the copy holds other counts.
    """
    new = path.with_name(path.name + ".compact")
    _remove(new)
    before = path.stat().st_size
    free = shutil.disk_usage(path.parent).free
    if free < before:
        raise StoreError(
            f"Compacting {path} takes {before // 1024**2 + 1} MB of free disk and there are {free // 1024**2} MB: "
            "make room and try again."
        )
    try:
        rows = _copy(path, new)
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        if path.with_name(path.name + ".wal").exists():
            raise StoreError(f"The write-ahead log of {path} was not taken in: run `python -m coachroom doctor`.")
        new.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        _remove(new)
        raise
    return Compaction(before, path.stat().st_size, rows)


def _copy(path: Path, new: Path) -> int:
    """Copies all tables; how many rows there are."""
    store = DuckStore(path)
    try:
        ((old_name,),) = store.execute("SELECT current_database()")
        quoted = str(new.absolute()).replace("'", "''")
        store.execute(f"ATTACH '{quoted}' AS compacted")
        store.execute(f'COPY FROM DATABASE "{old_name}" TO compacted')
        old, copied = (_counts(store, name) for name in (old_name, "compacted"))
        if old != copied:
            raise StoreError(f"The copy of {path} holds other rows than the file: nothing was changed.")
        store.execute("CHECKPOINT compacted")
        store.execute("DETACH compacted")
    finally:
        store.close()
    return sum(old.values())


def _counts(store: DuckStore, database: str) -> dict[str, int]:
    return {
        table: int(store.execute(f'SELECT count(*) FROM "{database}".main."{table}"')[0][0])  # noqa: S608 names are the database's own
        for (table,) in store.execute(_TABLES, [database])
    }


def _remove(new: Path) -> None:
    for file in (new, new.with_name(new.name + ".wal")):
        file.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """A renamed file is only safe from a power cut when its folder is."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
