from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from coachroom.postgres_address import PostgresAddress
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Engine, Store
from tests.databases import ENGINE, database_in
from tests.metrics.mirrored_store import MirroredStore


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty database; tests put their community into it with `write`."""
    store = _mirrored(tmp_path_factory.mktemp("metrics")) if ENGINE is Engine.POSTGRESQL else _in_memory()
    yield store
    store.close()


def _mirrored(folder: Path) -> Store:
    address = database_in(folder)
    assert isinstance(address, PostgresAddress)
    return MirroredStore(address, folder)


def _in_memory() -> Store:
    store = DuckStore(None)
    store.execute("SET threads = 1")
    migrate(store, datetime(2026, 1, 1))
    return store
