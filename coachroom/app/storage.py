"""How much room the database takes, and how much there is."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from coachroom.privacy.erasures import Erasures
from coachroom.settings import Settings
from coachroom.store.replica import ALONE


@dataclass(frozen=True)
class Storage:
    """Bytes of the database with its log, and those that are free on its disk; None for one on a server.

    `uncompacted`: clients who were erased, and whose bytes are still in the file; `deleted`: whether there are
    bytes of anything that was deleted.
    """

    database: int | None
    free: int | None
    uncompacted: int
    deleted: bool


def storage_of(settings: Settings) -> Storage:
    """As it is now. Raises StoreError where the list of erasures cannot be read."""
    # What is in the file's bytes is known beside it alone.
    erasures = Erasures.of(settings, ALONE)
    deleted = erasures.uncompacted_since() is not None
    path = settings.database
    if not isinstance(path, Path):
        return Storage(None, None, len(erasures.uncompacted()), deleted)
    files = [path, path.with_name(path.name + ".wal")]
    used = sum(file.stat().st_size for file in files if file.exists())
    return Storage(used, shutil.disk_usage(path.parent).free, len(erasures.uncompacted()), deleted)
