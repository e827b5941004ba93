"""JSON Lines: an object a row, raw: nothing in it is changed for spreadsheets."""

from __future__ import annotations

import json
from typing import BinaryIO

from coachroom.metrics.exports.cells import json_columns
from coachroom.metrics.exports.rows import ExportRows


def write_jsonl(file: BinaryIO, rows: ExportRows) -> int:
    """Writes the rows; how many."""
    count = 0
    names = rows.schema.names
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    for batch in rows.batches:
        records = zip(*json_columns(batch), strict=True)
        lines = [encode(dict(zip(names, record, strict=True))) + "\n" for record in records]
        file.write("".join(lines).encode())
        count += batch.num_rows
    return count
