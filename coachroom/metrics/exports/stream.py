"""A query's rows as they are computed, for results that would not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa

from coachroom.metrics.exports.rows import BATCH


@contextmanager
def stream(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: Sequence[Any] = ()
) -> Iterator[pa.RecordBatchReader]:
    """A reader of the query's rows, open as long as the block. The cursor answers nothing else meanwhile."""
    reader = cursor.sql(sql, params=list(parameters)).to_arrow_reader(BATCH)
    try:
        yield reader
    finally:
        reader.close()
