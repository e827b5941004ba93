"""Rows of a DuckDB database carried over into PostgreSQL, so that both answer for the same."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from coachroom.store.duck import DuckStore
from coachroom.store.postgres import PostgresStore


def carry_over(origin: DuckStore, target: PostgresStore, tables: Iterable[str], scratch: Path) -> None:
    """Puts all rows of these tables into the empty ones of the same names."""
    file = scratch / "rows.csv"
    with target.connection() as connection:
        # A million rows take longer than a page may.
        connection.execute("SET statement_timeout = 0")
        for table in tables:
            columns = {row[0]: row[1] for row in origin.execute(f"DESCRIBE {table}")}
            read = ", ".join(
                f"'{{' || array_to_string({name}, ',') || '}}' AS {name}" if kind.endswith("[]") else name
                for name, kind in columns.items()
            )
            origin.execute(f"COPY (SELECT {read} FROM {table}) TO '{file}' (FORMAT csv, HEADER false)")
            with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)") as rows:
                rows.write(file.read_bytes())
            file.unlink()
