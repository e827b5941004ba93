"""Columns of an Arrow batch as Python values that CSV, JSON and XLSX can hold without losing a digit."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from coachroom.metrics.exports.injection import harmless

Column = list[Any]

_SHEET_TYPES = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean, pa.types.is_date)


def text_columns(batch: pa.RecordBatch) -> list[Column]:
    """For CSV: strings are harmless, times ISO 8601, numbers still numbers; None is an empty field."""
    return [_text_column(column) for column in batch.columns]


def json_columns(batch: pa.RecordBatch) -> list[Column]:
    """For JSON: strings as they are, times ISO 8601, lists as lists. JSON has no infinity: that is the text "inf"."""
    return [_json_column(column) for column in batch.columns]


def sheet_columns(batch: pa.RecordBatch) -> list[Column]:
    """For XLSX: strings are harmless, times are naive UTC datetimes."""
    return [_sheet_column(column) for column in batch.columns]


def _text_column(column: pa.Array) -> Column:
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _values(column)
    if pa.types.is_timestamp(kind):
        return _values(iso(column))
    if pa.types.is_nested(kind):
        values = (_json_value(value) for value in _values(column))
        return [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]
    if pa.types.is_boolean(kind) or pa.types.is_date(kind) or pa.types.is_decimal(kind):
        return _values(column.cast(pa.string()))
    return _values(harmless(column.cast(pa.string())))


def _json_column(column: pa.Array) -> Column:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _values(iso(column))
    if pa.types.is_floating(kind):
        return [_json_number(value) for value in _values(column)]
    if pa.types.is_nested(kind) or pa.types.is_decimal(kind):
        return [_json_value(value) for value in _values(column)]
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return _values(column)
    return _values(column.cast(pa.string()))


def _sheet_column(column: pa.Array) -> Column:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _values(_naive(column).cast(pa.timestamp("us"), safe=False))
    if pa.types.is_decimal(kind):
        return [value if value is None else exact_number(value) for value in _values(column)]
    if any(kept(kind) for kept in _SHEET_TYPES):
        return _values(column)
    return _text_column(column)


def iso(times: pa.Array) -> pa.Array:
    """Timestamps as ISO 8601 text in UTC, with the digits that their unit has."""
    return pc.strftime(_naive(times), format="%Y-%m-%dT%H:%M:%SZ")


def exact_number(number: Decimal) -> int | float | str:
    """The decimal as a number if none of its digits is lost, else as text."""
    if number == number.to_integral_value():
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else str(number)


def _naive(times: pa.Array) -> pa.Array:
    # Inside they are UTC whatever their zone is called.
    return times.view(pa.timestamp(times.type.unit))


def _values(column: pa.Array) -> Column:
    values: Column = column.to_pylist()
    return values


def _json_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_json_value(part) for part in value]
    if isinstance(value, dict):
        return {name: _json_value(part) for name, part in value.items()}
    if isinstance(value, float):
        return _json_number(value)
    if isinstance(value, Decimal):
        return exact_number(value)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _json_number(number: float | None) -> float | str | None:
    if number is None or math.isnan(number):
        return None
    return number if math.isfinite(number) else repr(number)
