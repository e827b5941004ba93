"""What a process has made of people's data goes once somebody's was deleted, also what was being made meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from coachroom.app.downloads import Downloads
from coachroom.app.made_copies import MadeCopies
from coachroom.errors import StoreError
from coachroom.metrics.exports.formats import ExportError
from coachroom.people.people import Person, Role
from tests.services import HandClock

ANALYST = Person("ana@example.com", "Ana", Role.ANALYST, client_id=None, demo=False)


def test_what_was_being_made_while_somebody_was_erased_is_not_kept(tmp_path: Path) -> None:
    downloads = Downloads(tmp_path / "exports", HandClock())
    copies = MadeCopies(downloads)

    def write(path: Path) -> None:
        path.write_text("of the rows before")
        copies.drop()

    with pytest.raises(ExportError, match="make it once more"):
        downloads.offer(ANALYST, "all.csv", write)
    assert not list((tmp_path / "exports").rglob("*.csv"))


def test_a_file_of_numbers_that_were_read_before_somebody_was_erased_is_not_kept(tmp_path: Path) -> None:
    """As a table that a page has drawn, and writes into a file when it is asked to."""
    downloads = Downloads(tmp_path / "exports", HandClock())
    copies = MadeCopies(downloads)
    read_at = copies.generation
    copies.drop()
    with pytest.raises(ExportError, match="make it once more"):
        downloads.offer(ANALYST, "all.csv", lambda path: path.write_text("of the rows before"), generation=read_at)
    assert downloads.offer(ANALYST, "all.csv", lambda path: path.write_text("x"), generation=copies.generation)


def test_numbers_made_of_a_mirror_that_had_not_followed_are_of_a_generation_before(tmp_path: Path) -> None:
    copies = MadeCopies(Downloads(tmp_path / "exports", HandClock()))
    # This refresh began before the deletion, and may not have seen it.
    with copies.mirror_refresh():
        copies.drop()
        generation = copies.generation
    assert copies.generation == generation
    for _ in range(2):
        with copies.mirror_refresh():
            pass
        assert copies.generation == generation + 1


def test_a_refresh_that_fails_has_followed_no_deletion(tmp_path: Path) -> None:
    copies = MadeCopies(Downloads(tmp_path / "exports", HandClock()))
    copies.drop()
    generation = copies.generation
    with pytest.raises(StoreError), copies.mirror_refresh():
        raise StoreError("The line is slow.")
    assert copies.generation == generation
    with copies.mirror_refresh():
        pass
    assert copies.generation == generation + 1


def test_pages_that_cannot_let_go_do_not_fail_the_erasure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    copies = MadeCopies(Downloads(tmp_path / "exports", HandClock()))

    def fail() -> None:
        raise RuntimeError("no runtime")

    copies.on_drop(fail)
    copies.drop()
    assert copies.generation == 1
    assert "could not be let go of" in caplog.text
