"""Computes a metric: the one function behind every page, export and notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, Protocol

import pandas as pd

from coachroom.metrics.definitions import ColumnType, Definition, definition
from coachroom.metrics.parameters import Interval, MetricError, Parameters, RetentionKind, Segment
from coachroom.metrics.small_groups import hide_small_groups
from coachroom.store.statements import load_statements

SEGMENTS = load_statements("coachroom.metrics", "_segments.sql")
_PEOPLE = re.compile(r"count\(DISTINCT (?:\w\.)?person\)(?: FILTER \(WHERE [^)]*\))?")
_DTYPES = {
    ColumnType.DATE: "datetime64[s]",
    ColumnType.TEXT: "str",
    ColumnType.FLAG: "bool",
    ColumnType.COUNT: "Int64",
    ColumnType.NUMBER: "float64",
}


class Frames(Protocol):
    """A store that answers queries with `$name` parameters; the values may hold names that the query does not use."""

    def frame(self, sql: str, parameters: dict[str, Any], /) -> pd.DataFrame: ...


@dataclass(frozen=True)
class Statement:
    """A query with the values of its named parameters, and of others that it does not use."""

    sql: str
    values: dict[str, Any]


def run(
    store: Frames,
    metric_id: str,
    *,
    as_of: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
    interval: Interval = Interval.WEEK,
    kind: RetentionKind | None = None,
    timezone: str = "UTC",
    min_valid_seconds: float = 60.0,
    min_group: int = 5,
    suppress: bool = False,
    segment: Segment | None = None,
    now: datetime | None = None,
) -> pd.DataFrame:
    """The metric's rows in the order of its keys; columns and types are those of its definition, also when empty.

    Times are naive UTC, `interval_start`, `day` and `cohort_start` local dates. With `suppress`, what is known of
    fewer than `min_group` people is missing. Raises MetricError with one sentence.
    """
    parameters = Parameters(
        as_of=as_of,
        start=start,
        end=end,
        interval=interval,
        kind=kind,
        timezone=timezone,
        min_valid_seconds=min_valid_seconds,
        min_group=min_group,
        suppress=suppress,
        segment=segment,
        now=now,
    )
    return measure(store, metric_id, parameters)


def measure(store: Frames, metric_id: str, parameters: Parameters) -> pd.DataFrame:
    """Like `run`, for parameters that were made before."""
    metric = definition(metric_id)
    query = statement(metric, parameters)
    types = {column.name: _DTYPES[column.type] for column in metric.columns}
    frame = store.frame(query.sql, query.values).astype(types)
    if parameters.suppress:
        frame = hide_small_groups(frame, metric, parameters.min_group)
    return frame[list(types)]


def statement(metric: Definition, parameters: Parameters) -> Statement:
    """The metric's query. Raises MetricError for a kind that it does not know."""
    values = {
        "until": parameters.until,
        "start": parameters.start if metric.takes_start else None,
        "zone": parameters.timezone,
        "interval": parameters.interval.value,
        "min_valid_seconds": parameters.min_valid_seconds,
        "segment": parameters.segment.value if parameters.segment else None,
        "kind": _kind(metric, parameters.kind),
    }
    return Statement(_text(metric, parameters), values)


def _text(metric: Definition, parameters: Parameters) -> str:
    segment = SEGMENTS[parameters.segment.by.value if parameters.segment else "everybody"]
    parts = [segment, _file("_sessions"), *(_file(name) for name in metric.builds_on)]
    parts.append(f"result AS (\n{_file(metric.id)}\n)")
    if metric.is_rate:
        parts.append(_file("_rate"))
    sizes = sorted(metric.group_sizes) if parameters.suppress else []
    names = ", ".join(f'"{name}"' for name in [*(column.name for column in metric.columns), *sizes])
    keys = ", ".join(f'"{column.name}"' for column in metric.keys)
    order = f" ORDER BY {keys}" if keys else ""
    source = "rated" if metric.is_rate else "result"
    text = "WITH\n" + ",\n".join(parts) + f"\nSELECT {names} FROM {source}{order}"
    # A row's people are counted only for suppression: distinct counts are slow.
    return text if parameters.suppress else _PEOPLE.sub("NULL", text)


@cache
def _file(name: str) -> str:
    return resources.files("coachroom.metrics").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _kind(metric: Definition, kind: RetentionKind | None) -> str | None:
    if not metric.takes_kind:
        if kind is not None:
            raise MetricError(f"{metric.id} has no kinds: leave out the kind {kind}.")
        return None
    return (kind or RetentionKind.RECURRING).value
