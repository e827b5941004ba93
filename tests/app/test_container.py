"""What the container hands out, and that it closes what it opened."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from coachroom.app import container
from coachroom.app.container import Services, open_services
from coachroom.errors import StoreClosedError
from coachroom.store.duck import DuckStore
from coachroom.store.postgres import PostgresStore
from coachroom.store.writer import Writer
from tests.services import ANA, opened, settings_for


def test_services_hand_out_neither_the_store_nor_its_writer(services: Services) -> None:
    handed_out = {field.name: getattr(services, field.name) for field in fields(services)}
    assert len(handed_out) > 15
    assert [name for name, part in handed_out.items() if isinstance(part, DuckStore | PostgresStore | Writer)] == []
    public = [vars(part) for name, part in handed_out.items() if hasattr(part, "__dict__")]
    reachable = [
        name
        for part in public
        for name, value in part.items()
        if not name.startswith("_") and isinstance(value, DuckStore | PostgresStore | Writer)
    ]
    assert reachable == []


def test_closed_services_take_no_writes_and_may_be_closed_again(services: Services) -> None:
    services.close()
    assert not services.store_status.accepts_writes
    with pytest.raises(StoreClosedError):
        services.rooms.create(ANA)
    services.close()


def test_a_start_that_fails_lets_go_of_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(container, "seed_demo_people", fails)
    with pytest.raises(RuntimeError):
        open_services(settings_for(tmp_path))
    monkeypatch.undo()
    with opened(tmp_path) as services:
        assert services.store_status.accepts_writes
