"""Downloads: how many wait, for how long, and what is deleted when."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from coachroom.app import downloads
from coachroom.app.container import Services
from coachroom.app.downloads import KEPT, MAX_FILES_OF_ONE, SLACK, Downloads, safe_filename
from coachroom.clock import utc_now
from coachroom.metrics.exports.formats import ExportError
from coachroom.people.people import Person
from tests.app.offers import emails_by_role, folder_of, offer
from tests.services import HandClock


@pytest.fixture
def owner(services: Services) -> Person:
    found = services.people.find(emails_by_role(services)["analyst"])
    assert found is not None
    return found


def test_one_person_keeps_a_few_files_only(services: Services, owner: Person) -> None:
    other = services.people.find(emails_by_role(services)["coach"])
    assert other is not None
    theirs = offer(services, other)
    made = [offer(services, owner) for _ in range(MAX_FILES_OF_ONE)]
    waiting = [each for each in made if services.downloads.find(each.id, owner)]
    # Each offer is two files, the data and what it means.
    assert waiting == made[len(made) // 2 :]
    assert [each.path.exists() for each in made] == [each in waiting for each in made]
    assert services.downloads.find(theirs.id, other) == theirs


@pytest.mark.parametrize(("bound", "value"), [("MAX_BYTES", 100), ("MAX_FILES", 1)])
def test_without_room_an_export_is_refused_and_leaves_nothing(
    services: Services, owner: Person, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(downloads, bound, value)
    with pytest.raises(ExportError, match="no room for another export"):
        offer(services, owner)
    assert [path for path in folder_of(services).rglob("*") if path.is_file()] == []


def test_a_disk_that_is_nearly_full_is_left_to_the_rooms(
    services: Services, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(services.settings.beside.parent).free
    monkeypatch.setattr(downloads, "MIN_FREE_BYTES", 2 * free)
    with pytest.raises(ExportError, match="disk is nearly full"):
        offer(services, owner)
    assert not folder_of(services).exists()


def test_each_replica_has_a_folder_of_its_own_and_those_of_the_dead_are_emptied(
    services: Services, owner: Person, tmp_path: Path
) -> None:
    clock = HandClock(utc_now())
    folder = tmp_path / "exports"
    one, dead = Downloads(folder, clock, "one"), Downloads(folder, clock, "dead")
    (kept,), (left,) = (each.offer(owner, "a.csv", lambda path: path.write_text("a")) for each in (one, dead))
    two = Downloads(folder, clock, "two")
    two.sweep()
    assert kept.path.exists() and left.path.exists()
    clock.forward((KEPT + 3 * SLACK).total_seconds())
    two.sweep()
    assert [file for file in folder.rglob("*") if file.is_file()] == []


def test_empty_folders_of_replicas_that_died_go(owner: Person, tmp_path: Path) -> None:
    clock = HandClock()
    dead = tmp_path / "exports" / "dead" / "0a"
    dead.mkdir(parents=True)
    downloads = Downloads(tmp_path / "exports", clock, "one")
    downloads.sweep()
    assert dead.exists(), "it may be alive"
    # Files have the machine's time.
    clock.now = clock.now.replace(year=2100)
    downloads.sweep()
    assert not dead.parent.exists()
    assert downloads.offer(owner, "all.csv", lambda path: path.write_text("x"))


def test_a_file_that_cannot_be_deleted_yet_does_not_hinder_the_next_export(services: Services, owner: Person) -> None:
    kept = offer(services, owner)
    # As a file that is being sent is for Windows: it is there, and to unlink it fails.
    kept.path.unlink()
    kept.path.mkdir()
    made = [offer(services, owner) for _ in range(MAX_FILES_OF_ONE)]
    assert services.downloads.find(kept.id, owner) is None
    assert services.downloads.find(made[-1].id, owner) == made[-1]


def test_a_failed_export_leaves_nothing(services: Services, owner: Person) -> None:
    def fails(path: Path) -> None:
        path.write_text("half")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        services.downloads.offer(owner, "n.csv", fails)
    assert list(folder_of(services).iterdir()) == []


def test_what_a_crash_left_is_deleted_at_the_next_start(services: Services, owner: Person) -> None:
    left = offer(services, owner)
    Downloads(folder_of(services), services.clock)
    assert not left.path.exists()


def test_closed_services_leave_no_download(services: Services, owner: Person) -> None:
    waiting = offer(services, owner)
    services.close()
    assert not waiting.path.exists()
    assert not folder_of(services).exists()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("session_duration.csv", "session_duration.csv"),
        ("../../etc/passwd", "etc-passwd"),
        ('a"b\r\nSet-Cookie: x.csv', "a-b-Set-Cookie-x.csv"),
        ("Zufriedenheit für alle.xlsx", "Zufriedenheit-f-r-alle.xlsx"),
        (".hidden", "hidden"),
        ("\u202egpj.csv", "gpj.csv"),
        ("…", "export"),
        ("", "export"),
        ("n" * 300 + ".parquet", "n" * 100 + ".parquet"),
    ],
)
def test_a_file_name_is_one_on_every_system(text: str, name: str) -> None:
    assert safe_filename(text) == name
