"""Every table has a rule; what is exported is what is deleted, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from coachroom.errors import CoachroomError
from coachroom.privacy.client_data import OWNERS, RULES, count_rows, delete_rows, ids_of, rows_of
from coachroom.privacy.client_export import PURPOSES
from coachroom.privacy.erase import erase_rows
from coachroom.store.migrate import migrate
from coachroom.store.opening import open_store
from coachroom.store.statements import load_statements
from coachroom.store.store import Store
from tests.databases import database_in
from tests.privacy.everybody import NOW, Somebody, fill_every_table
from tests.server import ROOT
from tests.table_use import created_tables, owners

ANA, BEN = Somebody("Anamark"), Somebody("Benmark")
HOLD_NOBODY = {"comparisons", "day_notes", "erased_calls", "hook_events", "zone_rules"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(database_in(tmp_path))
    migrate(store, NOW)
    fill_every_table(store, list(RULES), ANA, BEN)
    yield store
    store.close()


def content(store: Store) -> dict[str, list[str]]:
    """Every row of every table as text."""
    return {
        table: sorted(row for (row,) in store.execute(f"SELECT CAST(to_json(r) AS VARCHAR) FROM {table} AS r"))
        for table in RULES
    }


def test_every_table_has_a_rule_in_the_package_that_owns_it() -> None:
    package = ROOT / "coachroom"
    assert set(RULES) == created_tables(package)
    owned = owners(package)
    for owner in OWNERS:
        for table in load_statements(f"coachroom.{owner}", "client_rows.sql"):
            assert owned[table] == {owner}, table


def test_a_client_is_told_what_each_table_that_may_hold_them_is_for() -> None:
    assert set(PURPOSES) == set(RULES) - HOLD_NOBODY
    assert {table for table, rule in RULES.items() if rule == "FALSE"} == HOLD_NOBODY


def test_what_is_deleted_is_all_that_holds_a_mark_and_nothing_else(store: Store) -> None:
    before = content(store)
    ids = ids_of(store, ANA.email)
    with store.transaction() as transaction:
        counts = delete_rows(transaction, ids)
    assert counts == {table: int(table not in HOLD_NOBODY) for table in RULES}
    after = content(store)
    for table in set(RULES) - HOLD_NOBODY:
        assert after[table] == [row for row in before[table] if ANA.mark.lower() not in row.lower()], table
        assert len(after[table]) == 1, table


def test_what_is_exported_is_what_is_deleted(store: Store) -> None:
    before = content(store)
    ids = ids_of(store, BEN.names()["client_id"])
    exported: dict[str, list[Any]] = dict(rows_of(store, ids))
    assert {table: len(rows) for table, rows in exported.items()} == count_rows(store, ids)
    with store.transaction() as transaction:
        delete_rows(transaction, ids)
    gone = {table: len(before[table]) - len(rows) for table, rows in content(store).items()}
    assert gone == {table: len(rows) for table, rows in exported.items()}
    assert count_rows(store, ids) == dict.fromkeys(RULES, 0)


def test_facts_that_stay_as_nobodys_hold_no_mark_and_are_in_nobodys_export(store: Store) -> None:
    ids = ids_of(store, ANA.email)
    with store.transaction() as transaction:
        counts = erase_rows(transaction, ids, actor="operator", now=NOW, facts_zone=ZoneInfo("UTC"))
    assert counts["session_facts"] == 1, "the client's own row goes"
    left = content(store)
    assert len(left["session_facts"]) == 2
    for table, rows in left.items():
        # The provider's copy is still to be deleted.
        if table not in HOLD_NOBODY:
            assert not [row for row in rows if ANA.mark.lower() in row.lower()], table
    assert count_rows(store, ids) == dict.fromkeys(RULES, 0)


def test_an_address_that_somebody_had_before_is_theirs_too(store: Store) -> None:
    store.execute(
        "INSERT INTO audit_log VALUES ('a1', $1, 'operator', 'members.address', 'old@example.com', $2)",
        [NOW, f'{{"new": "{ANA.email}"}}'],
    )
    ids = ids_of(store, ANA.email)
    assert ids.emails == (ANA.email, "old@example.com")
    assert count_rows(store, ids)["audit_log"] == 2


def test_an_address_within_another_one_is_somebody_elses(store: Store) -> None:
    store.execute(
        "INSERT INTO audit_log VALUES ('a1', $1, 'operator', 'members.import', 'members', $2)",
        [NOW, f'{{"of": "other-{ANA.email}"}}'],
    )
    assert count_rows(store, ids_of(store, ANA.email))["audit_log"] == 1


def test_nobody_is_one_sentence(store: Store) -> None:
    with pytest.raises(CoachroomError, match="There is no client 'nobody'"):
        ids_of(store, "nobody")
