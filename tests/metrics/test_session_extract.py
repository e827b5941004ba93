"""The extract of sessions is about nobody in particular: no names, no days, no few, and nobody to be followed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachroom.metrics.parameters import Parameters
from coachroom.metrics.session_extract import (
    COLUMNS,
    OTHER,
    STEPS,
    WORDS_OF,
    extract_header,
    session_extract,
)
from coachroom.store.store import Store
from tests.metrics.community import Community, SessionRow, Turn, write

FEW = 3
AS_OF = datetime(2026, 5, 20, 15)
ASKED = Parameters(as_of=AS_OF, min_group=FEW, suppress=True)
TALK = (Turn("client", "one two"), Turn("agent", "three four five", interrupted=True, felt_ms=940))
A_FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def session(client: str, start: datetime, *, minutes: float = 10, status: str = "completed") -> SessionRow:
    return SessionRow(
        f"{client}-{start:%m%d%H%M}", client, start, start + timedelta(minutes=minutes), status, "client", TALK
    )


def held(*months: tuple[int, int]) -> Community:
    """In each month so many clients had a session each."""
    return Community(
        tuple(
            session(f"c{n}", datetime(2026, month, 3, 10) + timedelta(days=n), minutes=10 + n)
            for month, clients in months
            for n in range(clients)
        )
    )


def extract(store: Store, seed: int = 1, **changes: object) -> pd.DataFrame:
    return session_extract(store, replace(ASKED, **changes), Random(seed))


def test_it_has_the_columns_that_its_header_explains_and_no_ids(store: Store) -> None:
    write(store, held((3, 5)))
    frame = extract(store)
    said = extract_header(ASKED, AS_OF)
    assert list(frame.columns) == [column.name for column in COLUMNS] == [column.name for column in said.columns]
    assert not {"session_id", "client_id", "client_no", "start_time", "end_time", "agent_id"} & set(frame.columns)
    assert len(frame) == 5
    assert sorted(frame["client"]) == [1, 2, 3, 4, 5]
    assert set(frame["valid"]) == {"yes"}
    assert said.document()["units"]["minutes"] == "minutes"


def test_months_that_are_not_over_or_about_few_are_left_out(store: Store) -> None:
    write(store, held((2, FEW - 1), (3, FEW), (5, 9)))
    assert set(extract(store)["month"].dt.date) == {date(2026, 3, 1)}


def test_a_range_chooses_whole_months(store: Store) -> None:
    write(store, held((2, 4), (3, 4), (4, 4)))
    chosen = extract(store, start=datetime(2026, 3, 20), end=datetime(2026, 4, 2))
    assert sorted(set(chosen["month"].dt.date)) == [date(2026, 3, 1), date(2026, 4, 1)]
    assert len(chosen) == 8
    assert extract(store, start=datetime(2026, 5, 2)).empty


def test_numbers_of_clients_are_drawn_anew_for_each_month_and_file(store: Store) -> None:
    write(store, held((3, 40), (4, 40)))
    frame = extract(store)
    # Who is who shows in the length, which is the same client's in both months.
    by_month = [rows.set_index("minutes")["client"].sort_index() for _, rows in frame.groupby("month")]
    assert list(by_month[0]) != list(by_month[1])
    again = extract(store, seed=2)
    assert list(again.sort_values(["month", "minutes"])["client"]) != list(
        frame.sort_values(["month", "minutes"])["client"]
    )


def test_what_few_share_is_other_and_nobody_is_farther_out_than_a_few(store: Store) -> None:
    usual = [session(f"c{n}", datetime(2026, 3, 3 + n), minutes=10 + n) for n in range(6)]
    odd = [session("odd", datetime(2026, 3, 20 + n), minutes=900, status="failed") for n in range(2)]
    write(store, Community((*usual, *odd)))
    frame = extract(store)
    assert set(frame["status"]) == {OTHER}
    assert frame["minutes"].max() == 14
    assert frame["client"].value_counts().max() == 1


def test_nobody_has_nothing_to_take_away(store: Store) -> None:
    write(store, Community())
    assert extract(store).empty
    assert list(extract(store).columns) == [column.name for column in COLUMNS]


@pytest.mark.parametrize("min_group", [0, 1, 2])
def test_it_hides_few_even_where_pages_hide_nothing(store: Store, min_group: int) -> None:
    write(store, held((3, 2)))
    assert extract(store, min_group=min_group).empty


@A_FEW
@given(seed=st.integers(0, 10_000))
def test_of_no_months_words_and_ends_a_few_people_are_left(store: Store, seed: int) -> None:
    chance = Random(seed)
    sessions = {
        f"c{chance.randrange(9)}-{n}": session(
            f"c{chance.randrange(9)}",
            datetime(2026, chance.choice([2, 3, 4]), 1 + n % 28, n % 24, n % 60),
            minutes=chance.choice([0.2, 5, 10, 60, 200]),
            status=chance.choice(["completed", "completed", "abandoned", "failed"]),
        )
        for n in range(chance.randrange(60))
    }
    write(store, Community(tuple({each.id: each for each in sessions.values()}.values())))
    for _, rows in extract(store, seed).groupby("month"):
        assert rows["client"].nunique() >= FEW
        for name in WORDS_OF:
            for _, same in rows.groupby(name):
                assert same["client"].nunique() >= FEW or set(rows[name]) == {OTHER}
        for name, step in STEPS.items():
            known = rows.dropna(subset=[name])
            assert (known[name] % step == 0).all()
            for edge in (known[name].min(), known[name].max()):
                assert known.loc[known[name] == edge, "client"].nunique() >= FEW
        often = rows["client"].value_counts()
        assert (often == often.max()).sum() >= FEW
