"""A goal's check-ins as a picture and a sentence."""

from __future__ import annotations

from datetime import timedelta

from coachroom.charts import goal as charts
from coachroom.charts.theme import MAX_MARKS
from coachroom.coaching.goals import CheckIn
from tests.services import NOON

WORDS = {-2: "I say nothing", 1: "I bring a point"}


def check_ins(*scores: int) -> list[CheckIn]:
    return [
        CheckIn(str(day), "goal", score, None, None, NOON + timedelta(days=day)) for day, score in enumerate(scores)
    ]


def test_each_check_in_is_a_point_in_the_clients_words() -> None:
    frame = charts.frame_of(check_ins(-2, 0, 1), WORDS)
    assert list(frame["meaning"]) == ["I say nothing", "as hoped", "I bring a point"]
    document = charts.check_ins(frame).to_dict()
    assert document["description"] == ("3 check-ins, from −2 on 1 May 2026 to +1, I bring a point, on 3 May 2026.")
    rows = max(document["datasets"].values(), key=len)
    assert [row["score"] for row in rows] == [-2, 0, 1]
    assert all(row["x"].endswith("+00:00") for row in rows), "no browser moves it to another day"


def test_one_check_in_has_a_picture_and_a_sentence() -> None:
    frame = charts.frame_of(check_ins(0), {})
    assert charts.sentence(frame) == "One check-in, on 1 May 2026: 0, as hoped."
    assert charts.check_ins(frame).to_dict()["layer"]


def test_of_thousands_the_latest_are_drawn() -> None:
    document = charts.check_ins(charts.frame_of(check_ins(*[1] * (MAX_MARKS + 50)), {})).to_dict()
    assert max(len(rows) for rows in document["datasets"].values()) == MAX_MARKS


def test_a_day_with_several_check_ins_has_one_tick() -> None:
    twice = [CheckIn(str(n), "goal", n, None, None, NOON + timedelta(hours=n)) for n in range(3)]
    document = charts.check_ins(charts.frame_of([*twice, *check_ins(0, 1)[1:]], {})).to_dict()
    axes = [layer["encoding"]["x"]["axis"] for layer in document["layer"] if "axis" in layer["encoding"].get("x", {})]
    assert [[tick["date"] for tick in axis["values"]] for axis in axes] == [[1, 2]] * len(axes)
    assert axes
