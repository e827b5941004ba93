"""A client's ratings as dots: their shape says how the AI coach was asked to work, and nothing is summed up."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pandas as pd

from coachroom.charts import approach_ratings as charts
from tests.services import NOON


def rated(*ways: str) -> pd.DataFrame:
    """A rated session a day, the latest first."""
    rows = [(NOON + timedelta(days=day), 1 + day % 5, way) for day, way in enumerate(ways)]
    return pd.DataFrame(rows[::-1], columns=["start_time", "rating", "approach"])


def drawn(frame: pd.DataFrame) -> dict[str, Any]:
    document: dict[str, Any] = charts.dots(frame).to_dict()
    return document


def shapes(frame: pd.DataFrame) -> dict[str, str]:
    scale = drawn(frame)["encoding"]["shape"]["scale"]
    return dict(zip(scale["domain"], scale["range"], strict=True))


def test_each_rating_is_a_dot_whose_shape_is_its_way_of_working() -> None:
    frame = rated("as it comes", "direct words", "as it comes")
    document = drawn(frame)
    assert document["mark"]["type"] == "point"
    (rows,) = document["datasets"].values()
    assert [(row["rating"], row["way"]) for row in rows] == [
        (1, "as it comes"),
        (2, "direct words"),
        (3, "as it comes"),
    ]
    assert shapes(frame) == {"as it comes": "circle", "direct words": "square"}


def test_nothing_is_summed_up() -> None:
    frame = rated(*["as it comes", "direct words"] * 5)
    document = json.dumps({name: part for name, part in drawn(frame).items() if name != "config"})
    for kind in ("line", "rule", "mean", "average", "median", "aggregate", "regression"):
        assert f'"{kind}"' not in document, kind
    assert "layer" not in document
    assert charts.sentence(frame) == (
        "10 rated sessions from 1 May 2026 to 10 May 2026, 2 ways of working. Each dot is one; its shape says how "
        "the AI coach was asked to work."
    )


def test_what_is_seldom_shares_a_shape_where_there_are_more_ways_than_shapes() -> None:
    frame = rated(*"aabbccddef")
    assert list(shapes(frame)) == ["a", "b", "c", "d", charts.OTHERS]
    assert list(shapes(rated(*"abcde"))) == list("abcde")


def test_one_rating_has_a_picture_and_a_sentence() -> None:
    frame = rated("as it comes")
    assert charts.sentence(frame).startswith("1 rated session on 1 May 2026, 1 way of working.")
    assert drawn(frame)["mark"]["type"] == "point"


def test_no_day_has_two_ticks() -> None:
    def days(*ways: str) -> list[int]:
        return [tick["date"] for tick in drawn(rated(*ways))["encoding"]["x"]["axis"]["values"]]

    assert days("as it comes") == [1]
    assert days(*["as it comes"] * 3) == [1, 2, 3]
    assert days(*["as it comes"] * 12) == [1, 3, 5, 7, 9, 11]
