"""Hides what is known of a few people: an analyst who knows them could read it back to one of them."""

from __future__ import annotations

import pandas as pd

from coachroom.metrics.definitions import Definition


def hide_small_groups(frame: pd.DataFrame, metric: Definition, min_group: int) -> pd.DataFrame:
    """`frame` with the values about 1 to `min_group` - 1 people missing, or without those rows, as the metric says.

    Its columns are the metric's and one a group size, in types that may hold missing values.
    """
    groups = {group for column in metric.columns for group in column.about}
    small = {group: _is_small(frame[group], min_group) for group in groups}
    if metric.drops_small_groups:
        keep = ~pd.concat(list(small.values()), axis="columns").any(axis="columns")
        return frame[keep].reset_index(drop=True)
    hidden = frame.copy()
    for column in metric.columns:
        for group in column.about:
            hidden[column.name] = hidden[column.name].mask(small[group])
    return hidden


def _is_small(people: pd.Series, min_group: int) -> pd.Series:
    """Where a group has somebody in it, but too few."""
    return (people > 0) & (people < min_group)
