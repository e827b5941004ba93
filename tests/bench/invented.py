"""The invented community that metrics are measured on: made once by the demo's own code, kept beside its tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coachroom.demo import community as demo
from coachroom.metrics.snapshot_store import VISIBLE
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Store
from coachroom.store.writer import Writer

# A fixed day, so that the same numbers give the same rows whenever the bench runs.
UNTIL = datetime(2026, 5, 1)
SEED = 1
# Everything that a metric reads; who made the demo is not one of them.
TABLES = tuple(table for table in VISIBLE if table != "audit_log")

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Data:
    """A database with the community, and the tables that metrics read as Parquet files in `tables`."""

    database: Path
    tables: Path
    sessions: int
    clients: int
    turns: int

    def file(self, table: str) -> Path:
        return self.tables / f"{table}.parquet"


def prepare(scratch: Path, *, sessions: int, clients: int, seed: int = SEED) -> Data:
    """Makes the community in `scratch`, or takes the one that the same code made there before."""
    name = f"{sessions}-{clients}-{seed}-{_fingerprint()}"
    database, tables = scratch / f"{name}.duckdb", scratch / name
    store = DuckStore(database)
    try:
        migrate(store, UNTIL)
        writer = Writer(store)
        try:
            made = demo.generate(store, writer, demo.Community(clients, sessions, seed, UNTIL), now=UNTIL)
        finally:
            writer.close()
        if made or not tables.exists():
            _export(store, tables)
        turns = store.execute("SELECT count(*) FROM conversations")[0][0]
    finally:
        store.close()
    return Data(database, tables, sessions, clients, int(turns))


def _export(store: Store, tables: Path) -> None:
    unfinished = tables.with_suffix(".unfinished")
    unfinished.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        file = str(unfinished / f"{table}.parquet").replace("'", "''")
        store.execute(f"COPY (SELECT * FROM {table}) TO '{file}' (FORMAT parquet)")
    unfinished.rename(tables)


def _fingerprint() -> str:
    """Changes with whatever makes the rows."""
    makers = [ROOT / "coachroom" / "metrics" / "facts.sql"]
    for folder in ("demo", "store/migrations"):
        makers += sorted(path for path in (ROOT / "coachroom" / folder).iterdir() if path.is_file())
    known = hashlib.sha256()
    for path in makers:
        known.update(path.read_bytes())
    return known.hexdigest()[:8]
