"""Every statement of the product is one that PostgreSQL takes as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from coachroom.caseload import caseload
from coachroom.metrics import facts, inventory
from coachroom.people import audit
from coachroom.store.migrate import migrate
from coachroom.store.postgres import Connection, PostgresStore, numbered
from coachroom.store.statements import load_statements
from tests.databases import new_postgres
from tests.server import ROOT

PACKAGE = ROOT / "coachroom"
# Files whose statements DuckDB alone runs, and why.
DUCKDB_ONLY = {
    "demo/plan.sql": "the community is made in a DuckDB file and carried over",
    "demo/rows.sql": "the community is made in a DuckDB file and carried over",
    "store/seed_import_duckdb.sql": "the first version's tables are read into a DuckDB file",
    "metrics/_snapshot_store.sql": "columns of a snapshot's views",
}
# Statements that are made of several parts, here as they are put together.
FACTS = facts.SQL
PLACES = ", ".join(f"${place}" for place, _ in enumerate(FACTS["columns"].split(","), start=1))
PUT_TOGETHER = {
    "caseload/caseload.sql": {"timeline": caseload._TIMELINE},
    "metrics/_inventory.sql": {"agents": inventory._AGENTS},
    "people/audit.sql": {"looked_for": audit._COUNT, "latest_first": audit._PAGE},
    "metrics/facts.sql": {
        "some": f"{facts._OF_SOME}\nSELECT * FROM computed",
        "every": f"{facts._OF_ALL}\nSELECT * FROM computed",
        "computed": f"{facts._OF_SOME}\nSELECT * FROM computed",
        "columns": f"{facts._INSERT}\n{facts._OF_ALL}\nSELECT {FACTS['columns']} FROM computed ORDER BY start_time",
        "put": f"{facts._INSERT}\nVALUES ({PLACES})\n{FACTS['put']}",
        "not_due": f"{facts._OF_ALL}\nSELECT 1 FROM computed c FULL JOIN session_facts f "
        f"ON f.session_id = c.session_id WHERE {FACTS['not_due']}",
        "number_clients": facts._without_with(FACTS["number_clients"], FACTS["some"]),
    },
}
# Metrics are computed by DuckDB, in the local copy of their numbers.
METRICS = {"_segments.sql", "_session_extract.sql", "_talk_reminders.sql"}


def files() -> list[str]:
    found = (file.relative_to(PACKAGE) for file in PACKAGE.rglob("*.sql") if "migrations" not in file.parts)
    return sorted(
        str(file)
        for file in found
        if str(file) not in DUCKDB_ONLY and not (file.parts[0] == "metrics" and file.name in METRICS)
    )


def statements(file: str) -> Mapping[str, str]:
    """By name, each whole."""
    path = Path("coachroom", file)
    found = dict(load_statements(".".join(path.parent.parts), path.name))
    if path.name.endswith("_rows.sql"):
        return {table: f"DELETE FROM {table} WHERE {condition}" for table, condition in found.items()}
    return found | PUT_TOGETHER.get(file, {})


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    store = PostgresStore(new_postgres())
    migrate(store, datetime(2026, 5, 1))
    with store.connection() as connection:
        yield connection
    store.close()


def refused(connection: Connection, sql: str) -> str | None:
    """What PostgreSQL says against a statement."""
    try:
        connection.execute(f"PREPARE one AS {numbered(sql)[0]}")
    except psycopg.Error as error:
        return str(error).partition("\n")[0]
    connection.execute("DEALLOCATE one")
    return None


def test_postgresql_takes_every_statement(connection: Connection) -> None:
    against = [
        f"{file}, {name}: {cause}"
        for file in files()
        for name, sql in statements(file).items()
        if (cause := refused(connection, sql)) is not None
    ]
    assert against == []
    assert sum(len(statements(file)) for file in files()) > 500


def test_what_is_left_out_is_there_and_is_refused(connection: Connection) -> None:
    for file in DUCKDB_ONLY:
        assert any(refused(connection, sql) for sql in statements(file).values()), file
    assert refused(connection, "SELECT nonsense") is not None
