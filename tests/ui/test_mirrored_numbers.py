"""Pages of numbers where the database is PostgreSQL: they say when they were read from it, or to come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.people.demo import seed_demo_people
from coachroom.store import mirror as mirror_module
from tests.databases import new_postgres
from tests.services import OIDC, HandClock, opened, writer_of
from tests.ui.pages import ADMIN, see, words


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, self_view="local", database=new_postgres(), **OIDC) as services:
        seed_demo_people(writer_of(services), clock())
        current.install(services)
        yield services


def test_a_page_says_when_its_numbers_were_read(services: Services, clock: HandClock) -> None:
    clock.forward(17)
    assert "As of 1 May 2026, 12:00 UTC · read from the database at 12:00:17 UTC" in words(see(ADMIN, "Overview.py"))


def test_a_page_never_claims_to_be_later_than_its_numbers(
    services: Services, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.inventory.row_counts()
    # The database is out of reach from now on.
    monkeypatch.setattr(services.mirror, "refresh", lambda: None)
    clock.forward(600)
    shown = words(see(ADMIN, "Engagement.py"))
    assert "As of 1 May 2026, 12:00 UTC · read from the database at 12:00:00 UTC" in shown


def test_a_page_without_numbers_yet_says_so_in_their_place(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_module, "FIRST_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(services.mirror, "refresh", lambda: None)
    shown = words(see(ADMIN, "Overview.py"))
    assert "The numbers are still being read from the database: look again in a minute." in shown
