"""Where numbers are read: in the database itself, or where that is a server in a mirror of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from coachroom.clock import Clock
from coachroom.metrics.mirrored import mirrored_tables
from coachroom.settings import Settings
from coachroom.store.store import Reads, Store

if TYPE_CHECKING:
    from coachroom.store.mirror import Mirror


def open_mirror(store: Store, settings: Settings, clock: Clock) -> Mirror | None:
    """The mirror of a database on a server, in which there is nothing before its first refresh; of a file, none."""
    if not store.shared:
        return None
    # They need psycopg, which is an extra.
    from coachroom.store.mirror import Mirror  # noqa: PLC0415
    from coachroom.store.postgres import require_postgres  # noqa: PLC0415

    folder = settings.beside.with_name(f".{settings.beside.name}.numbers")
    return Mirror(require_postgres(store), mirrored_tables(), folder, clock)


@contextmanager
def numbers_of(store: Store, settings: Settings, clock: Clock) -> Iterator[Reads]:
    """For one command: the database, or a mirror that is made for it. Raises StoreError."""
    mirror = open_mirror(store, settings, clock)
    if mirror is None:
        yield store
        return
    try:
        mirror.refresh()
        yield mirror
    finally:
        mirror.close()
