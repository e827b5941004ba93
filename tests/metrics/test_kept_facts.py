"""Facts whose words are gone stay as they are; as nobody's they have a day and no name, and metrics still run."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from coachroom.metrics.definitions import DEFINITIONS
from coachroom.metrics.facts import delete_orphaned_facts, disagreements, rebuild_facts
from coachroom.metrics.kept_facts import freeze_facts, keep_facts_of_nobody
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.run import measure
from coachroom.store.store import Store
from tests.databases import columns_but
from tests.metrics.community import golden, write, write_facts
from tests.metrics.rows import rows_of

LATER = Parameters(as_of=datetime(2027, 1, 1))
# What a day, a number and sums over clients do not change.
SAME = ("session_duration", "session_outcomes", "turns", "talk_ratio", "active_clients", "turn_latency")


def test_frozen_facts_outlive_their_turns_whatever_makes_facts_again(store: Store) -> None:
    write(store, golden())
    facts = f"SELECT {columns_but(store, 'session_facts', 'frozen')} FROM session_facts ORDER BY session_id"
    before = store.execute(facts)
    with store.transaction() as transaction:
        freeze_facts(transaction, ["s01", "s02"])
        transaction.execute("DELETE FROM conversations WHERE session_id IN ('s01', 's02')")
    assert not disagreements(store)
    with store.transaction() as transaction:
        write_facts(transaction, ["s01"])
        rebuild_facts(transaction)
        delete_orphaned_facts(transaction)
    assert store.execute(facts) == before
    assert not disagreements(store)


def test_nobodys_facts_have_the_day_alone_and_name_nobody(store: Store) -> None:
    write(store, golden())
    ((client,),) = store.execute("SELECT client_id FROM session_facts WHERE session_id = 's01'")
    theirs = [
        each for (each,) in store.execute("SELECT session_id FROM session_facts WHERE client_id = $1", [client])
    ]
    numbers = "SELECT max(client_no) FROM client_numbers"
    ((highest,),) = store.execute(numbers)
    with store.transaction() as transaction:
        keep_facts_of_nobody(transaction, theirs, ZoneInfo("Europe/Berlin"))
        transaction.execute("DELETE FROM session_facts WHERE client_id = $1", [client])
    kept = store.execute(
        "SELECT DISTINCT client_id, client_no, agent_id FROM session_facts WHERE frozen ORDER BY client_no"
    )
    assert len(kept) == 1
    assert kept[0][1:] == (highest + 1, None)
    assert kept[0][0] != client
    times = store.execute("SELECT DISTINCT CAST(start_time AS time) FROM session_facts WHERE frozen")
    assert {str(time) for (time,) in times} <= {"10:00:00", "11:00:00"}, "noon in Berlin"
    assert store.execute("SELECT count(*) FROM session_facts WHERE frozen") == [(len(theirs),)]
    assert not any(session in str(kept) for session in theirs)


def test_every_metric_still_runs_and_those_of_days_stay_the_same(store: Store) -> None:
    write(store, golden())
    before = {name: rows_of(measure(store, name, LATER)) for name in SAME}
    sessions = [each for (each,) in store.execute("SELECT session_id FROM session_facts WHERE client_no = 1")]
    with store.transaction() as transaction:
        keep_facts_of_nobody(transaction, sessions, ZoneInfo("UTC"))
        transaction.execute("DELETE FROM session_facts WHERE client_no = 1")
    assert {name: rows_of(measure(store, name, LATER)) for name in SAME} == before
    for metric in DEFINITIONS:
        measure(store, metric.id, LATER)
