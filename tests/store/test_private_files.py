"""Other accounts of the machine cannot read what clients say."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import open_services
from coachroom.store.private_files import open_to_others, write_private
from tests.services import settings_for


@pytest.fixture(autouse=True)
def generous() -> Iterator[None]:
    """As most systems are set up: everybody may read."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_database_is_for_its_account_alone(tmp_path: Path) -> None:
    database = tmp_path / "data" / "coachroom.duckdb"
    services = open_services(settings_for(tmp_path, database=database))
    try:
        services.rooms.give_consent("demo-ana")
        assert mode(database.parent) == 0o700
        files = list(database.parent.iterdir())
        assert {path.name for path in files} >= {database.name, database.name + ".wal"}
        assert {mode(path) for path in files} == {0o600}
        assert open_to_others(database) == []
    finally:
        services.close()


def test_a_database_that_others_could_read_is_taken_from_them_and_its_folder_is_named(tmp_path: Path) -> None:
    database = tmp_path / "coachroom.duckdb"
    open_services(settings_for(tmp_path, database=database)).close()
    database.chmod(0o644)
    tmp_path.chmod(0o755)
    assert open_to_others(database) == [tmp_path, database]
    open_services(settings_for(tmp_path, database=database)).close()
    assert mode(database) == 0o600
    assert open_to_others(database) == [tmp_path]


def test_a_private_file_is_new_and_for_its_account_alone(tmp_path: Path) -> None:
    path = tmp_path / "client.zip"
    write_private(path, b"what was said")
    assert (path.read_bytes(), mode(path)) == (b"what was said", 0o600)
    with pytest.raises(FileExistsError):
        write_private(path, b"something else")
    assert path.read_bytes() == b"what was said"


def test_a_private_file_that_cannot_be_finished_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "chmod", fails)
    with pytest.raises(OSError, match="No space"):
        write_private(tmp_path / "client.zip", b"what was said")
    assert list(tmp_path.iterdir()) == []
