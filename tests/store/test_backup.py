"""Backups: one file with everything, for its key's owner alone, restored whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tarfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pyrage
import pytest

from coachroom.errors import ImportFileError, StoreError
from coachroom.privacy.client_data import RULES
from coachroom.store import backup as backup_module
from coachroom.store.backup import (
    Backup,
    backups_in,
    delete_old_backups,
    remove_unfinished,
    restore_backup,
    take_backup,
)
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Store, Transaction
from tests.privacy.everybody import NOW, Somebody, fill_every_table

ANA = Somebody("Anamark")
TABLES = [table for table, rule in RULES.items() if rule != "FALSE"]


@pytest.fixture
def store(tmp_path: Path):
    """An open database with rows in every table."""
    (tmp_path / "data").mkdir()
    store = DuckStore(tmp_path / "data" / "room.duckdb")
    migrate(store, NOW)
    fill_every_table(store, TABLES, ANA)
    yield store
    store.close()


def content(store: Store) -> dict[str, list]:
    return {table: store.execute(f"SELECT * FROM {table} ORDER BY ALL") for table in RULES}


def content_of(path: Path) -> dict[str, list]:
    store = DuckStore(path)
    try:
        return content(store)
    finally:
        store.close()


def key() -> tuple[str, str]:
    """A public and a secret age key."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), f"# made for a test\n{identity}\n"


def test_a_backup_comes_back_row_by_row(store: Store, tmp_path: Path) -> None:
    taken = take_backup(store, tmp_path / "backups", NOW, tested=True)
    assert stat.S_IMODE(taken.path.stat().st_mode) == 0o600
    restored = tmp_path / "again" / "room.duckdb"
    restore_backup(taken.path, restored, NOW)
    assert content_of(restored) == content(store)
    assert [file.name for file in restored.parent.iterdir()] == [restored.name]
    assert list((tmp_path / "data").glob("*backup*")) == []


def test_a_restored_database_is_settled_before_anybody_can_open_it(store: Store, tmp_path: Path) -> None:
    taken = take_backup(store, tmp_path / "backups", NOW, tested=True)
    restored = tmp_path / "again" / "room.duckdb"

    def settle(transaction: Transaction, now: datetime) -> None:
        assert not restored.exists()
        transaction.execute("UPDATE members SET display_name = $1", [now.isoformat()])

    restore_backup(taken.path, restored, NOW, settle=settle)
    with closing(DuckStore(restored)) as there:
        assert {name for (name,) in there.execute("SELECT display_name FROM members")} <= {NOW.isoformat()}

    def fails(_: Transaction, now: datetime) -> None:
        raise StoreError(f"{now}")

    with pytest.raises(StoreError):
        restore_backup(taken.path, tmp_path / "never" / "room.duckdb", NOW, settle=fails)
    assert list((tmp_path / "never").iterdir()) == []


def test_only_the_secret_key_opens_an_encrypted_backup(store: Store, tmp_path: Path) -> None:
    public, secret = key()
    taken = take_backup(store, tmp_path / "backups", NOW, key=public)
    assert taken.encrypted
    assert b"PAR1" not in taken.path.read_bytes()
    restored = tmp_path / "again.duckdb"
    with pytest.raises(ImportFileError, match="--identity"):
        restore_backup(taken.path, restored, NOW)
    with pytest.raises(ImportFileError, match="cannot be decrypted"):
        restore_backup(taken.path, restored, NOW, identity=key()[1])
    with pytest.raises(ImportFileError, match="no secret age key"):
        restore_backup(taken.path, restored, NOW, identity="hello")
    assert not restored.exists()
    # As an editor may have saved it.
    saved = "\ufeff" + secret.replace("\n", " \r\n").replace("AGE-SECRET", '"AGE-SECRET')
    # A key that was retired is a comment.
    retired = key()[1].replace("\nAGE-SECRET", " # retired: AGE-SECRET")
    restore_backup(taken.path, restored, NOW, identity="\ufeff" + retired + saved)
    assert content_of(restored) == content(store)


@pytest.mark.parametrize("wrong", ["", "age1", "AGE-SECRET-KEY-1", "ssh-ed25519 AAAA"])
def test_a_key_that_is_none_is_one_sentence(store: Store, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(StoreError, match="no public age key"):
        take_backup(store, tmp_path / "backups", NOW, key=wrong)


def test_old_ones_go_but_never_the_latest(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    for days in (0, 1, 2):
        take_backup(store, folder, NOW + timedelta(days=days))
    (folder / "notes.txt").write_text("mine")
    assert delete_old_backups(folder, NOW + timedelta(days=3), timedelta(days=1.5)) == 2
    assert delete_old_backups(folder, NOW + timedelta(days=99), timedelta(days=1)) == 0
    assert [each.taken_at for each in backups_in(folder)] == [(NOW + timedelta(days=2)).replace(microsecond=0)]
    assert (folder / "notes.txt").exists()


def test_a_database_that_is_there_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    taken = take_backup(store, tmp_path, NOW)
    there = tmp_path / "there.duckdb"
    there.write_bytes(b"mine")
    with pytest.raises(StoreError, match="never overwrites"):
        restore_backup(taken.path, there, NOW)
    assert there.read_bytes() == b"mine"


def damaged(backup: Backup, how: str) -> None:
    whole = backup.path.read_bytes()
    if how == "cut":
        backup.path.write_bytes(whole[: len(whole) // 2])
    elif how == "changed":
        place = whole.rindex(b"PAR1") - 200
        backup.path.write_bytes(whole[:place] + b"XXXX" + whole[place + 4 :])
    elif how == "empty":
        backup.path.write_bytes(b"")
    elif how == "other":
        backup.path.write_bytes(b"hello" * 500)
    else:
        with tarfile.open(backup.path, "w") as archive:
            info = tarfile.TarInfo("../../outside")
            archive.addfile(info)


@pytest.mark.parametrize("how", ["cut", "changed", "empty", "other", "outside"])
def test_a_damaged_backup_is_one_sentence_and_makes_nothing(store: Store, tmp_path: Path, how: str) -> None:
    taken = take_backup(store, tmp_path / "backups", NOW)
    damaged(taken, how)
    restored = tmp_path / "again" / "room.duckdb"
    with pytest.raises(ImportFileError):
        restore_backup(taken.path, restored, NOW)
    assert list(restored.parent.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_disk_that_fills_up_leaves_no_half_backup(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_module.shutil, "copyfile", full)
    with pytest.raises(StoreError, match="No space left"):
        take_backup(store, tmp_path / "backups", NOW)
    assert list((tmp_path / "backups").iterdir()) == []


RESTORE = """
import sys
from datetime import datetime
from pathlib import Path
from coachroom.store.backup import restore_backup
print("begins", flush=True)
restore_backup(Path(sys.argv[1]), Path(sys.argv[2]), datetime(2026, 1, 1))
"""


@pytest.mark.parametrize("delay_ms", [0, 30, 80, 150, 250, 400, 700])
def test_a_restore_that_is_killed_leaves_a_whole_database_or_none(
    store: Store, tmp_path: Path, delay_ms: int
) -> None:
    taken = take_backup(store, tmp_path / "backups", NOW)
    restored = tmp_path / "again" / "room.duckdb"
    process = subprocess.Popen(
        [sys.executable, "-c", RESTORE, str(taken.path), str(restored)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begins\n"
    try:
        process.wait(delay_ms / 1000)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    process.stdout.close()
    if restored.exists():
        assert content_of(restored) == content(store)
    else:
        restored.parent.mkdir(exist_ok=True)
        remove_unfinished(restored)
        restore_backup(taken.path, restored, NOW)
        assert content_of(restored) == content(store)


def test_what_a_killed_backup_left_is_removed_and_no_other_databases(tmp_path: Path) -> None:
    mine, other = tmp_path / "room.duckdb", tmp_path / "other.duckdb"
    for database in (mine, other):
        (tmp_path / f".{database.name}.backup-abc" / "snapshot").mkdir(parents=True)
    remove_unfinished(mine)
    assert [file.name for file in tmp_path.iterdir()] == [".other.duckdb.backup-abc"]


def test_half_a_file_that_a_kill_left_goes_with_the_old_ones(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    taken = take_backup(store, folder, NOW)
    (folder / ".coachroom-20260101T000000Z.tar.part").write_bytes(b"what was said")
    assert delete_old_backups(folder, NOW, timedelta(days=30)) == 0
    assert list(folder.iterdir()) == [taken.path]


def test_a_database_that_is_made_during_a_restore_is_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = take_backup(store, tmp_path / "backups", NOW)
    restored = tmp_path / "again" / "room.duckdb"
    restore = backup_module._restore

    def while_somebody_else_makes_one(*given: object) -> object:
        restored.write_bytes(b"theirs")
        return restore(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(backup_module, "_restore", while_somebody_else_makes_one)
    with pytest.raises(StoreError, match="nothing was restored"):
        restore_backup(taken.path, restored, NOW)
    assert restored.read_bytes() == b"theirs"
