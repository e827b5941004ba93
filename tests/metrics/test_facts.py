"""Session facts say what the turns say, can be made again, and are checked against them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from coachroom.metrics import facts
from coachroom.metrics.facts import disagreements, rebuild_facts
from coachroom.store.store import Store
from tests.databases import columns_but
from tests.metrics.community import Community, SessionRow, Turn, golden, write, write_facts

START = datetime(2026, 3, 2, 10)
SESSION = SessionRow("s", "c", START, datetime(2026, 3, 2, 10, 1, 30, 500_000), "completed")
FACTS = (
    "SELECT duration_seconds, client_turns, agent_turns, client_words, agent_words, interrupted_turns, latencies_ms "
    "FROM session_facts"
)


def all_facts(store: Store) -> list[Any]:
    columns = columns_but(store, "session_facts", "client_no")
    return store.execute(f"SELECT {columns} FROM session_facts ORDER BY session_id")


def test_turns_words_interruptions_and_latencies_are_counted(store: Store) -> None:
    turns = (
        Turn("agent", "Hello  there,\nyou", interrupted=True, latency_ms=1200),
        Turn("client", "\t hi "),
        Turn("client", "   "),
        Turn("client", "", latency_ms=7, interrupted=True),
        Turn("agent", "ok", latency_ms=0),
        Turn("agent", "no timing"),
        Turn("coach", "a human speaks", latency_ms=5),
        Turn("system", "a note"),
    )
    write(store, Community(sessions=(replace(SESSION, turns=turns),)))
    assert store.execute(FACTS) == [(90.5, 3, 3, 1, 6, 1, [1200, 0])]


HEARD = (
    "SELECT felt_ms, transcript_ms, answer_ms, typed_ms, silenced_ms, sounded_turns, cut_ins, silences_by_client, "
    "silences_by_agent, silences_by_nobody, reconnect_seconds, given_up FROM session_facts"
)


def test_what_was_heard_is_kept_turn_by_turn_and_counted(store: Store) -> None:
    turns = (
        Turn("agent", "one", felt_ms=400, silenced_ms=900),
        Turn("client", "two", felt_ms=1),
        Turn("agent", "three", felt_ms=2000),
        Turn("agent", "four", typed_ms=700),
    )
    broken = replace(SESSION, turns=turns, silences=("client", "client", "nobody"), breaks=(2.5, 40, None))
    write(store, Community(sessions=(broken,)))
    assert store.execute(HEARD) == [
        ([400, 2000], [100, 500], [300, 1500], [700], [900], 2, 1, 2, None, 1, [2.5, 40], 1)
    ]


def test_where_nothing_was_heard_there_is_no_number(store: Store) -> None:
    write(store, Community(sessions=(replace(SESSION, turns=(Turn("agent", "ok", latency_ms=3),)),)))
    assert store.execute(HEARD) == [(None,) * 12]


@pytest.mark.parametrize(
    ("latency", "kept"), [(1200.6, [1201]), ("900", [900]), ("fast", None), (-5, None), (1e30, None)]
)
def test_an_imported_latency_may_be_anything(store: Store, latency: Any, kept: list[int] | None) -> None:
    write(store, Community(sessions=(SESSION,)))
    with store.transaction() as transaction:
        transaction.execute(
            "INSERT INTO conversations VALUES ('s', 1, '1', 'hi', 'agent', $1, CAST($2 AS JSON))",
            [START, json.dumps({"latency_ms": latency})],
        )
        write_facts(transaction, ["s"])
    assert store.execute("SELECT latencies_ms FROM session_facts") == [(kept,)]


def test_open_and_unknown_sessions_have_none(store: Store) -> None:
    write(store, Community(sessions=(replace(SESSION, status="active", end=None),)))
    with store.transaction() as transaction:
        write_facts(transaction, ["s", "nobody"])
        write_facts(transaction, [])
    assert all_facts(store) == []
    assert not disagreements(store)


def test_writing_them_again_changes_nothing_and_takes_late_turns(store: Store) -> None:
    write(store, golden())
    before = all_facts(store)
    with store.transaction() as transaction:
        write_facts(transaction, ["s01", "s01", "s02"])
    assert all_facts(store) == before
    with store.transaction() as transaction:
        transaction.execute(
            "INSERT INTO conversations VALUES ('s01', 99, 'x', 'two words', 'client', $1, '{}')", [START]
        )
    assert disagreements(store) == facts.Disagreements(missing=(), stale=("s01",), orphaned=())
    with store.transaction() as transaction:
        write_facts(transaction, ["s01"])
    assert not disagreements(store)
    assert store.execute("SELECT client_words FROM session_facts WHERE session_id = 's01'") == [(32,)]


def test_a_client_keeps_the_number(store: Store) -> None:
    write(store, golden())
    numbers = dict(store.execute("SELECT client_id, client_no FROM client_numbers"))
    assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))
    with store.transaction() as transaction:
        rebuild_facts(transaction)
    assert dict(store.execute("SELECT DISTINCT client_id, client_no FROM session_facts")).items() <= numbers.items()


def test_they_can_be_made_from_scratch(store: Store) -> None:
    write(store, golden())
    before = all_facts(store)
    with store.transaction() as transaction:
        transaction.execute("DELETE FROM session_facts WHERE session_id IN ('s01', 's02')")
        transaction.execute("UPDATE session_facts SET agent_words = 1 WHERE session_id = 's03'")
        transaction.execute("DELETE FROM sessions WHERE id = 's11'")
    found = disagreements(store)
    assert found == facts.Disagreements(missing=("s01", "s02"), stale=("s03",), orphaned=("s11",))
    assert len(found) == 4
    with store.transaction() as transaction:
        assert rebuild_facts(transaction) == len(before) - 1
    assert all_facts(store) == [row for row in before if row[0] != "s11"]
    assert not disagreements(store)
