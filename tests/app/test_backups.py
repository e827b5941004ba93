"""When the running app takes backups, which of them it tests, and which it deletes."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app import backups as backups_module
from coachroom.errors import StoreError
from coachroom.store.backup import backups_in, restore_backup
from coachroom.store.duck import DuckStore
from tests.services import ANA, NOON, HandClock, delivery, enter, opened, said, status


def test_backups_are_taken_in_time_and_old_ones_go(tmp_path: Path, clock: HandClock) -> None:
    folder = tmp_path / "backups"
    with opened(tmp_path, clock, backup_dir=folder, backup_hours=1, backup_keep_days=0.25) as services:
        taken = 0
        for _ in range(40):
            taken += services.backups.take_due() is not None
            clock.forward(15 * 60)
        assert taken == 10
    kept = [each.taken_at - NOON for each in backups_in(folder)]
    assert kept == [timedelta(hours=hours) for hours in range(3, 10)]


def test_one_backup_in_each_period_is_tested(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = []
    take = backups_module.take_backup

    def noting(*given: object, **how: object) -> object:
        tested.append(how["tested"])
        return take(*given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(backups_module, "take_backup", noting)
    with opened(tmp_path, clock, backup_dir=tmp_path / "b", backup_hours=12, backup_test_days=2) as services:
        for _ in range(12):
            services.backups.take_due()
            clock.forward(12 * 3600)
    assert tested[0]
    assert sum(tested) in {3, 4}


def test_a_backup_that_is_taken_while_people_talk_holds_what_was_said(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, backup_dir=tmp_path / "backups") as services:
        session = enter(services)
        services.intake.receive(
            session.id, delivery(status(1, "connected"), said(2, "I want to sleep"), sent_at=clock())
        )
        taken = services.backups.take()
    restored = tmp_path / "again.duckdb"
    restore_backup(taken.path, restored, NOON)
    store = DuckStore(restored)
    assert store.execute("SELECT message FROM conversations WHERE sender = 'client'") == [("I want to sleep",)]
    assert store.execute("SELECT client_id FROM sessions") == [(ANA,)]
    store.close()


def test_without_a_folder_there_are_none(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        assert services.backups.take_due() is None
        with pytest.raises(StoreError, match="COACHROOM_BACKUP_DIR"):
            services.backups.take()
        assert services.backups.take(tmp_path / "here").path.parent == tmp_path / "here"


def test_a_key_that_is_none_stops_the_start(tmp_path: Path, clock: HandClock) -> None:
    with pytest.raises(StoreError, match="no public age key"), opened(tmp_path, clock, backup_key="age1nothing"):
        pass


def test_a_backup_that_fails_is_not_tried_again_at_once_and_room_is_made_first(
    tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, tries = tmp_path / "backups", []

    def full(*_: object, **__: object) -> None:
        tries.append([each.taken_at - NOON for each in backups_in(folder)])
        raise StoreError("No space left on device")

    with opened(tmp_path, clock, backup_dir=folder, backup_keep_days=0.1) as services:
        for _ in range(3):
            services.backups.take_due()
            clock.forward(3600)
        monkeypatch.setattr(backups_module, "take_backup", full)
        for _ in range(4):
            with contextlib.suppress(StoreError):
                services.backups.take_due()
            clock.forward(60)
        assert tries == [[timedelta(hours=1), timedelta(hours=2)]]
        clock.forward(300)
        with pytest.raises(StoreError):
            services.backups.take_due()


def test_a_backup_that_is_dated_ahead_holds_up_no_other(tmp_path: Path, clock: HandClock) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "coachroom-20990101T000000Z.tar").write_bytes(b"")
    with opened(tmp_path, clock, backup_dir=folder) as services:
        assert services.backups.take_due() is not None
