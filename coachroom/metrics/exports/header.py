"""What a file says about its numbers: title, definition, parameters, as of when, and what each column means."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib import metadata
from typing import Any
from zoneinfo import ZoneInfo

from coachroom.clock import day_there
from coachroom.metrics.day_notes import DayNote, notes_by_day
from coachroom.metrics.definitions import ColumnType, Definition
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.published import published
from coachroom.metrics.units import Unit

Value = str | int | float | bool | None


@dataclass(frozen=True)
class ExportColumn:
    """A column, what it means and what it is in. `local_date`: its times are calendar days, written as dates."""

    name: str
    meaning: str
    local_date: bool = False
    unit: Unit | None = None


@dataclass(frozen=True)
class ExportHeader:
    """All that travels with the rows. `as_of` and `generated_at` are naive UTC."""

    title: str
    meaning: str
    formula: str
    as_of: datetime
    generated_at: datetime
    columns: tuple[ExportColumn, ...]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    metric: str | None = None
    unit: str | None = None
    source: str | None = None
    noted_days: Mapping[str, str] = field(default_factory=dict)

    @property
    def local_dates(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns if column.local_date)

    def document(self) -> dict[str, Any]:
        """The header as plain values, fit for JSON; what is None is left out."""
        values = {
            "title": self.title,
            "metric": self.metric,
            "meaning": self.meaning,
            "formula": self.formula,
            "unit": self.unit,
            "source": self.source,
            "as_of": exact_iso(self.as_of),
            "parameters": dict(self.parameters),
            "columns": {column.name: column.meaning for column in self.columns},
            "units": {column.name: column.unit.said for column in self.columns if column.unit},
            "noted_days": dict(self.noted_days) or None,
            "generated_at": exact_iso(self.generated_at),
            "coachroom_version": version(),
        }
        return {name: value for name, value in values.items() if value is not None}

    def json(self, indent: int | None = None) -> str:
        return json.dumps(self.document(), ensure_ascii=False, indent=indent)


def header_for(
    metric: Definition, parameters: Parameters, generated_at: datetime, notes: Sequence[DayNote] = ()
) -> ExportHeader:
    """The header of a metric's rows: its definition, and of the parameters those that change it.

    Rows with dates say which days of their range have a note.
    """
    parameters = published(metric, parameters)
    return ExportHeader(
        title=metric.title,
        meaning=metric.meaning,
        formula=metric.formula,
        as_of=parameters.as_of,
        generated_at=generated_at,
        columns=tuple(
            ExportColumn(column.name, column.meaning, local_date=column.type is ColumnType.DATE, unit=column.unit)
            for column in metric.columns
        ),
        parameters=_parameters(metric, parameters),
        metric=metric.id,
        unit=metric.unit,
        source=metric.source,
        noted_days=_noted_days(parameters, notes) if metric.dates else {},
    )


def _noted_days(parameters: Parameters, notes: Sequence[DayNote]) -> dict[str, str]:
    zone = ZoneInfo(parameters.timezone)
    first = day_there(parameters.start, zone) if parameters.start else date.min
    last = day_there(parameters.until, zone)
    return {day.isoformat(): words for day, words in notes_by_day(notes).items() if first <= day <= last}


def _parameters(metric: Definition, parameters: Parameters) -> dict[str, Value]:
    known: dict[str, Value] = {
        "start": exact_iso(parameters.start) if parameters.start else None,
        "end": exact_iso(parameters.end) if parameters.end else None,
        "interval": parameters.interval.value,
        "kind": parameters.kind.value if parameters.kind else "recurring",
    }
    values = {name: value for name, value in known.items() if name in metric.parameters}
    values |= {"timezone": parameters.timezone, "min_valid_seconds": parameters.min_valid_seconds}
    values["smallest_group_shown"] = parameters.min_group if parameters.suppress else None
    if parameters.segment is not None:
        values["segment"] = f"{parameters.segment.by} = {parameters.segment.value}"
    return values


def exact_iso(moment: datetime) -> str:
    """ISO 8601 in UTC to the microsecond: given as --as-of, it yields the same numbers again."""
    return moment.isoformat(timespec="microseconds") + "Z"


@cache
def version() -> str:
    """The version of this coachroom."""
    try:
        return metadata.version("coachroom")
    except metadata.PackageNotFoundError:
        return "unknown"
