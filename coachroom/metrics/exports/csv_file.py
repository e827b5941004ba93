"""CSV as RFC 4180 has it, in UTF-8: the first row names the columns, nothing comes before it."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from coachroom.metrics.exports.cells import text_columns
from coachroom.metrics.exports.injection import harmless_text
from coachroom.metrics.exports.rows import ExportRows


def write_csv(file: BinaryIO, rows: ExportRows) -> int:
    """Writes the rows; how many. Floats have as many digits as it takes to read the same float again."""
    count = 0
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([harmless_text(name) for name in rows.schema.names])
        for batch in rows.batches:
            writer.writerows(zip(*text_columns(batch), strict=True))
            count += batch.num_rows
    finally:
        # The file is the caller's to close.
        text.detach()
    return count
