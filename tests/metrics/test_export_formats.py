"""What comes out of a file is what went in, to the last digit; only what a spreadsheet would run is changed."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import string
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from coachroom.metrics.definitions import definition
from coachroom.metrics.exports.formats import Format, sidecar_of
from coachroom.metrics.exports.header import ExportColumn, ExportHeader, header_for
from coachroom.metrics.exports.injection import harmless_text
from coachroom.metrics.exports.write import write_export
from coachroom.metrics.parameters import Interval, Parameters, RetentionKind, Segment, SegmentBy

NOON = datetime(2026, 5, 1, 12)
NAMES = ["text", "number", "whole", "flag", "moment", "day"]
HEADER = ExportHeader(
    title="Things",
    meaning="What there is.",
    formula="=count of things",
    as_of=NOON,
    generated_at=NOON,
    columns=(ExportColumn("text", "@some words"), ExportColumn("day", "a day", local_date=True)),
    parameters={"interval": "week", "end": None, "min_valid_seconds": 60.0},
)
DANGEROUS = re.compile(r"^\s*[=+\-@\t\r\n|%]")
FORMULAS = [
    *("=1+1", "+1", "-5", "@SUM(A1)", "|calc", "%0", "\t=1", "\r=1", "\n1", "  =1", "\u00a0=1", "\u2003-2+3"),
    '=HYPERLINK("http://example.com","x")',
]
HARMLESS = ["", " ", "a=1", "'=1", "5", "\u202eabc", "naïve", "«=»", "_x000D_", "\\", '"', ",", "NULL", "\ufeff"]

texts = (
    st.text(max_size=12)
    | st.sampled_from(FORMULAS + HARMLESS)
    | st.text("=+-@|% \t\r\n\x0b\x1c\x85\u3000a'", max_size=4)
)
moments = st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(fold=0))
records = st.tuples(
    st.none() | texts,
    st.none() | st.floats(),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.none() | moments,
    st.none() | st.dates(date(1901, 1, 1), date(2100, 1, 1)),
)
tables = st.lists(records, max_size=6)


def frame_of(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    columns = list(zip(*rows, strict=True)) or [[] for _ in NAMES]
    text, number, whole, flag, moment, day = map(list, columns)
    return pd.DataFrame(
        {
            "text": pd.array(text, dtype="str"),
            "number": pd.array(number, dtype="float64"),
            "whole": pd.array(whole, dtype="Int64"),
            "flag": pd.array(flag, dtype="bool"),
            "moment": pd.Series(moment, dtype="datetime64[us]"),
            "day": pd.Series(day, dtype="datetime64[s]"),
        }
    )


def exported(data: Any, format: Format, header: ExportHeader = HEADER) -> tuple[bytes, str]:
    """The file's bytes and its sidecar's text, "" where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"things.{format}"
        write_export(path, data, header, format)
        beside = sidecar_of(path)
        assert {file.name for file in Path(folder).iterdir()} <= {path.name, beside.name}
        return path.read_bytes(), beside.read_text(encoding="utf-8") if beside.exists() else ""


def safe(text: str) -> str:
    return "'" + text if DANGEROUS.match(text) else text


def plain(number: float | None) -> float | None:
    return None if number is None or math.isnan(number) else number


@settings(max_examples=40, deadline=None)
@given(tables)
def test_csv_holds_the_same_values(rows: list[tuple[Any, ...]]) -> None:
    data, _ = exported(frame_of(rows), Format.CSV)
    first, *read = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    assert first == NAMES
    expected = []
    for text, given_number, whole, flag, moment, day in rows:
        number = plain(given_number)
        expected.append(
            [
                safe(text or ""),
                "" if number is None else repr(number),
                "" if whole is None else str(whole),
                str(flag).lower(),
                f"{moment.isoformat(timespec='microseconds')}Z" if moment else "",
                day.isoformat() if day else "",
            ]
        )
    assert read == expected


@settings(max_examples=40, deadline=None)
@given(tables)
def test_json_lines_hold_the_same_values_and_nothing_is_escaped(rows: list[tuple[Any, ...]]) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    data, _ = exported(frame_of(rows), Format.JSONL)
    lines = data.decode().split("\n")
    assert lines.pop() == ""
    read = [tuple(json.loads(line, parse_constant=refuse).values()) for line in lines]
    assert [json.loads(line).keys() for line in lines] == [dict.fromkeys(NAMES).keys()] * len(lines)
    expected = []
    for text, given_number, whole, flag, moment, day in rows:
        number = plain(given_number)
        expected.append(
            (
                text,
                number if number is None or math.isfinite(number) else str(number),
                whole,
                flag,
                f"{moment.isoformat(timespec='microseconds')}Z" if moment else None,
                day.isoformat() if day else None,
            )
        )
    assert repr(read) == repr(expected)


@settings(max_examples=40, deadline=None)
@given(tables)
def test_parquet_holds_the_same_values_and_types(rows: list[tuple[Any, ...]]) -> None:
    data, _ = exported(frame_of(rows), Format.PARQUET)
    table = pq.read_table(io.BytesIO(data))
    kinds = [pa.string(), pa.float64(), pa.int64(), pa.bool_(), pa.timestamp("us"), pa.date32()]
    assert table.schema.types == kinds
    expected = [(text, plain(number), *rest) for text, number, *rest in rows]
    assert repr([tuple(row[name] for name in NAMES) for row in table.to_pylist()]) == repr(expected)


@settings(max_examples=40, deadline=None)
@given(tables)
def test_xlsx_holds_the_same_values(rows: list[tuple[Any, ...]]) -> None:
    data, _ = exported(frame_of(rows), Format.XLSX)
    book = openpyxl.load_workbook(io.BytesIO(data))
    first, *read = book["Data"].values
    assert list(first) == NAMES
    assert not any(cell.data_type == "f" for sheet in book for row in sheet for cell in row)
    # A row of nothing but an empty text leaves cells away.
    assert len(read) == len(rows)
    for (text, given_number, whole, flag, moment, day), cells in zip(rows, read, strict=True):
        number = plain(given_number)
        assert unescape(cells[0] or "") == safe(text or "")
        assert repr(cells[1]) == repr(number) or cells[1] == str(number)
        assert cells[2] == (whole if whole is None or abs(whole) <= 2**53 else str(whole))
        assert cells[3] is flag
        assert (cells[4] is None) == (moment is None)
        assert moment is None or abs(cells[4] - moment) <= timedelta(milliseconds=1)
        assert cells[5] == (day and datetime(day.year, day.month, day.day))


@settings(max_examples=300, deadline=None)
@given(texts)
def test_a_text_is_made_harmless_exactly_where_a_spreadsheet_could_run_it(text: str) -> None:
    assert harmless_text(text) == safe(text)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_text_in_spreadsheets_and_itself_elsewhere(formula: str) -> None:
    frame = pd.DataFrame({formula: [formula], "number": [-5], "part": [-0.5]})
    header = ExportHeader("t", "m", "f", NOON, NOON, ())
    rows = list(csv.reader(io.StringIO(exported(frame, Format.CSV, header)[0].decode(), newline="")))
    assert rows == [["'" + formula, "number", "part"], ["'" + formula, "-5", "-0.5"]]
    book = openpyxl.load_workbook(io.BytesIO(exported(frame, Format.XLSX, header)[0]))
    assert [unescape(book["Data"].cell(row, 1).value) for row in (1, 2)] == ["'" + formula] * 2
    assert [cell.value for cell in book["Data"][2]][1:] == [-5, -0.5]
    assert pq.read_table(io.BytesIO(exported(frame, Format.PARQUET, header)[0])).column(0).to_pylist() == [formula]
    assert json.loads(exported(frame, Format.JSONL, header)[0])[formula] == formula


def test_every_sign_in_front_is_decided_as_by_python() -> None:
    for code in [*range(0x300), 0x1680, *range(0x2000, 0x2070), 0x3000, 0xFEFF]:
        text = chr(code) + "=1"
        assert harmless_text(text) == safe(text), hex(code)
    assert all(harmless_text(sign) == safe(sign) for sign in string.printable)


def test_types_of_tables_come_through() -> None:
    table = pa.table(
        {
            "zoned": pa.array([NOON, None], pa.timestamp("us", "Europe/Berlin")),
            "lists": pa.array([[1, 2], None], pa.list_(pa.int32())),
            "nested": pa.array([{"a": [math.nan, math.inf]}, None]),
            "sum": pa.array([Decimal(3), None], pa.decimal128(38, 0)),
            "share": pa.array([Decimal("0.10"), None], pa.decimal128(9, 2)),
            "long": pa.array([Decimal("12345678901234567890.5"), None], pa.decimal128(38, 1)),
            "kind": pa.array(["-x", None]).dictionary_encode(),
            "nothing": pa.nulls(2),
            "small": pa.array([0.5, math.nan], pa.float32()),
        }
    )
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    text = exported(frame, Format.CSV)[0].decode()
    cells = ["2026-05-01T12:00:00.000000Z", '"[1, 2]"', '"{""a"": [null, ""inf""]}"', "3", "0.10"]
    assert text.splitlines()[1:] == [",".join([*cells, "12345678901234567890.5", "'-x", "", "0.5"]), "," * 8]
    first, second = exported(frame, Format.JSONL)[0].decode().splitlines()
    assert json.loads(first) == {
        "zoned": "2026-05-01T12:00:00.000000Z",
        "lists": [1, 2],
        "nested": {"a": [None, "inf"]},
        "sum": 3,
        "share": 0.1,
        "long": "12345678901234567890.5",
        "kind": "-x",
        "nothing": None,
        "small": 0.5,
    }
    assert set(json.loads(second).values()) == {None}
    sheet = openpyxl.load_workbook(io.BytesIO(exported(frame, Format.XLSX)[0]))["Data"]
    assert [cell.value for cell in sheet[2]][:5] == [NOON, "[1, 2]", '{"a": [null, "inf"]}', 3, 0.1]
    assert [cell.value for cell in sheet[2]][5:] == ["12345678901234567890.5", "'-x", None, 0.5]


def test_times_before_a_spreadsheets_first_day_are_text() -> None:
    frame = pd.DataFrame({"moment": pd.to_datetime(["1899-12-31 10:00"]), "day": pd.to_datetime(["1900-02-28"])})
    sheet = openpyxl.load_workbook(io.BytesIO(exported(frame, Format.XLSX)[0]))["Data"]
    assert [cell.value for cell in sheet[2]] == ["1899-12-31T10:00:00Z", "1900-02-28"]


def test_other_readers_take_the_csv() -> None:
    frame = frame_of([('a\r\nb,"c"', 0.1 + 0.2, 1, True, NOON, NOON.date()), ("x", 1.0, None, False, None, None)])
    data, _ = exported(frame, Format.CSV)
    read = pd.read_csv(io.BytesIO(data), dtype={"whole": "Int64"})
    assert read["text"].tolist() == ['a\r\nb,"c"', "x"]
    pd.testing.assert_frame_equal(read[["number", "whole", "flag"]], frame[["number", "whole", "flag"]])


def headers_in_files(header: ExportHeader) -> Iterator[dict[str, Any]]:
    frame = frame_of([])
    for format in (Format.CSV, Format.JSONL):
        yield json.loads(exported(frame, format, header)[1])
    parquet, beside = exported(frame, Format.PARQUET, header)
    assert beside == ""
    yield json.loads(pq.read_schema(io.BytesIO(parquet)).metadata[b"coachroom"])


def test_every_file_says_what_its_numbers_mean() -> None:
    parameters = Parameters(
        as_of=NOON,
        start=datetime(2026, 1, 1),
        interval=Interval.MONTH,
        kind=RetentionKind.UNBOUNDED,
        timezone="Europe/Berlin",
        suppress=True,
        segment=Segment(SegmentBy.TIER, "gold"),
    )
    metric = definition("retention")
    header = header_for(metric, parameters, datetime(2026, 5, 2, 0, 0, 0, 1))
    for told in headers_in_files(header):
        assert told["metric"] == "retention"
        assert (told["title"], told["meaning"], told["formula"]) == (metric.title, metric.meaning, metric.formula)
        assert told["columns"] == {column.name: column.meaning for column in metric.columns}
        # Where small groups are hidden, numbers are as of the last midnight of the time zone.
        assert told["as_of"] == "2026-04-30T22:00:00.000000Z"
        assert told["generated_at"] == "2026-05-02T00:00:00.000001Z"
        assert told["coachroom_version"]
        # A cohort does not look at `start`.
        assert told["parameters"] == {
            "end": None,
            "interval": "month",
            "kind": "unbounded",
            "timezone": "Europe/Berlin",
            "min_valid_seconds": 60.0,
            "smallest_group_shown": 5,
            "segment": "tier = gold",
        }


def test_the_second_sheet_says_it_too_and_harmlessly() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(exported(frame_of([]), Format.XLSX)[0]))["About"]
    told = {row[0]: row[1] for row in sheet.values}
    assert told["formula"] == "'=count of things"
    assert told["parameters: end"] == "null"
    assert told["parameters: min_valid_seconds"] == "60.0"
    assert told["columns: text"] == "'@some words"
    assert told["as_of"] == "2026-05-01T12:00:00.000000Z"
