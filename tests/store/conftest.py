"""A database file of the test's own, with every table and no rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.store.store import Store
from tests.databases import database_in


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(database_in(tmp_path))
    migrate(store, datetime(2026, 5, 1, 12))
    yield store
    store.close()
