from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from coachroom.clock import utc_now
from coachroom.metrics.mirrored import mirrored_tables
from coachroom.postgres_address import PostgresAddress
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.mirror import Mirror
from coachroom.store.postgres import PostgresStore
from coachroom.store.store import Engine, Parameters, Store
from tests.databases import ENGINE, database_in


class MirroredStore(PostgresStore):
    """Rows are in PostgreSQL, and numbers come from its mirror as it is then."""

    def __init__(self, address: PostgresAddress, folder: Path) -> None:
        super().__init__(address)
        self._mirror = Mirror(self, mirrored_tables(), folder, utc_now)

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        self._mirror.refresh()
        return self._mirror.frame(sql, parameters)

    def close(self, patience_s: float = 5.0) -> None:
        self._mirror.close()
        super().close(patience_s)


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
