"""A database file of the test's own, with every table and no rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = DuckStore(tmp_path / "room.duckdb")
    migrate(store, datetime(2026, 5, 1, 12))
    yield store
    store.close()
