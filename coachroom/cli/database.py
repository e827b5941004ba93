"""The database that a command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from coachroom import settings as settings_module
from coachroom.clock import utc_now
from coachroom.errors import StoreError
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.private_files import keep_private


@contextmanager
def open_database(*, existing: bool = False, memory_limit: str = "2GB") -> Iterator[DuckStore]:
    """The database of the settings, with its schema up to date; `existing`: there is nothing to read in a new one."""
    path = settings_module.load().database
    if existing and not path.exists():
        raise StoreError(f"There is no database {path} yet: start the app first, or set COACHROOM_DATABASE.")
    keep_private(path)
    store = DuckStore(path, memory_limit=memory_limit)
    try:
        migrate(store, utc_now())
        yield store
    finally:
        store.close()
