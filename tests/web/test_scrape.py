"""What a scrape of /metrics reads, as it is done every few seconds, however much there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import generate_latest

from coachroom.app.container import open_services
from coachroom.metrics.inventory import Inventory
from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.web.status import StateCollector
from tests.bench.watched import WatchedStore
from tests.databases import new_postgres
from tests.services import NOON, settings_for, store_of


def test_a_scrape_scans_no_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachroom.store.opening.DuckStore", WatchedStore)
    services = open_services(settings_for(tmp_path))
    try:
        store = store_of(services)
        assert isinstance(store, WatchedStore)
        store.execute("INSERT INTO conversations VALUES ('s1', 1, 'e.1', 'Hello', 'client', $1, '{}')", [NOON])
        store.asked.clear()
        text = generate_latest(StateCollector(services)).decode()
        assert "coachroom_turns 1.0" in text
        assert len(store.asked) >= 4
        assert store.reading_turns() == []
        store.execute("SELECT max(message) FROM conversations")
        assert len(store.reading_turns()) == 1
    finally:
        services.close()


def test_postgresql_is_asked_how_many_turns_it_reckons_with() -> None:
    store = open_store(new_postgres())
    try:
        migrate(store, NOON)
        turns = Inventory(store).turn_count
        assert turns() == 0
        store.execute(
            "INSERT INTO conversations SELECT 's1', n, 'e.' || n, 'Hello', 'client', $1, '{}' "
            "FROM generate_series(1, 50) t(n)",
            [NOON],
        )
        store.execute("ANALYZE conversations")
        assert turns() == 50
    finally:
        store.close()
