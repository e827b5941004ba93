"""Session facts for who may not know whose they are: one row a session, made so coarse that nobody stands out.

What is left out, and why: nothing names a client, and the number that tells a month's clients apart is drawn anew for
each month and each file, so that nobody can be followed. There is no day, no tier, no agent and no order. A month
about few people is left out; a word that is said of few of a month's people is "other"; the largest and smallest
values of a month are those that at least as many people reach.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pandas as pd

from coachroom.clock import day_there
from coachroom.metrics.dates import parse_moment
from coachroom.metrics.exports.header import ExportColumn, ExportHeader
from coachroom.metrics.intervals import floor, following
from coachroom.metrics.parameters import Interval, Parameters
from coachroom.metrics.published import midnight
from coachroom.metrics.run import Frames, fragment, who_counts
from coachroom.metrics.small_groups import is_small
from coachroom.metrics.units import COUNT, MILLISECONDS, TURNS, WORDS, Unit
from coachroom.store.statements import load_statements

SQL = load_statements("coachroom.metrics", "_session_extract.sql")
OTHER = "other"
# With groups of one nothing would be hidden; an extract always hides.
MIN_PEOPLE = 3
# What each number is rounded to.
STEPS: Mapping[str, int] = MappingProxyType(
    {
        "minutes": 1,
        "client_turns": 1,
        "agent_turns": 1,
        "client_words": 10,
        "agent_words": 10,
        "interrupted_turns": 1,
        "p50_ms": 100,
    }
)
WORDS_OF = ("status", "end_reason", "valid")
MINUTES = Unit("minutes", "min")
COLUMNS = (
    ExportColumn("month", "first day of the month in which the session began", local_date=True),
    ExportColumn(
        "client", "tells the clients of one month apart; drawn anew for each month and each file", unit=COUNT
    ),
    ExportColumn("status", "how it ended: completed, abandoned or failed; other where few people's did"),
    ExportColumn("end_reason", "why it ended; other where few people's did"),
    ExportColumn("valid", "yes where it counts as a valid session, else no; other where few people's did either"),
    ExportColumn("minutes", "how long it lasted, to the minute", unit=MINUTES),
    ExportColumn("client_turns", "the client's turns", unit=TURNS),
    ExportColumn("agent_turns", "the coach's turns", unit=TURNS),
    ExportColumn("client_words", "the client's words, to ten", unit=WORDS),
    ExportColumn("agent_words", "the coach's words, to ten", unit=WORDS),
    ExportColumn("interrupted_turns", "turns of the coach that the client interrupted", unit=TURNS),
    ExportColumn("p50_ms", "median response time, to a tenth of a second", unit=MILLISECONDS),
)


def session_extract(store: Frames, parameters: Parameters, chance: Random) -> pd.DataFrame:
    """The rows of the months that are over and that the range touches, of the whole community.

    `chance` draws the clients' numbers and the order of the rows.
    """
    asked = _asked(parameters)
    values = {
        "until": asked.until,
        "start": asked.start,
        "zone": asked.timezone,
        "interval": asked.interval.value,
        "min_valid_seconds": asked.min_valid_seconds,
        "segment": None,
    }
    frame = store.frame(f"WITH {who_counts(None)},\n{fragment('_sessions')}\n{SQL['rows']}", values)
    few = _few(parameters)
    months = [_made_coarse(rows, few, chance) for _, rows in frame.groupby("month", sort=True)]
    kept = [rows for rows in months if len(rows)]
    names = [column.name for column in COLUMNS]
    if not kept:
        return frame.rename(columns={"person": "client"}).head(0)[names]
    return pd.concat(kept, ignore_index=True)[names]


def extract_header(parameters: Parameters, made: datetime) -> ExportHeader:
    """What the file says of itself."""
    asked = _asked(parameters)
    few = _few(parameters)
    return ExportHeader(
        title="Session facts, anonymised",
        meaning="One row an ended session of the whole community, in no order. It names nobody, and nobody can be "
        "followed from one month to another.",
        formula=f"months that are over and about at least {few} people; a word said of fewer of a month's people is "
        f'"{OTHER}"; the largest and smallest values of a month are those that at least {few} people reach',
        as_of=asked.as_of,
        generated_at=made,
        columns=COLUMNS,
        parameters={
            "start": asked.start.isoformat() if asked.start else None,
            "until": asked.until.isoformat(),
            "timezone": asked.timezone,
            "min_valid_seconds": asked.min_valid_seconds,
            "smallest_group_shown": few,
        },
        source="session_facts",
    )


def _few(parameters: Parameters) -> int:
    return max(parameters.min_group, MIN_PEOPLE)


def _asked(parameters: Parameters) -> Parameters:
    """From the first day of the month that the range begins in to where the last month that is over ends."""
    zone = parameters.timezone
    as_of = midnight(parameters.as_of, zone)

    def month(moment: datetime, after: int = 0) -> datetime:
        """Where the local month of this moment begins, or with `after` the next one."""
        first = floor(day_there(moment, ZoneInfo(zone)), Interval.MONTH)
        return parse_moment((following(first, Interval.MONTH) if after else first).isoformat(), zone)

    over = month(as_of)
    if parameters.end is not None:
        over = min(over, month(parameters.end - timedelta(microseconds=1), after=1))
    start = month(parameters.start) if parameters.start else None
    return replace(
        parameters,
        as_of=as_of,
        start=min(start, over) if start else None,
        end=over,
        interval=Interval.MONTH,
        segment=None,
        suppress=True,
    )


def _made_coarse(rows: pd.DataFrame, few: int, chance: Random) -> pd.DataFrame:
    people = rows["person"].nunique()
    if people < few:
        return rows.head(0)
    coarse = _not_too_often(rows, few, chance)
    for name in WORDS_OF:
        coarse[name] = _common_words(coarse, name, few)
    for name, step in STEPS.items():
        coarse[name] = _common_numbers(coarse, name, step, few)
    numbers = list(range(1, people + 1))
    chance.shuffle(numbers)
    drawn = dict(zip(sorted(rows["person"].unique()), numbers, strict=True))
    coarse["client"] = coarse["person"].map(drawn).astype("Int64")
    coarse["month"] = pd.to_datetime(coarse["month"])
    # Within a client they stand in the order of chance.
    return coarse.sort_values("client", kind="stable")


def _not_too_often(rows: pd.DataFrame, few: int, chance: Random) -> pd.DataFrame:
    """No client more often than `few` of them: of whoever came more often, chance leaves some sessions out."""
    most = int(rows["person"].value_counts().nlargest(few).iloc[-1])
    order = list(range(len(rows)))
    chance.shuffle(order)
    return rows.iloc[order].groupby("person").head(most).copy()


def _common_words(rows: pd.DataFrame, name: str, few: int) -> pd.Series:
    """What is said of few people is "other", with as much of the rest as it takes for "other" to be about many."""
    words = rows[name].astype("str").fillna("none")
    sizes = rows.groupby(words)["person"].nunique().sort_values()
    hidden = {str(word) for word, people in sizes.items() if is_small(int(people), few)}
    for word in sizes.index:
        if not hidden or rows.loc[words.isin(hidden), "person"].nunique() >= few:
            break
        hidden.add(str(word))
    return words.where(~words.isin(hidden), OTHER)


def _common_numbers(rows: pd.DataFrame, name: str, step: int, few: int) -> pd.Series:
    """Rounded, and no farther out than `few` people are; nothing where so few have a value at all."""
    of_each = rows.dropna(subset=[name]).groupby("person")[name]
    if of_each.ngroups < few:
        return pd.Series(pd.NA, rows.index, dtype="Int64")
    low, high = of_each.min().nsmallest(few).iloc[-1], of_each.max().nlargest(few).iloc[-1]
    if low > high:
        # So few people that no two values are those of enough of them: one value for all.
        low = high = (low + high) / 2
    numbers = rows[name].astype("float64").clip(low, high)
    return ((numbers / step + 0.5) // 1 * step).astype("Int64")
