"""The rows of an export on their way from a data frame or a stream to a file: few at a time, types made plain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# A few megabytes at once, whatever the table's length.
BATCH = 8_192

Progress = Callable[[int], None]


@dataclass(frozen=True)
class ExportRows:
    """A stream that is read once. `known` is how many rows it has, None where only its end will tell.

    Types are bool, integers, float64, decimal, string, date, timestamp (naive: UTC) and lists or structs of them;
    NaN is null.
    """

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    known: int | None


def rows_of(
    data: pd.DataFrame | pa.RecordBatchReader, local_dates: Set[str], progress: Progress | None
) -> ExportRows:
    """The rows of a frame (without its index) or a reader. `progress` hears how many have been taken so far."""
    if isinstance(data, pd.DataFrame):
        reader = pa.Table.from_pandas(data, preserve_index=False).to_reader(max_chunksize=BATCH)
        known = len(data)
    else:
        reader, known = data, None
    schema = pa.schema([pa.field(column.name, _type(column, local_dates)) for column in reader.schema])
    return ExportRows(schema, _batches(reader, schema, progress), known)


def _batches(reader: pa.RecordBatchReader, schema: pa.Schema, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    taken = 0
    for batch in reader:
        for start in range(0, batch.num_rows, BATCH):
            part = batch.slice(start, BATCH)
            plain = [_plain(column, field.type) for column, field in zip(part.columns, schema, strict=True)]
            yield pa.record_batch(plain, schema=schema)
            taken += part.num_rows
            if progress is not None:
                progress(taken)


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
