"""While a comparison runs, its versions' difference leaves by no way: no page, no export, no notebook, no command."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from coachroom.app.container import Services
from coachroom.caseload.caseload import Client
from coachroom.cli.main import main
from coachroom.comparisons.states import ComparisonState
from coachroom.metrics.run import measure
from coachroom.metrics.snapshot_store import open_snapshot
from coachroom.notebook import Story
from coachroom.people.people import Person, Role
from coachroom.store.snapshot import take_snapshot
from coachroom.ui.dashboard.view import view_of
from tests.comparisons.houses import AMIRA, NOW, begin, comparing, draw_clients, put_sessions
from tests.databases import setting_of
from tests.services import SECRET, HandClock, settings_for, store_of

ANALYST = Person("ada@example.com", "Ada", Role.ANALYST, None, True)
TELLING = ["mean_rating", "difference", "low", "high"]
LATER = NOW + timedelta(days=30)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    """Versions a whole star apart, in ratings, and far apart in who comes back."""
    with comparing(tmp_path, clock) as services:
        running = begin(services)
        draw_clients(services, running, "drawn", 200)
        put_sessions(services, "drawn", clients=200, each=1, at=NOW, rating="3 + (c.number >> 1) % 2 + c.number % 2")
        clock.forward((LATER - NOW).total_seconds())
        yield services


@contextmanager
def notebook_of(folder: Path) -> Iterator[Story]:
    """A notebook that reads the snapshot."""
    snapshot = open_snapshot(folder)
    try:
        yield Story(snapshot, settings_for(folder.parent))
    finally:
        snapshot.store.close()


def tells_nothing(rows: pd.DataFrame) -> bool:
    assert list(rows["version"]) == ["candidate", "standing"]
    assert list(rows["sessions"]) == [100, 100]
    return bool(rows[TELLING].isna().all(axis=None))


def test_while_it_runs_nothing_of_it_leaves(services: Services) -> None:
    (running,) = services.comparisons.all()
    assert running.state is ComparisonState.RUNNING
    page = measure(store_of(services), "version_comparison", view_of(ANALYST, services).parameters(None))
    assert tells_nothing(page)
    result = services.comparisons.result(running)
    assert (result.found, result.suggested, result.beside) == (None, None, ())


def test_while_it_runs_no_notebook_tells_it(services: Services, tmp_path: Path) -> None:
    take_snapshot(store_of(services), tmp_path / "copy", LATER)
    with notebook_of(tmp_path / "copy") as story:
        assert tells_nothing(story.frame("version_comparison"))


@pytest.mark.parametrize("ends", ["stopped", "at its size"])
def test_no_coachs_table_names_the_version_of_a_session_held_while_it_ran(
    services: Services, clock: HandClock, ends: str
) -> None:
    with store_of(services).transaction() as transaction:
        transaction.execute("UPDATE session_facts SET agent_version = 'v2' WHERE client_id = 'drawn-1'")
    drawn = Client("drawn-1", "Somebody", None, None, coached_by_viewer=True, is_member=True)
    shown = services.caseload.timeline(drawn, LATER)
    assert list(shown["rating"]) == [4]
    assert list(shown["agent_version"].isna()) == [True]
    if ends == "stopped":
        (running,) = services.comparisons.all()
        services.comparisons.stop(running.id, AMIRA, "It is enough.")
        clock.forward(timedelta(days=1).total_seconds())
    else:
        finish(services, clock)
    put_sessions(services, "drawn", clients=1, each=1, at=clock() - timedelta(hours=2), rating="3")
    with store_of(services).transaction() as transaction:
        transaction.execute("UPDATE session_facts SET agent_version = 'v2' WHERE client_id = 'drawn-1'")
    shown = services.caseload.timeline(drawn, clock() + timedelta(days=1))
    assert list(shown["agent_version"].fillna("none")) == ["v2", "none"]


def finish(services: Services, clock: HandClock) -> None:
    """It has its size, and a day has gone by."""
    with store_of(services).transaction() as transaction:
        transaction.execute("UPDATE comparisons SET planned_sessions = 200")
    services.comparisons.look()
    clock.forward(timedelta(days=1).total_seconds())


def test_once_it_has_its_size_the_same_ways_tell_it(services: Services, clock: HandClock) -> None:
    finish(services, clock)
    page = measure(store_of(services), "version_comparison", view_of(ANALYST, services).parameters(None))
    assert not tells_nothing(page)
    (finished,) = services.comparisons.all()
    assert services.comparisons.result(finished).beside


def test_once_it_has_its_size_a_notebook_tells_it(services: Services, clock: HandClock, tmp_path: Path) -> None:
    finish(services, clock)
    take_snapshot(store_of(services), tmp_path / "copy", clock())
    with notebook_of(tmp_path / "copy") as story:
        assert not tells_nothing(story.frame("version_comparison"))


def test_no_command_tells_it_either(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = services.settings.database
    services.close()
    monkeypatch.setenv("COACHROOM_DATABASE", setting_of(database))
    monkeypatch.setenv("COACHROOM_COOKIE_SECRET", SECRET)
    out = tmp_path / "out.csv"
    as_of = LATER.date().isoformat()
    assert main(["export", "version_comparison", "--format", "csv", "--as-of", as_of, "--out", str(out)]) == 0
    lines = [line for line in out.read_text(encoding="utf-8-sig").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines))
    assert [row["version"] for row in rows] == ["candidate", "standing"]
    assert [row[name] for row in rows for name in TELLING] == [""] * 8
