"""PostgreSQL with the very text that DuckDB is given, through the same function; only parameters get numbers."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import psutil

from coachroom.metrics.run import measure
from coachroom.store.migrate import known_migrations
from tests.bench.cases import Case
from tests.bench.invented import TABLES, Data
from tests.bench.peers.peer import LIMIT_SECONDS, Answer, MissingPeerError, NotFinishedError
from tests.postgres_cluster import USER, MissingPostgresError, running_cluster

# Room to sort and hash in memory, as somebody would give it who runs dashboards on it; one core a query.
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "work_mem": "512MB",
    "maintenance_work_mem": "512MB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",
    "max_wal_size": "4GB",
    "timezone": "UTC",
}
# Beside the primary keys: what somebody who waits for these queries would add.
INDEXES = (
    "CREATE INDEX ON session_facts (start_time)",
    "CREATE INDEX ON session_facts (client_no, start_time) INCLUDE (status, client_turns, duration_seconds)",
    "CREATE INDEX ON goal_checkins (goal_id, created_at)",
    "CREATE INDEX ON goals (client_id)",
    "CREATE INDEX ON actions (due_at)",
)
# How its own COPY wants a list.
AS_LIST = "'{{' || array_to_string({name}, ',') || '}}' AS {name}"
BYTES_AT_ONCE = 1 << 20
COMMENT = re.compile(r"--.*")
NAMED = re.compile(r"\$([a-z_]+)")


class Postgres:
    name = "PostgreSQL"

    def __init__(self, data: Data, scratch: Path) -> None:
        try:
            import psycopg
            from psycopg.types.numeric import FloatLoader
        except ImportError:
            raise MissingPeerError("psycopg not found: install the extra `postgres`.") from None
        self._too_long = psycopg.errors.QueryCanceled
        self._open = ExitStack()
        try:
            folder = self._open.enter_context(running_cluster(SETTINGS))
        except MissingPostgresError as error:
            raise MissingPeerError(str(error)) from None
        address = f"host={folder} user={USER} dbname=postgres"
        since = time.perf_counter()
        try:
            self._connection = self._open.enter_context(
                psycopg.connect(address, autocommit=True, cursor_factory=psycopg.RawCursor)
            )
            self._connection.adapters.register_loader("numeric", FloatLoader)
            self._load(data, scratch)
        except BaseException:
            self._open.close()
            raise
        self.load_seconds = time.perf_counter() - since
        self.version = self._connection.execute("SHOW server_version").fetchone()[0].split()[0]
        self._connection.execute(f"SET statement_timeout = {int(LIMIT_SECONDS * 1000)}")
        self._backend = psutil.Process(self._connection.info.backend_pid)

    def once(self, case: Case) -> Answer:
        wall, cpu = time.perf_counter(), self._cpu()
        try:
            frame = measure(self, case.metric.id, case.parameters)
        except self._too_long:
            raise NotFinishedError from None
        return Answer(frame, (self._cpu() - cpu) * 1000, (time.perf_counter() - wall) * 1000)

    def frame(self, sql: str, parameters: Mapping[str, Any], /) -> pd.DataFrame:
        """What `metrics.run` asks of a store."""
        answer = self._connection.execute(*numbered(sql, parameters))
        return pd.DataFrame(answer.fetchall(), columns=[column.name for column in answer.description])

    def close(self) -> None:
        self._open.close()

    def _cpu(self) -> float:
        """Seconds used by the server's process and by ourselves."""
        server = self._backend.cpu_times()
        return float(server.user + server.system + time.process_time())

    def _load(self, data: Data, scratch: Path) -> None:
        for migration in known_migrations():
            self._connection.execute(migration.sql, prepare=False)
        with duckdb.connect() as source, tempfile.TemporaryDirectory(dir=scratch) as folder:
            source.execute("SET TimeZone = 'UTC'")
            for table in TABLES:
                parquet, text = data.file(table), Path(folder) / f"{table}.csv"
                described = source.execute(f"DESCRIBE FROM read_parquet('{parquet}')").fetchall()
                names = [name for name, *_ in described]
                shown = ", ".join(
                    AS_LIST.format(name=name) if kind.endswith("[]") else name for name, kind, *_ in described
                )
                source.execute(
                    f"COPY (SELECT {shown} FROM read_parquet('{parquet}')) TO '{text}' (FORMAT csv, HEADER)"
                )
                into = f"COPY {table} ({', '.join(names)}) FROM STDIN (FORMAT csv, HEADER)"
                with self._connection.cursor().copy(into) as copy, text.open("rb") as file:
                    while part := file.read(BYTES_AT_ONCE):
                        copy.write(part)
        for index in INDEXES:
            self._connection.execute(index)
        self._connection.execute("VACUUM ANALYZE")


def numbered(sql: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """The query with `$1`, `$2`, … where it has `$name`, as PostgreSQL takes them, and their values in that order."""
    text = COMMENT.sub("", sql)
    used = list(dict.fromkeys(NAMED.findall(text)))
    return NAMED.sub(lambda found: f"${used.index(found[1]) + 1}", text), [values[name] for name in used]
