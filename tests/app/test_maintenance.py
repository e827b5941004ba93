"""Compaction of the running app: when it is due, and that an erasure is never taken for compacted too early."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.app.erasing import end_and_erase
from coachroom.errors import StoreError
from coachroom.metrics import due_facts
from coachroom.privacy.erasures import Erasures
from coachroom.rooms.states import EndReason
from coachroom.store import duck
from tests.services import ANA, BEN, HandClock, delivery, enter, opened, said, status, store_of

MARK = "mark-0d9c2f7b61e84a35"


def marks(services: Services) -> int:
    folder = services.settings.database.parent
    return sum(file.read_bytes().count(MARK.encode()) for file in folder.rglob("*") if file.is_file())


def erase(services: Services) -> None:
    session = enter(services)
    events = status(1, "connected"), said(2, f"this is {MARK}")
    services.intake.receive(session.id, delivery(*events, sent_at=services.clock()))
    end_and_erase(services, ANA, actor="operator", cause=EndReason.CLIENT)


def test_nothing_is_compacted_where_nobody_was_erased(services: Services) -> None:
    assert services.maintenance.compact_where_due(quiet=True) is None


def test_the_bytes_go_at_the_next_quiet_time(services: Services) -> None:
    stays = enter(services, BEN, "tab-2")
    erase(services)
    assert marks(services) > 0
    assert services.maintenance.compact_where_due(quiet=False) is None
    assert services.maintenance.compact_where_due(quiet=True) is not None
    assert marks(services) == 0
    assert services.maintenance.compact_where_due(quiet=True) is None
    receipt = services.intake.receive(stays.id, delivery(said(1, "still here"), sent_at=services.clock()))
    assert receipt.ack == 1


def test_the_bytes_go_within_a_week_however_busy_the_rooms_are(services: Services, clock: HandClock) -> None:
    erase(services)
    clock.forward(timedelta(days=6).total_seconds())
    assert services.maintenance.compact_where_due(quiet=False) is None
    clock.forward(1)
    assert services.maintenance.compact_where_due(quiet=False) is not None


def test_a_compaction_that_fails_stays_due(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    erase(services)
    monkeypatch.setattr(duck, "REPLACING_S", 0.05)
    with services.maintenance.store.cursor(), pytest.raises(StoreError, match="busy"):
        services.maintenance.compact_where_due(quiet=True)
    assert services.maintenance.compact_where_due(quiet=True) is not None
    assert marks(services) == 0


def test_an_erasure_is_noted_where_no_compaction_can_come_before_its_rows_go(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compaction that is asked for while the list is written counts nobody as gone who is not."""
    add = Erasures.add

    def add_while_a_compaction_is_asked_for(self: Erasures, *given: object) -> None:
        add(self, *given)  # type: ignore[arg-type]
        later.append(services.maintenance._writer.run_alone(lambda: marks(services)))

    later: list = []
    monkeypatch.setattr(Erasures, "add", add_while_a_compaction_is_asked_for)
    erase(services)
    assert later[0].result() > 0
    path = Path(f"{services.settings.database}.erased.jsonl")
    assert "compacted_at" not in path.read_text()
    services.maintenance.compact()
    assert marks(services) == 0


def test_a_start_is_no_quiet_time_while_clients_may_come_back(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        assert services.presence.quiet
        enter(services, BEN, "tab-2")
        assert not services.presence.quiet
    with opened(tmp_path, clock) as services:
        assert not services.presence.quiet
        assert len(services.presence) == 0


def test_facts_that_were_computed_before_an_erasure_are_not_written_after_it(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "connected"), said(2, MARK), sent_at=services.clock()))
    services.rooms.end(session.id, EndReason.CLIENT)
    compute = due_facts.compute_facts

    def compute_and_erase(*given: object) -> object:
        rows = compute(*given)  # type: ignore[arg-type]
        services.own_data.erase(ANA, "operator")
        return rows

    monkeypatch.setattr(due_facts, "compute_facts", compute_and_erase)
    services.facts.make_all()
    assert store_of(services).execute("SELECT count(*) FROM session_facts") == [(0,)]
