"""Every table says which of its rows are one session's; a session's rows hold nothing of another session's."""

from __future__ import annotations

from pathlib import Path

from coachroom.privacy.client_data import OWNERS, RULES
from coachroom.privacy.session_data import SESSION_RULES, calls_of, delete_session_rows
from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.store.statements import load_statements
from tests.databases import database_in
from tests.privacy.everybody import NOW, Somebody, fill_every_table
from tests.server import ROOT
from tests.table_use import owners

ANA, BEN = Somebody("Anamark"), Somebody("Benmark")


def test_every_table_that_may_hold_a_client_says_what_of_it_is_one_sessions() -> None:
    assert set(SESSION_RULES) == set(RULES)
    owned = owners(ROOT / "coachroom")
    for owner in OWNERS:
        for table in load_statements(f"coachroom.{owner}", "session_rows.sql"):
            assert owned[table] == {owner}, table


def test_every_table_with_a_sessions_id_loses_its_rows_but_for_what_is_the_clients_own(tmp_path: Path) -> None:
    store = open_store(database_in(tmp_path))
    migrate(store, NOW)
    fill_every_table(store, list(RULES), ANA, BEN)
    session = ANA.names()["session_id"]
    found = (
        "SELECT table_name FROM information_schema.columns "
        "WHERE column_name = 'session_id' AND table_schema = current_schema()"
    )
    of_sessions = {table for (table,) in store.execute(found)}
    with store.transaction() as transaction:
        calls = calls_of(transaction, session)
        counts = delete_session_rows(transaction, session, calls)
    store.close()
    assert calls == [ANA.names()["conversation_id"]]
    gone = {table for table, rows in counts.items() if rows}
    assert of_sessions - gone == {"goals", "goal_checkins", "actions", "call_grants", "approach_choices"}
    assert gone - of_sessions == {"sessions", "rooms", "live_acts"}
    assert max(counts.values()) == 1
