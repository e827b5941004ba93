"""The rows of an export on their way from a data frame to a file: few at a time, in plain types."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# A few megabytes at once, whatever the table's length.
BATCH = 8_192


@dataclass(frozen=True)
class ExportRows:
    """`count` rows in batches that are read once.

    Types are bool, integers, float64, decimal, string, date, timestamp (naive: UTC) and lists or structs of them;
    NaN is null.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    count: int


def rows_of(frame: pd.DataFrame, local_dates: Set[str]) -> ExportRows:
    """The rows of a frame without its index; `local_dates` are the columns whose timestamps are dates."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    schema = pa.schema([pa.field(column.name, _type(column, local_dates)) for column in table.schema])
    return ExportRows(schema, _batches(table, schema), table.num_rows)


def _batches(table: pa.Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for batch in table.to_batches(max_chunksize=BATCH):
        plain = [_plain(column, field.type) for column, field in zip(batch.columns, schema, strict=True)]
        yield pa.record_batch(plain, schema=schema)


def _type(column: pa.Field, local_dates: Set[str]) -> pa.DataType:
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if column.name in local_dates and pa.types.is_timestamp(kind):
        return pa.date32()
    if pa.types.is_floating(kind):
        return pa.float64()
    texts = (pa.types.is_null, pa.types.is_large_string, pa.types.is_string_view)
    return pa.string() if any(is_text(kind) for is_text in texts) else kind


def _plain(column: pa.Array, kind: pa.DataType) -> pa.Array:
    array = column if column.type == kind else column.cast(kind)
    if pa.types.is_floating(kind) and array.null_count < len(array):
        return pc.if_else(pc.is_nan(array), pa.scalar(None, kind), array)
    return array
