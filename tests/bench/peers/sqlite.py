"""SQLite with SQL of its own: it knows no percentiles, no dates and no lists."""

from __future__ import annotations

import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd

from coachroom.metrics.definitions import ColumnType
from coachroom.store.statements import load_statements
from tests.bench.cases import Case
from tests.bench.invented import Data
from tests.bench.peers.peer import LIMIT_SECONDS, Answer, NotExpressibleError, NotFinishedError

SQL = load_statements("tests.bench.peers", "sqlite.sql")
TABLES = load_statements("tests.bench.peers", "sqlite_tables.sql")
SETTINGS = (
    "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -2000000",
)
ROWS_AT_ONCE = 100_000


class Sqlite:
    name = "SQLite"
    version = sqlite3.sqlite_version

    def __init__(self, data: Data, scratch: Path) -> None:
        since = time.perf_counter()
        self._file = scratch / "peer.sqlite"
        self._file.unlink(missing_ok=True)
        self._connection = sqlite3.connect(self._file, check_same_thread=False)
        for setting in SETTINGS:
            self._connection.execute(setting)
        self._load(data)
        self.load_seconds = time.perf_counter() - since

    def once(self, case: Case) -> Answer:
        sql = statement(case)
        until = (case.parameters.until.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(
            microseconds=1
        )
        values = {"until": until, "min_valid_seconds": case.parameters.min_valid_seconds, "kind": case.kind}
        cancel = threading.Timer(LIMIT_SECONDS, self._connection.interrupt)
        cancel.start()
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            rows = self._connection.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise NotFinishedError from None
            if "no such function" in str(error):
                raise NotExpressibleError(f"this build has {error}") from None
            raise
        finally:
            cancel.cancel()
        frame = pd.DataFrame(rows, columns=[column.name for column in case.metric.columns])
        return Answer(frame, (time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000)

    def close(self) -> None:
        self._connection.close()
        self._file.unlink()

    def _load(self, data: Data) -> None:
        with duckdb.connect() as source:
            source.execute("SET TimeZone = 'UTC'")
            for name, sql in TABLES.items():
                if not name.startswith("fill_"):
                    self._connection.execute(sql)
                    continue
                table = name.removeprefix("fill_")
                rows = source.execute(sql.replace("$file", f"'{data.file(_origin(table))}'"))
                places = ", ".join("?" * len(rows.description))
                while chunk := rows.fetchmany(ROWS_AT_ONCE):
                    self._connection.executemany(f"INSERT INTO {table} VALUES ({places})", chunk)
        self._connection.commit()


def statement(case: Case) -> str:
    """The metric's SQL. Raises NotExpressibleError."""
    metric = case.metric
    if metric.id not in SQL:
        raise NotExpressibleError("no SQL for it was written")
    parts = [SQL["sessions"]]
    if "_goals" in metric.builds_on:
        parts.append(SQL["goals"])
    if "_next_dates" in metric.builds_on:
        parts.append(SQL["next_dates"])
    parts.append(f"result AS (\n{SQL[metric.id]}\n)")
    if metric.is_rate:
        parts.append(SQL["rate"])
    source = "rated" if metric.is_rate else "result"
    names = ", ".join(f'"{column.name}"' for column in metric.columns)
    keys = ", ".join(f'"{column.name}"' for column in metric.keys if column.type is not ColumnType.TEXT)
    return "WITH\n" + ",\n".join(parts) + f"\nSELECT {names} FROM {source}" + (f" ORDER BY {keys}" if keys else "")


def _origin(table: str) -> str:
    """Where a table's rows come from: lists lie in a table of their own."""
    return "session_facts" if table == "heard" else table
