"""Computes a metric: the one function behind every page, export and notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib import resources
from typing import Any, Protocol

import pandas as pd

from coachroom.metrics.definitions import ColumnType, Definition, definition
from coachroom.metrics.parameters import Interval, MetricError, Parameters, RetentionKind, Segment, SegmentBy
from coachroom.metrics.published import nothing, published, rows_of_parts, rows_of_whole
from coachroom.metrics.rounding import rounded
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

    Times are naive UTC, `interval_start`, `day` and `cohort_start` local dates. With `suppress`, the rows are those
    that an analyst is shown: see `published`. Raises MetricError with one sentence.
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
    segment = parameters.segment
    if segment is not None and segment.by in metric.never_by:
        rows = _rows(store, metric, parameters).head(0)
    elif not parameters.protects:
        rows = _rows(store, metric, parameters)
    elif segment is None:
        rows = rounded(metric, rows_of_whole(metric, published(metric, parameters), partial(_rows, store)))
    else:
        parts, name = measure_parts(store, metric_id, parameters), str(segment.value)
        rows = parts[name] if name in parts else nothing(metric, published(metric, parameters), partial(_rows, store))
    return rows[[column.name for column in metric.columns]]


def measure_parts(store: Frames, metric_id: str, parameters: Parameters) -> dict[str, pd.DataFrame]:
    """What an analyst sees of every part of the community, by its name: one is hidden for another's sake.

    `segment` says by what they are parts. None, where such parts would say too much of few people: of a curve, and
    of people who are in two parts.
    """
    metric = definition(metric_id)
    if parameters.segment is None or parameters.segment.by not in metric.parts:
        return {}
    asked, by = published(metric, parameters), parameters.segment.by
    values = statement(metric, asked).values
    names = all_parts(store, by, values)
    return {
        name: rounded(metric, rows)[[column.name for column in metric.columns]]
        for name, rows in rows_of_parts(metric, by, names, asked, partial(_rows, store)).items()
    }


def _rows(store: Frames, metric: Definition, parameters: Parameters) -> pd.DataFrame:
    """All rows; with group sizes beside the metric's columns where small groups are to be hidden."""
    query = statement(metric, parameters)
    sizes = dict.fromkeys(_beside(metric, parameters), "Int64")
    types = {column.name: _DTYPES[column.type] for column in metric.columns}
    found = store.frame(query.sql, query.values)
    if metric.made_of is not None:
        found = metric.made_of(found)[list(types | sizes)]
    return found.astype(types | sizes)


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
    parts = [
        who_counts(parameters.segment),
        fragment("_sessions"),
        *(fragment(name) for name in metric.builds_on),
    ]
    parts.append(f"result AS (\n{fragment(metric.id)}\n)")
    if metric.is_rate:
        parts.append(fragment("_rate"))
    columns = [column.name for column in metric.columns]
    wanted = metric.reads or [*columns, *_beside(metric, parameters)]
    names = ", ".join(f'"{name}"' for name in wanted)
    keys = ", ".join(f'"{column.name}"' for column in metric.keys)
    order = f" ORDER BY {keys}" if keys else ""
    source = "rated" if metric.is_rate else "result"
    text = "WITH\n" + ",\n".join(parts) + f"\nSELECT {names} FROM {source}{order}"
    # A row's people are counted only for suppression: distinct counts are slow.
    return text if parameters.protects else _PEOPLE.sub("NULL", text)


def _beside(metric: Definition, parameters: Parameters) -> list[str]:
    """What the query is asked for beside the metric's columns, so that small groups can be hidden."""
    return sorted(metric.group_sizes | metric.wholes) if parameters.protects else []


def who_counts(segment: Segment | None) -> str:
    """The parts of a query that say whose sessions, goals and actions count: `facts`, `people` and `roster`."""
    if segment is None:
        name = "everybody"
    else:
        name = segment.by.value if segment.value is not None else f"without_{segment.by}"
    return f"{fragment('_told_versions')},\n{SEGMENTS[name]}"


def all_parts(store: Frames, by: SegmentBy, values: dict[str, Any]) -> list[str]:
    """The names of all parts that there are of this kind; `values` as in a metric's statement."""
    sql = f"WITH {fragment('_told_versions')}\n{SEGMENTS[f'all_{by}']}"
    return [str(name) for name in store.frame(sql, values)["value"]]


@cache
def fragment(name: str) -> str:
    """A statement or a shared part of one, by its file's name."""
    return resources.files("coachroom.metrics").joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _kind(metric: Definition, kind: RetentionKind | None) -> str | None:
    if not metric.takes_kind:
        if kind is not None:
            raise MetricError(f"{metric.id} has no kinds: leave out the kind {kind}.")
        return None
    return (kind or RetentionKind.RECURRING).value
