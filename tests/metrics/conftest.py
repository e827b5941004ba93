from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Store


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """An empty database; tests put their community into it with `write`."""
    store = DuckStore(None)
    store.execute("SET threads = 1")
    migrate(store, datetime(2026, 1, 1))
    yield store
    store.close()
