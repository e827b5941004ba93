"""Parquet: typed and raw, with the header in the file's own metadata under the key `coachroom`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from coachroom.metrics.exports.header import ExportHeader
from coachroom.metrics.exports.rows import ExportRows

METADATA_KEY = "coachroom"
ROW_GROUP = 131_072
ROW_GROUP_BYTES = 32 * 1024**2


def write_parquet(file: BinaryIO, rows: ExportRows, header: ExportHeader) -> int:
    """Writes the rows; how many."""
    count = 0
    schema = rows.schema.with_metadata({METADATA_KEY: header.json()})
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for group in _row_groups(rows):
            writer.write_table(group.replace_schema_metadata(schema.metadata), row_group_size=ROW_GROUP)
            count += group.num_rows
    return count


def _row_groups(rows: ExportRows) -> Iterator[pa.Table]:
    """The batches gathered: every row group has a cost of its own for a reader of the file."""
    waiting: list[pa.RecordBatch] = []
    for batch in rows.batches:
        waiting.append(batch)
        count, size = sum(each.num_rows for each in waiting), sum(each.nbytes for each in waiting)
        if count >= ROW_GROUP or size >= ROW_GROUP_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)
