"""What of a metric an analyst is shown: days, weeks and months that are over, and nothing about a few people.

Which range is chosen changes which rows are shown, never a number in them, and a part of the community is shown by
the month. So two choices never differ by a few people.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from coachroom.clock import day_there
from coachroom.metrics.dates import parse_moment
from coachroom.metrics.definitions import Definition, definition
from coachroom.metrics.intervals import floor, following
from coachroom.metrics.parameters import Interval, Parameters, Segment, SegmentBy
from coachroom.metrics.small_groups import Counted, hidden_days, hidden_together, hidden_weeks, is_small

# The rows of a metric with its group sizes, nothing hidden.
Ask = Callable[[Definition, Parameters], pd.DataFrame]
# By group size, the rows in which what is about it is hidden: dates, or else the other keys.
Hidden = Mapping[str, frozenset[Hashable]]


def published(metric: Definition, parameters: Parameters) -> Parameters:
    """What an analyst gets for these parameters; the same where nothing is to be hidden."""
    if not parameters.protects:
        return parameters
    chooses_rows = metric.dates is not None and metric.takes_start
    return replace(
        parameters,
        as_of=midnight(parameters.as_of, parameters.timezone),
        start=parameters.start if chooses_rows else None,
        end=parameters.end if chooses_rows else None,
        interval=Interval.MONTH if parameters.segment is not None else parameters.interval,
    )


def midnight(moment: datetime, zone: str) -> datetime:
    """When the local day began that it is then; both naive UTC."""
    return parse_moment(day_there(moment, ZoneInfo(zone)).isoformat(), zone)


def rows_of_whole(metric: Definition, parameters: Parameters, ask: Ask) -> pd.DataFrame:
    """What an analyst sees of the whole community. `parameters` are `published`."""
    if metric.dates is None:
        frame = ask(metric, parameters)
        return _without(metric, frame, _small_rows(metric, frame, parameters.min_group))
    wide = replace(parameters, start=_wide_start(metric, parameters), end=None)
    frame = ask(metric, wide)
    sizes = definition(metric.counted_in) if metric.counted_in else metric
    counted = {parameters.interval: frame if sizes is metric else ask(sizes, wide)}
    if _finer_matter(metric, parameters):
        for interval in {Interval.DAY, Interval.WEEK} - counted.keys():
            counted[interval] = ask(sizes, replace(wide, interval=interval))
    hidden = {group: _hidden_dates(metric, group, parameters, counted) for group in metric.groups}
    return _in_range(metric, _without(metric, frame, hidden), parameters)


def rows_of_parts(
    metric: Definition, by: SegmentBy, names: Sequence[str], parameters: Parameters, ask: Ask
) -> dict[str, pd.DataFrame]:
    """What an analyst sees of each part: `names` are all that there are. `parameters` are `published`."""
    wide = replace(parameters, start=_wide_start(metric, parameters), end=None)
    of_part = {name: replace(wide, segment=Segment(by, name)) for name in (*names, None)}
    frames = {name: ask(metric, asked) for name, asked in of_part.items()}
    if metric.counted_in:
        counted = {name: ask(definition(metric.counted_in), asked) for name, asked in of_part.items()}
    else:
        counted = frames
    hidden: dict[str, dict[str, frozenset[Hashable]]] = {name: {} for name in names}
    for group in metric.groups:
        closed = _closed_parts(metric, group, counted, parameters.min_group)
        for name in names:
            hidden[name][group] = frozenset(key for key, parts in closed.items() if name in parts)
    return {name: _in_range(metric, _without(metric, frames[name], hidden[name]), parameters) for name in names}


def nothing(metric: Definition, parameters: Parameters, ask: Ask) -> pd.DataFrame:
    """The columns without rows: of such a part an analyst is shown nothing."""
    return ask(metric, replace(parameters, segment=None)).head(0)


def _wide_start(metric: Definition, parameters: Parameters) -> datetime | None:
    """Where the month begins that the first week shown begins in: what is hidden is decided within months."""
    if parameters.start is None or not metric.takes_start:
        return None
    week = floor(day_there(parameters.start, ZoneInfo(parameters.timezone)), Interval.WEEK)
    return parse_moment(floor(week, Interval.MONTH).isoformat(), parameters.timezone)


def _finer_matter(metric: Definition, parameters: Parameters) -> bool:
    return metric.takes_interval and parameters.interval is not Interval.MONTH


def _hidden_dates(
    metric: Definition, group: str, parameters: Parameters, frames: Mapping[Interval, pd.DataFrame]
) -> frozenset[Hashable]:
    """Where numbers about this group are hidden for the whole community."""
    few, interval = parameters.min_group, parameters.interval
    sizes = {each: _sizes(metric, group, frame) for each, frame in frames.items()}
    small = frozenset(key for key, people in sizes[interval].items() if is_small(people, few))
    if not _finer_matter(metric, parameters) or not (metric.adds_up is None or group in metric.adds_up):
        return small
    counted = Counted(sizes[Interval.DAY], sizes[Interval.WEEK], once=group in metric.once)
    hidden = hidden_days if interval is Interval.DAY else hidden_weeks
    return small | hidden(counted, few)


def _closed_parts(
    metric: Definition, group: str, frames: Mapping[str | None, pd.DataFrame], few: int
) -> dict[Hashable, frozenset[str | None]]:
    """The parts that are hidden in each row. The rest, None, is never shown, and hides others if it is large."""
    sizes = {name: _sizes(metric, group, frame) for name, frame in frames.items()}
    closed = {}
    for key in {key for each in sizes.values() for key in each}:
        people = {name: each.get(key, 0) for name, each in sizes.items()}
        if people[None] >= few:
            closed[key] = frozenset(name for name, n in people.items() if is_small(n, few))
        else:
            closed[key] = hidden_together(people, few)
    return closed


def _small_rows(metric: Definition, frame: pd.DataFrame, few: int) -> Hidden:
    return {
        group: frozenset(key for key, people in _sizes(metric, group, frame).items() if is_small(people, few))
        for group in metric.groups
    }


def _keys(metric: Definition, frame: pd.DataFrame) -> list[Any]:
    """What each row is named by: its date, or else all its keys."""
    if metric.dates is not None:
        return list(frame[metric.dates].dt.date)
    return list(zip(*(frame[column.name] for column in metric.keys), strict=True)) or [()] * len(frame)


def _sizes(metric: Definition, group: str, frame: pd.DataFrame) -> dict[Any, int]:
    """How many people of a group each row is about; of rows of one date the most."""
    sizes: dict[Any, int] = {}
    for key, people in zip(_keys(metric, frame), frame[group].fillna(0), strict=True):
        sizes[key] = max(sizes.get(key, 0), int(people))
    return sizes


def _without(metric: Definition, frame: pd.DataFrame, hidden: Hidden) -> pd.DataFrame:
    """The frame with what is hidden missing, or without those rows; a hidden date has a row in any case."""
    keys = pd.Series(_keys(metric, frame), index=frame.index, dtype="object")
    everywhere = frozenset().union(*hidden.values())
    if metric.drops_small_groups:
        return frame[~keys.isin(everywhere)].reset_index(drop=True)
    shown = frame.copy()
    for column in metric.columns:
        if column.about:
            away = frozenset().union(*(hidden[group] for group in column.about))
            shown[column.name] = shown[column.name].mask(keys.isin(away))
    return _with_dates(metric, shown, everywhere - set(keys))


def _with_dates(metric: Definition, frame: pd.DataFrame, missing: frozenset[Hashable]) -> pd.DataFrame:
    """Rows of hidden dates on which nothing happened: else a row would say that something did."""
    if metric.dates is None or not missing:
        return frame
    rows = pd.DataFrame({metric.dates: pd.to_datetime(sorted(missing))}).reindex(columns=frame.columns)  # type: ignore[type-var]
    return pd.concat([frame, rows.astype(frame.dtypes)]).sort_values(metric.dates, ignore_index=True)


def _in_range(metric: Definition, frame: pd.DataFrame, parameters: Parameters) -> pd.DataFrame:
    """The rows that are over and that the range touches."""
    if metric.dates is None:
        return frame
    interval = parameters.interval if metric.takes_interval else Interval.DAY
    zone = ZoneInfo(parameters.timezone)
    today = day_there(parameters.as_of, zone)
    first = day_there(parameters.start, zone) if parameters.start else date.min
    last = day_there(parameters.end - timedelta(microseconds=1), zone) if parameters.end else date.max
    keep = [
        following(start, interval) <= today and following(start, interval) > first and start <= last
        for start in frame[metric.dates].dt.date
    ]
    if "mature" in frame:
        keep = [each and bool(over) for each, over in zip(keep, frame["mature"], strict=True)]
    return frame[pd.Series(keep, index=frame.index, dtype=bool)].reset_index(drop=True)
