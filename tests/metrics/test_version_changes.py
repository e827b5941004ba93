"""Which version of the agent a session had: in its facts, as a part of the community, and as marked days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from coachroom.metrics.inventory import Inventory, UsedAgent
from coachroom.metrics.parameters import Segment, SegmentBy
from coachroom.metrics.run import run
from coachroom.metrics.version_changes import marked_days, shown, version_changes
from coachroom.store.store import Store
from tests.metrics.community import Community, SessionRow, Turn, write, write_facts
from tests.metrics.test_facts import SESSION, START

UTC = ZoneInfo("UTC")
DAY = timedelta(days=1)


def settle(store: Store, *met: tuple[str, int, str | None]) -> None:
    """Sessions, one a client, day after the first and version of the agent; each with one call."""
    sessions = [
        SessionRow(
            f"s{n}",
            client,
            START + days * DAY,
            START + days * DAY + timedelta(seconds=90),
            "completed",
            turns=(Turn("client", "hello"),),
            breaks=(),
        )
        for n, (client, days, _) in enumerate(met)
    ]
    write(store, Community(sessions=tuple(sessions)))
    with store.transaction() as transaction:
        for n, (_, _, version) in enumerate(met):
            transaction.execute(
                "UPDATE agent_conversations SET agent_id = 'agent', version_id = $2 WHERE session_id = $1",
                [f"s{n}", version],
            )
        write_facts(transaction, [f"s{n}" for n in range(len(met))])


def test_a_sessions_version_is_that_of_its_latest_call_whose_record_is_there(store: Store) -> None:
    write(store, Community(sessions=(replace(SESSION, breaks=(2.5, 4)),)))
    calls = [str(call) for (call,) in store.execute("SELECT id FROM agent_conversations ORDER BY started_at")]
    assert len(calls) == 3
    with store.transaction() as transaction:
        for call, version in zip(calls, ("v1", "v2", None), strict=True):
            transaction.execute("UPDATE agent_conversations SET version_id = $2 WHERE id = $1", [call, version])
        write_facts(transaction, [SESSION.id])
    assert store.execute("SELECT agent_version FROM session_facts") == [("v2",)]


def test_each_version_is_a_part_of_the_community_and_sessions_of_before_are_another(store: Store) -> None:
    settle(store, ("a", 0, None), ("b", 1, "v1"), ("c", 2, "v1"), ("a", 3, "v2"))
    assert Inventory(store).agents() == [
        UsedAgent("agent", "v1", START.date() + DAY),
        UsedAgent("agent", "v2", START.date() + 3 * DAY),
        UsedAgent("agent", None, START.date()),
    ]
    assert sessions_by_part(store) == {"agent": 1, "agent v1": 2, "agent v2": 1}


def test_a_new_version_is_marked_once_enough_have_met_it_and_the_first_never(store: Store) -> None:
    settle(store, ("a", 0, "v1"), ("b", 4, "v2"), ("c", 6, "v2"), ("a", 5, "v3"))
    (change,) = version_changes(store, UTC, 2)
    assert (change.day, change.words) == (START.date() + 4 * DAY, "New version of the AI coach: v2")
    assert [note.id for note in version_changes(store, UTC, 1)] == ["version-v2", "version-v3"]
    assert version_changes(store, UTC, 3) == ()


def test_the_day_of_a_change_is_that_of_the_reporting_zone(store: Store) -> None:
    settle(store, ("a", 0, "v1"), ("b", 1, "v2"))
    there = version_changes(store, ZoneInfo("Europe/Berlin"), 1)[0].day
    assert there - version_changes(store, ZoneInfo("Pacific/Niue"), 1)[0].day == DAY


def test_marked_days_are_those_noted_and_those_of_changes(store: Store) -> None:
    settle(store, ("a", 0, "v1"), ("b", 1, "v2"))
    store.execute(
        "INSERT INTO day_notes (id, day, words, created_by, created_at) VALUES ('n', $1, 'new voice', 'x', $2)",
        [date(2026, 5, 1), START],
    )
    assert [note.words for note in marked_days(store, UTC, 1)] == ["new voice", "New version of the AI coach: v2"]


@pytest.mark.parametrize(
    ("version", "short"), [("v2", "v2"), ("agtvrsn_01jy88zv6zfe1a9v9zdxt69abd", "…9v9zdxt69abd")]
)
def test_a_long_id_is_shown_by_its_end(version: str, short: str) -> None:
    assert shown(version) == short


def compare(store: Store, state: str, began: timedelta, ended: timedelta | None = None) -> None:
    store.execute("DELETE FROM comparisons")
    store.execute(
        "INSERT INTO comparisons (id, label, why, standing, candidate, share, smallest, planned_sessions, state, "
        "made_by, made_at, started_at, ended_at) "
        "VALUES ('k', 'k', 'why', 'main', 'next', 0.5, 0.25, 100, $1, 'a@example.com', $2, $2, $3)",
        [state, START + began, START + ended if ended else None],
    )


def sessions_by_part(store: Store) -> dict[str, int]:
    parts = [agent.part for agent in Inventory(store).agents()]
    return {
        part: int(
            run(store, "session_outcomes", as_of=START + 9 * DAY, segment=Segment(SegmentBy.AGENT, part))[
                "sessions"
            ].sum()
        )
        for part in parts
    }


def test_what_was_held_while_versions_were_compared_is_one_part_then_and_ever_after(store: Store) -> None:
    settle(store, ("a", 0, "v1"), ("b", 2, "v1"), ("c", 3, "v2"), ("d", 6, "v1"))
    try:
        compare(store, "running", DAY)
        assert sessions_by_part(store) == {"agent": 3, "agent v1": 1}
        # Parts by version would tell the difference now, and one part less another what a few have said.
        compare(store, "stopped", DAY, 5 * DAY)
        assert sessions_by_part(store) == {"agent": 2, "agent v1": 2}
        compare(store, "decided", DAY, 5 * DAY)
        assert sessions_by_part(store) == {"agent": 2, "agent v1": 2}
    finally:
        store.execute("DELETE FROM comparisons")
