"""The caseload: the days after which somebody counts as quiet, recent or not begun are the module's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.caseload import caseload as module
from coachroom.caseload.caseload import Caseload, ClientNotFoundError, ensure_coach_of
from coachroom.caseload.reasons import Need, reasons
from coachroom.people.people import Person, Role
from tests.charts.community import CARLA, NOW, add_community
from tests.services import HandClock, opened, store_of

ADMIN = Person("amira.haddad@example.com", "Amira", Role.ADMIN, None, True)
COACH = Person(CARLA, "Carla", Role.COACH, None, True)


def load(services: Services, viewer: Person = ADMIN) -> Caseload:
    return services.caseload.load(viewer, NOW, min_valid_seconds=60)


def test_the_days_are_those_that_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        add_community(services)
        before = load(services)
        assert before.gone_quiet
        assert before.need_a_talk
        assert before.rows["recent_sessions"].max() > 0
        monkeypatch.setattr(module, "QUIET_DAYS", 10_000)
        monkeypatch.setattr(module, "RECENT_DAYS", 0)
        after = load(services)
        assert (after.gone_quiet, after.need_a_talk, after.rows["recent_sessions"].max()) == (0, 0, 0)
        assert after.clients == before.clients


def test_a_coach_sees_the_same_about_their_clients_as_an_administrator(tmp_path: Path) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        add_community(services)
        everybody, own = load(services).rows, load(services, COACH).rows
        mine = everybody[everybody["coach_email"] == CARLA]
        assert 0 < len(own) < len(everybody)
        assert own.reset_index(drop=True).equals(mine.reset_index(drop=True))


@dataclass(frozen=True)
class Past:
    """A client's past: sessions as days ago and status, oldest first; rating and check-in total of the last one."""

    need: Need | None
    sessions: tuple[tuple[int, str], ...] = ()
    rating: int | None = None
    check_in: int | None = None
    joined_days_ago: int = 300


PASTS = {
    "Rated low": Past(Need.LOW_RATING, ((3, "completed"),), rating=2),
    "Rated low and failed": Past(Need.LOW_RATING, ((9, "completed"), (3, "failed")), rating=1),
    "Low check-in": Past(Need.LOW_CHECK_IN, ((3, "completed"),), rating=5, check_in=35),
    "Failed after others": Past(Need.FAILED_SESSION, ((9, "completed"), (3, "failed"))),
    "Failed at once": Past(Need.FAILED_SESSION, ((3, "failed"),)),
    "Failed and came back": Past(None, ((9, "failed"), (3, "completed"))),
    "Failed long ago": Past(Need.QUIET, ((90, "completed"), (60, "failed"))),
    "Away": Past(Need.QUIET, ((15, "completed"),)),
    "Never came": Past(Need.NOT_BEGUN, joined_days_ago=8),
    "New": Past(None, joined_days_ago=6),
    "Content": Past(None, ((3, "completed"),), rating=5, check_in=36),
}


def add_client(services: Services, number: int, name: str, past: Past) -> None:
    store, joined = store_of(services), NOW - timedelta(days=past.joined_days_ago)
    columns = "email, display_name, role, status, client_id, source, joined_at, created_at, updated_at"
    store.execute(
        f"INSERT INTO members ({columns}) "
        "VALUES ($1 || '@a.example', $1, 'client', 'active', $1, 'manual', $2, $2, $2)",
        [name, joined],
    )
    store.execute("INSERT INTO client_numbers VALUES ($1, $2)", [name, number])
    for place, (days_ago, status) in enumerate(past.sessions):
        start = NOW - timedelta(days=days_ago)
        store.execute(
            "INSERT INTO session_facts (session_id, client_id, client_no, start_time, end_time, status, "
            "duration_seconds, client_turns, agent_turns, client_words, agent_words, interrupted_turns) "
            "VALUES ($1, $2, $3, $4, $4, $5, 600, 5, 5, 50, 50, 0)",
            [f"{name} {place}", name, number, start, status],
        )
    last = f"{name} {len(past.sessions) - 1}"
    if past.rating is not None:
        store.execute(
            "INSERT INTO feedback (session_id, rating, created_at) VALUES ($1, $2, $3)", [last, past.rating, NOW]
        )
    if past.check_in is not None:
        store.execute("INSERT INTO check_ins VALUES ($1, $2, 10, 10, 10, $3)", [last, past.check_in - 30, NOW])


def test_every_client_has_the_need_that_is_most_urgent(tmp_path: Path) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        for number, (name, past) in enumerate(PASTS.items()):
            add_client(services, number, name, past)
        found = load(services)
    rows = found.rows[found.rows["client"].isin(PASTS)]
    needs = {row.client: row.need if isinstance(row.need, str) else None for row in rows.itertuples()}
    assert needs == {name: past.need for name, past in PASTS.items()}
    order = [*Need, None]
    places = [order.index(needs[name]) for name in rows["client"]]
    assert places == sorted(places)
    assert (found.need_a_talk, found.gone_quiet, found.not_begun) == (5, 2, 1)


def test_of_those_with_the_same_need_the_worse_off_come_first_and_of_equals_the_latest(tmp_path: Path) -> None:
    expected = {
        "One star": Past(Need.LOW_RATING, ((9, "completed"),), rating=1),
        "Two stars": Past(Need.LOW_RATING, ((3, "completed"),), rating=2),
        "Two stars before": Past(Need.LOW_RATING, ((5, "completed"),), rating=2),
        "31 points": Past(Need.LOW_CHECK_IN, ((9, "completed"),), check_in=31),
        "32 points": Past(Need.LOW_CHECK_IN, ((4, "completed"),), check_in=32),
        "32 points before": Past(Need.LOW_CHECK_IN, ((6, "completed"),), check_in=32),
        "35 points": Past(Need.LOW_CHECK_IN, ((3, "completed"),), check_in=35),
        "Just gone": Past(Need.QUIET, ((15, "completed"),)),
        "Long gone": Past(Need.QUIET, ((90, "completed"),)),
        "Joined lately": Past(Need.NOT_BEGUN, joined_days_ago=8),
        "Joined before": Past(Need.NOT_BEGUN, joined_days_ago=90),
    }
    with opened(tmp_path, HandClock(NOW)) as services:
        for number, name in enumerate(reversed(expected)):
            add_client(services, number, name, expected[name])
        found = load(services)
    assert [name for name in found.rows["client"] if name in expected] == list(expected)


def test_every_need_says_why_in_plain_words(tmp_path: Path) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        for number, (name, past) in enumerate(PASTS.items()):
            add_client(services, number, name, past)
        found = load(services)
    said = dict(zip(found.rows["client"], reasons(found.rows), strict=True))
    assert said["Rated low"] == "gave 2 of 5 stars to the last session that they rated"
    assert said["Low check-in"] == ("gave 35 of 40 points in the last check-in, 5 of 10 for being heard")
    assert said["Failed at once"] == "could not reach the coach in the last session"
    assert said["Away"].startswith("has not been here for 15 days, since ")
    assert said["Never came"] == "joined 8 days ago and has not had a session yet"
    assert said["New"] is said["Content"] is None


def test_days_are_counted_on_the_clients_calendar(tmp_path: Path) -> None:
    """NOW is 12:00 UTC, midnight in Auckland. The sessions began at 23:00 UTC, 11:00 of the next day there."""
    with opened(tmp_path, HandClock(NOW)) as services:
        for number, name in enumerate(("Near", "Far")):
            add_client(services, number, name, Past(Need.QUIET, ((15, "completed"),)))
        add_client(services, 2, "Never came", Past(Need.NOT_BEGUN, joined_days_ago=8))
        store, earlier = store_of(services), timedelta(hours=13)
        store.execute("UPDATE session_facts SET start_time = start_time - $1", [earlier])
        store.execute("UPDATE members SET joined_at = joined_at - $1", [earlier])
        put = "INSERT INTO client_profiles (id, timezone, created_at) VALUES ($1, 'Pacific/Auckland', $2)"
        for name in ("Far", "Never came"):
            store.execute(put, [name, NOW])
        found = load(services)
    said = dict(zip(found.rows["client"], reasons(found.rows), strict=True))
    assert said["Near"] == "has not been here for 16 days, since 15 Apr 2026"
    assert said["Far"] == "has not been here for 16 days, since 16 Apr 2026"
    assert said["Never came"] == "joined 9 days ago and has not had a session yet"


def write(services: Services, client: str, words: str, reader: str | None) -> None:
    row = [f"{client} 0", words, reader, NOW]
    columns = "session_id, rating, comment, comment_for, created_at"
    store_of(services).execute(f"INSERT INTO feedback ({columns}) VALUES ($1, 4, $2, $3, $4)", row)


def test_words_are_read_by_whom_the_client_chose_and_nobody_else(tmp_path: Path) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        for number, (name, reader) in enumerate(
            {"To coach": "coach", "To admin": "admin", "To nobody": None}.items()
        ):
            add_client(services, number, name, Past(None, ((3, "completed"),)))
            write(services, name, f"{name}: words", reader)
        store_of(services).execute("UPDATE members SET coach_email = $1 WHERE client_id LIKE 'To %'", [CARLA])
        other = Person("other@example.com", "Other", Role.COACH, None, True)
        read = {
            viewer.email: list(services.caseload.comments(viewer, NOW)["comment"]) for viewer in (COACH, ADMIN, other)
        }
        assert read == {CARLA: ["To coach: words"], ADMIN.email: ["To admin: words"], other.email: []}
        for viewer, client in ((COACH, "To coach"), (ADMIN, "To admin")):
            for each in ("To coach", "To admin", "To nobody"):
                found = services.caseload.comments(viewer, NOW, client=services.caseload.find_client(viewer, each))
                assert list(found["comment"]) == ([f"{each}: words"] if each == client else [])
        for role in (Role.CLIENT, Role.ANALYST):
            with pytest.raises(module.ClientNotFoundError):
                services.caseload.comments(Person("x@example.com", "X", role, "To coach", True), NOW)


def test_a_coach_finds_a_client_only_while_they_are_a_coach_here_and_writes_while_the_client_is_a_member(
    tmp_path: Path,
) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        services.people.find("ana.silva@example.com")
        change = store_of(services).execute
        for column, other, own in (("role", "analyst", "coach"), ("status", "removed", "active")):
            change(f"UPDATE members SET {column} = $2 WHERE email = $1", [CARLA, other])
            with pytest.raises(ClientNotFoundError):
                services.caseload.find_client(COACH, "demo-ana")
            change(f"UPDATE members SET {column} = $2 WHERE email = $1", [CARLA, own])
        assert services.caseload.find_client(COACH, "demo-ana").coached_by_viewer
        change("UPDATE members SET status = 'removed' WHERE client_id = $1", ["demo-ana"])
        assert not services.caseload.find_client(COACH, "demo-ana").coached_by_viewer


def test_a_coach_writes_for_a_client_only_while_both_are_members(tmp_path: Path) -> None:
    with opened(tmp_path, HandClock(NOW)) as services:
        services.people.find("ana.silva@example.com")
        with store_of(services).transaction() as transaction:
            ensure_coach_of(transaction, CARLA, "demo-ana")
        assert "demo-ana" in services.caseload.coached_by(COACH)
        assert services.caseload.find_client(COACH, "demo-ana").coached_by_viewer
        assert not services.caseload.find_client(ADMIN, "demo-ana").coached_by_viewer
        for gone in ("ana.silva@example.com", CARLA):
            sql = "UPDATE members SET status = $2 WHERE email = $1"
            store_of(services).execute(sql, [gone, "removed"])
            with store_of(services).transaction() as transaction, pytest.raises(ClientNotFoundError):
                ensure_coach_of(transaction, CARLA, "demo-ana")
            assert "demo-ana" not in services.caseload.coached_by(COACH)
            store_of(services).execute(sql, [gone, "active"])
