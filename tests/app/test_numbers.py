"""Numbers of an app whose database is PostgreSQL: read in its mirror, which knows nobody who was erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services, open_services
from coachroom.app.numbers import numbers_of
from coachroom.cli import doctor
from coachroom.cli.database import running_on
from coachroom.cli.main import main
from coachroom.errors import NumbersNotReadyError
from coachroom.metrics.parameters import Parameters
from coachroom.postgres_address import PostgresAddress
from coachroom.rooms.states import EndReason
from coachroom.store import mirror as mirror_module
from tests.databases import new_postgres, setting_of
from tests.services import (
    ANA,
    BEN,
    CALL,
    NOON,
    HandClock,
    delivery,
    enter,
    opened,
    said,
    settings_for,
    status,
    store_of,
)


@pytest.fixture
def database() -> PostgresAddress:
    return new_postgres()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def services(tmp_path: Path, database: PostgresAddress, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, database=database) as services:
        yield services


def visit(services: Services, clock: HandClock, client: str) -> str:
    """A session of ten minutes in which something was said."""
    session = enter(services, client, f"tab of {client}")
    now = clock.now
    services.intake.receive(
        session.id, delivery(status(1, "connected", at=now, call=f"{CALL}-{client}"), sent_at=now)
    )
    services.intake.receive(
        session.id, delivery(said(2, "so it goes", at=now), said(3, "on", "agent", at=now), sent_at=now)
    )
    clock.forward(600)
    services.sessions.end(session.id, EndReason.CLIENT)
    clock.forward(60)
    services.facts.make_all()
    return session.id


def sessions_in(services: Services) -> int:
    frame = services.metrics.measure("session_outcomes", Parameters(as_of=services.clock()))
    return int(frame["sessions"].sum())


def test_a_session_is_in_the_numbers_once_it_is_over(services: Services, clock: HandClock) -> None:
    visit(services, clock, ANA)
    assert sessions_in(services) == 1
    assert services.inventory.row_counts()[0] == 1
    assert services.inventory.first_session() is not None


def test_numbers_are_as_of_the_last_look_at_the_database(services: Services, clock: HandClock) -> None:
    sessions_in(services)
    looked_at = clock.now
    clock.forward(30)
    assert services.numbers_as_of() == looked_at
    sessions_in(services)
    assert services.numbers_as_of() == clock.now


def test_nothing_of_an_erased_client_lies_beside_the_database(
    services: Services, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = visit(services, clock, ANA)
    visit(services, clock, BEN)
    assert sessions_in(services) == 2

    def left(mark: str) -> bool:
        files = [file for file in tmp_path.glob(".coachroom.postgresql.numbers/**/*") if file.is_file()]
        assert files
        return any(mark.encode() in file.read_bytes() for file in files)

    assert left(ANA)
    assert left(session)
    services.own_data.erase(ANA, "operator")
    assert sessions_in(services) == 1
    monkeypatch.setattr(services.mirror, "_least_pause", 0.0)
    monkeypatch.setattr(services.mirror, "_pause_factor", 0.0)
    assert sessions_in(services) == 1
    assert not left(ANA)
    assert not left(session)
    assert left(BEN)


def test_nothing_is_left_when_the_app_stops(tmp_path: Path, database: PostgresAddress) -> None:
    with opened(tmp_path, database=database) as services:
        services.inventory.row_counts()
    assert list((tmp_path / ".coachroom.postgresql.numbers").iterdir()) == []


def test_before_the_first_copy_pages_are_told_to_wait(
    tmp_path: Path, database: PostgresAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mirror_module, "FIRST_WAIT_SECONDS", 0.01)
    services = open_services(settings_for(tmp_path, database=database))
    try:
        with pytest.raises(NumbersNotReadyError, match="look again in a minute"):
            services.inventory.row_counts()
    finally:
        services.close()


def test_a_command_without_a_running_app_makes_a_mirror_of_its_own(services: Services, clock: HandClock) -> None:
    visit(services, clock, ANA)
    with numbers_of(store_of(services), services.settings, clock) as numbers:
        assert numbers.execute("SELECT count(*) FROM session_facts") == [(1,)]
        assert numbers is not services.mirror


def test_an_export_of_numbers_is_read_in_a_mirror(
    services: Services,
    clock: HandClock,
    tmp_path: Path,
    database: PostgresAddress,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visit(services, clock, ANA)
    monkeypatch.setenv("COACHROOM_DATABASE", setting_of(database))
    monkeypatch.setenv("COACHROOM_DATA_DIR", str(tmp_path / "of the command"))
    monkeypatch.setenv("COACHROOM_COOKIE_SECRET", services.settings.cookie_secret.get_secret_value())
    out = tmp_path / "duration.jsonl"
    given = ["--as-of", "2026-05-10", "--format", "jsonl", "--out", str(out)]
    assert main(["export", "session_duration", *given]) == 0
    (row,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert row["sessions"] == 1
    assert row["interval_start"] == NOON.date().replace(month=4, day=27).isoformat()


def test_the_doctor_compares_the_mirror_with_the_database(services: Services, clock: HandClock) -> None:
    def findings() -> list[str]:
        with running_on(services, lambda: None):
            found, _ = doctor.examine(clock())
        return [f"{each.level} {each.text}" for each in found if each.text.startswith("numbers:")]

    visit(services, clock, ANA)
    sessions_in(services)
    assert findings() == ["ok numbers: the mirror that they are read from holds what the database holds"]
    services.mirror._copy.store.execute("DELETE FROM mirrored.session_facts")
    assert findings() == [
        "broken numbers: of session_facts the database has 1 row and its mirror 0 rows, or other values: start "
        "coachroom again, which makes a new one"
    ]
