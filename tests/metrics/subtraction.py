"""All that an analyst can see of one metric as equations, and the hidden numbers that follow from them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from coachroom.metrics.definitions import ColumnType, Definition
from coachroom.metrics.intervals import following
from coachroom.metrics.parameters import Interval, Parameters, RetentionKind, Segment, SegmentBy
from coachroom.metrics.run import all_parts, measure, measure_parts, statement
from coachroom.store.store import Store

# Rows are reduced modulo this prime: exact but for fractions with so large a denominator.
PRIME = 2_147_483_647
# A coach's own part is nothing that an analyst can choose.
CHOSEN = (SegmentBy.TIER, SegmentBy.COHORT, SegmentBy.AGENT)


@dataclass(frozen=True)
class Cell:
    """One number: of which part, of which interval, in which row."""

    by: SegmentBy | None
    part: str | None
    interval: Interval
    row: Any


@dataclass(frozen=True)
class Answer:
    """How many people it is about, and whether an analyst sees it; `zero`: whether they see that it is nothing."""

    people: int
    seen: bool
    zero: bool


def leaks(store: Store, metric: Definition, asked: Parameters) -> list[Cell]:
    """The numbers about fewer than `min_group` people that an analyst sees or can compute from others."""
    views = list(_views(store, metric, asked))
    found = []
    for group in metric.groups:
        found += _computable(metric, group, _answers(metric, group, views), asked.min_group)
    return found


@dataclass(frozen=True)
class _View:
    """What was chosen, all its rows with group sizes, and what an analyst is shown of them."""

    choice: Parameters
    truth: pd.DataFrame
    shown: pd.DataFrame


def _views(store: Store, metric: Definition, asked: Parameters) -> Iterator[_View]:
    of_parts: dict[tuple[SegmentBy, RetentionKind | None], dict[str, pd.DataFrame]] = {}
    for choice in choices(store, metric, asked):
        query = statement(metric, choice)
        truth, segment = store.frame(query.sql, query.values), choice.segment
        if segment is None:
            yield _View(choice, truth, measure(store, metric.id, choice))
            continue
        key = segment.by, choice.kind
        if key not in of_parts:
            of_parts[key] = measure_parts(store, metric.id, choice)
        yield _View(choice, truth, of_parts[key].get(str(segment.value), truth.head(0)))


def choices(store: Store, metric: Definition, asked: Parameters) -> Iterator[Parameters]:
    """Everything that can be chosen on a page, interval, part and kind, and the rest of all parts."""
    kinds = list(RetentionKind) if metric.takes_kind else [None]
    for kind, interval in itertools.product(kinds, Interval):
        yield replace(asked, kind=kind, interval=interval)
    for by in CHOSEN:
        # The rest, those who are in no part, cannot be chosen, but it may be few people too.
        for part in (*names(store, by, asked), None):
            for kind in kinds:
                yield replace(asked, kind=kind, interval=Interval.MONTH, segment=Segment(by, part))


def names(store: Store, by: SegmentBy, asked: Parameters) -> list[str]:
    values = {"until": asked.as_of, "zone": asked.timezone, "min_valid_seconds": asked.min_valid_seconds}
    return all_parts(store, by, values)


def _answers(metric: Definition, group: str, views: list[_View]) -> dict[Cell, Answer]:
    """What can be chosen and is over, with what is known of it; of kinds that tell different things, the most."""
    column = next(c for c in metric.columns if group in c.about and c.type in (ColumnType.COUNT, ColumnType.NUMBER))
    counts = column.type is ColumnType.COUNT
    answers: dict[Cell, Answer] = {}
    for view in views:
        choice = view.choice
        truth, shown = _by_row(metric, view.truth, group), _by_row(metric, view.shown, column.name)
        by, part = (choice.segment.by, choice.segment.value) if choice.segment else (None, None)
        for row in {*truth, *shown, *_calendar(metric, choice)}:
            if not _is_over(metric, row, choice):
                continue
            cell = Cell(by, part, choice.interval if metric.takes_interval else Interval.DAY, row)
            value, before = shown.get(row), answers.get(cell)
            seen = value is not None and not pd.isna(value)
            # An absent row says that there is nothing, unless hidden rows are absent too.
            absent = row not in shown and not metric.drops_small_groups and _may_see(metric, choice)
            # Whoever knows the community may know that everybody has a tier.
            no_rest = by is not None and part is None and not truth.get(row)
            zero = absent or no_rest or (seen and counts and value == 0)
            seen, zero = seen or bool(before and before.seen), zero or bool(before and before.zero)
            answers[cell] = Answer(int(truth.get(row) or 0), seen, zero)
    return answers


def _may_see(metric: Definition, choice: Parameters) -> bool:
    return choice.segment is None or (choice.segment.by in metric.parts and choice.segment.value is not None)


def _by_row(metric: Definition, frame: pd.DataFrame, column: str) -> dict[Any, Any]:
    """The largest value of each row that its date names, or its other keys."""
    found: dict[Any, Any] = {}
    for values in frame.to_dict("records"):
        row = _row(metric, values)
        value = None if pd.isna(values[column]) else values[column]
        if found.get(row) is None or (value is not None and value > found[row]):
            found[row] = value
    return found


def _row(metric: Definition, values: dict[Any, Any]) -> Any:
    if metric.dates is not None:
        return pd.Timestamp(values[metric.dates]).date()
    return tuple(values[key.name] for key in metric.keys)


def _calendar(metric: Definition, choice: Parameters) -> list[date]:
    """The intervals of the last months, also those in which nothing happened: an absent row may be a hidden one."""
    if metric.dates is None:
        return []
    interval = choice.interval if metric.takes_interval else Interval.DAY
    days, start = [], date(2026, 2, 1) if interval is not Interval.WEEK else date(2026, 2, 2)
    while following(start, interval) <= choice.as_of.date():
        days.append(start)
        start = following(start, interval)
    return days


def _is_over(metric: Definition, row: Any, choice: Parameters) -> bool:
    interval = choice.interval if metric.takes_interval else Interval.DAY
    return metric.dates is None or following(row, interval) <= choice.as_of.date()


def _computable(metric: Definition, group: str, cells: dict[Cell, Answer], few: int) -> list[Cell]:
    space = _Space(metric, group, list(cells))
    zero = np.zeros(space.size, dtype=bool)
    for cell, answer in cells.items():
        if answer.zero:
            zero |= space.vector(cell)
    rows = [space.vector(cell)[~zero] for cell, answer in cells.items() if answer.seen]
    basis = _reduced(np.array(rows, dtype=np.int64).reshape(len(rows), int((~zero).sum())))
    small = [cell for cell, answer in cells.items() if 0 < answer.people < few]
    return [cell for cell in small if _follows(basis, space.vector(cell)[~zero])]


class _Space:
    """Numbers that all others are sums of: one for each day and each combination of tier, cohort and agent."""

    def __init__(self, metric: Definition, group: str, cells: list[Cell]) -> None:
        self._adds_up = metric.dates is not None and (metric.adds_up is None or group in metric.adds_up)
        self._times = {time: place for place, time in enumerate(sorted({t for c in cells for t in self._of(c)}))}
        self._parts = [
            [*sorted({str(c.part) for c in cells if c.by is by and c.part is not None}), None]
            for by in CHOSEN
            if by in metric.parts
        ]
        self._bys = [by for by in CHOSEN if by in metric.parts]
        self._shape = (len(self._times), *(len(parts) for parts in self._parts))
        self.size = int(np.prod(self._shape))

    def vector(self, cell: Cell) -> np.ndarray:
        mask = np.zeros(self._shape, dtype=bool)
        where: list[Any] = [slice(None)] * len(self._shape)
        where[0] = [self._times[time] for time in self._of(cell)]
        if cell.by in self._bys:
            place = self._bys.index(cell.by)
            where[place + 1] = self._parts[place].index(cell.part)
        elif cell.by is not None:
            return np.zeros(self.size, dtype=bool)
        mask[tuple(where)] = True
        return mask.ravel()

    def _of(self, cell: Cell) -> list[Any]:
        """The days of a cell; what does not add up from days stands for itself."""
        if not self._adds_up:
            return [(cell.interval.value, str(cell.row))]
        days = (following(cell.row, cell.interval) - cell.row).days
        return [str(cell.row + timedelta(days=number)) for number in range(days)]


def _reduced(rows: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """The rows in echelon form, each with the place of its first number, which is 1."""
    basis: list[tuple[int, np.ndarray]] = []
    for row in rows:
        rest = _rest(basis, row)
        places = np.flatnonzero(rest)
        if len(places):
            basis.append((int(places[0]), rest * pow(int(rest[places[0]]), -1, PRIME) % PRIME))
    return basis


def _rest(basis: list[tuple[int, np.ndarray]], row: np.ndarray) -> np.ndarray:
    rest = row.astype(np.int64) % PRIME
    for place, known in basis:
        if rest[place]:
            rest = (rest - rest[place] * known) % PRIME
    return rest


def _follows(basis: list[tuple[int, np.ndarray]], row: np.ndarray) -> bool:
    return bool(row.any()) and not _rest(basis, row).any()
