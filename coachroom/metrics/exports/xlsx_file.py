"""XLSX: the rows on the first sheet, what they mean on the second."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from coachroom.metrics.exports.cells import sheet_columns
from coachroom.metrics.exports.formats import ExportError
from coachroom.metrics.exports.header import ExportHeader
from coachroom.metrics.exports.injection import harmless_text
from coachroom.metrics.exports.rows import ExportRows

MAX_ROWS = 100_000
MAX_TEXT_CHARS = 32_767
# Beyond this a spreadsheet's numbers, which are floats, skip integers.
MAX_INTEGER = 2**53
# Spreadsheets count days from here; they believe that 1900 was a leap year, so days before March are off by one.
FIRST_DAY = date(1900, 3, 1)
WIDTH = 20


class _Exact(float):
    """Writes itself with all of its digits where XlsxWriter asks for 16, which are not always enough."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


def write_xlsx(file: BinaryIO, rows: ExportRows, header: ExportHeader, scratch: Path) -> int:
    """Writes the rows; how many. `scratch` is a folder for files on the way, which may be left there on failure.

    Raises ExportError for more than MAX_ROWS rows and for text that a cell cannot hold.
    """
    if rows.count > MAX_ROWS:
        raise ExportError(
            f"An XLSX file takes up to {MAX_ROWS:,} rows and these are more: "
            "choose csv or parquet, or a shorter range."
        )
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(scratch),
    }
    try:
        with Workbook(file, options) as book:
            book.set_properties({"title": header.title, "created": header.generated_at})
            data = _Sheet(book, "Data", rows.schema.names)
            for batch in rows.batches:
                data.write(zip(*sheet_columns(batch), strict=True))
            _Sheet(book, "About", ["what", "value"]).write(_about(header))
    except FileCreateError as error:
        # XlsxWriter wraps the operating system's error.
        raise error.args[0] if isinstance(error.args[0], OSError) else error from error
    return rows.count


class _Sheet:
    """One sheet with a heading; rows are written downwards, once."""

    def __init__(self, book: Workbook, name: str, heading: Iterable[str]) -> None:
        self._sheet = book.add_worksheet(name)
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._row = 1
        names = list(heading)
        self._sheet.set_column(0, max(len(names) - 1, 0), WIDTH)
        self._sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for place, title in enumerate(names):
            self._sheet.write_string(0, place, harmless_text(title), bold)

    def write(self, records: Iterable[Iterable[Any]]) -> None:
        for record in records:
            for place, value in enumerate(record):
                self._put(self._row, place, value)
            self._row += 1

    def _put(self, row: int, place: int, value: Any) -> None:
        match value:
            case None:
                return
            case bool():
                self._sheet.write_boolean(row, place, value)
            case int() if abs(value) <= MAX_INTEGER:
                self._sheet.write_number(row, place, value)
            case float() if math.isfinite(value):
                self._sheet.write_number(row, place, _Exact(value))
            case datetime() if value.date() >= FIRST_DAY:
                self._sheet.write_datetime(row, place, value, self._moment)
            case date() if not isinstance(value, datetime) and value >= FIRST_DAY:
                self._sheet.write_datetime(row, place, value, self._day)
            case datetime():
                self._sheet.write_string(row, place, value.isoformat() + "Z")
            case date():
                self._sheet.write_string(row, place, value.isoformat())
            case _:
                self._put_text(row, place, str(value))

    def _put_text(self, row: int, place: int, text: str) -> None:
        # Refused where XlsxWriter would cut it off.
        if self._sheet.write_string(row, place, text):
            raise ExportError(
                f"Row {row} has a text that is longer than a spreadsheet cell's {MAX_TEXT_CHARS:,} characters: "
                "choose csv or parquet."
            )


def _about(header: ExportHeader) -> Iterable[tuple[str, Any]]:
    for name, value in header.document().items():
        if isinstance(value, dict):
            yield from ((harmless_text(f"{name}: {part}"), _about_value(content)) for part, content in value.items())
        else:
            yield name, _about_value(value)


def _about_value(value: Any) -> Any:
    return harmless_text(value if isinstance(value, str) else json.dumps(value))
