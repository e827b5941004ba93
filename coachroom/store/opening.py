"""Opens a database by what the settings say: a file, or the address of a server."""

from __future__ import annotations

from pathlib import Path

from coachroom.errors import UnfitDatabaseError
from coachroom.postgres_address import INSTALL_DRIVER, PostgresAddress
from coachroom.store.duck import DuckStore
from coachroom.store.store import Store

NO_DRIVER = f"A database in PostgreSQL needs psycopg: {INSTALL_DRIVER}"


def open_store(database: Path | PostgresAddress, *, memory_limit: str = "2GB") -> Store:
    """The database, without a look at its tables. `memory_limit` is DuckDB's. Raises StoreError: one sentence."""
    if isinstance(database, Path):
        return DuckStore(database, memory_limit=memory_limit)
    try:
        # An extra: only whoever has a database in PostgreSQL needs it.
        from coachroom.store.postgres import PostgresStore  # noqa: PLC0415
    except ImportError:
        raise UnfitDatabaseError(NO_DRIVER) from None
    return PostgresStore(database)
