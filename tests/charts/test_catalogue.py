"""Every metric has a picture and a sentence, with much data, little, and hidden data."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import altair as alt
import pandas as pd
import pytest

from coachroom.app.container import Services
from coachroom.caseload.caseload import Client
from coachroom.charts import catalogue, timeline
from coachroom.charts.frames import has_something
from coachroom.charts.headlines import LEADS
from coachroom.charts.marks import time_axis
from coachroom.charts.pictures import OWN_PICTURES, with_band
from coachroom.charts.retention import cells
from coachroom.charts.sentences import NOTHING, OWN_SENTENCES, sentence
from coachroom.charts.theme import HEAT, HEAT_FEW, MAX_MARKS
from coachroom.metrics.definitions import DEFINITIONS, definition
from coachroom.metrics.parameters import Interval, Segment, SegmentBy
from coachroom.metrics.run import run
from tests.charts.community import NOW, add_community
from tests.services import HandClock, opened, store_of

IDS = [metric.id for metric in DEFINITIONS]


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with opened(tmp_path_factory.mktemp("community"), HandClock(NOW)) as services:
        add_community(services)
        yield services


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with opened(tmp_path_factory.mktemp("empty"), HandClock(NOW)) as services:
        yield services


@pytest.mark.parametrize("metric_id", IDS)
@pytest.mark.parametrize("interval", Interval)
def test_every_metric_has_a_valid_chart_and_one_sentence(
    community: Services, metric_id: str, interval: Interval
) -> None:
    frame = run(store_of(community), metric_id, as_of=NOW, interval=interval)
    drawn = catalogue.chart(metric_id, frame, interval, date(2026, 4, 27))
    document = drawn.to_dict()
    assert document["width"] == "container"
    assert document["background"] == "transparent"
    assert document["description"] == sentence(metric_id, frame, interval, date(2026, 4, 27))
    assert document["description"] != NOTHING
    assert document["description"].endswith(".")
    assert "nan" not in document["description"].lower()
    assert marks(document) <= MAX_MARKS


@pytest.mark.parametrize("metric_id", IDS)
def test_hidden_numbers_appear_in_no_picture_and_no_sentence(community: Services, metric_id: str) -> None:
    frame = run(store_of(community), metric_id, as_of=NOW, suppress=True, min_group=10)
    said = sentence(metric_id, frame)
    assert "nan" not in said.lower()
    assert "<NA>" not in said


@pytest.mark.parametrize("metric_id", IDS)
@pytest.mark.parametrize("min_group", [2, 5, 10, 20])
def test_what_is_left_of_a_metric_can_be_drawn(community: Services, metric_id: str, min_group: int) -> None:
    for interval in Interval:
        frame = run(store_of(community), metric_id, as_of=NOW, interval=interval, suppress=True, min_group=min_group)
        if has_something(metric_id, frame):
            assert catalogue.chart(metric_id, frame, interval).to_dict()["description"] != NOTHING


@pytest.mark.parametrize("metric_id", IDS)
def test_a_metric_without_rows_has_a_sentence(empty: Services, metric_id: str) -> None:
    assert sentence(metric_id, run(store_of(empty), metric_id, as_of=NOW)).endswith(".")


@pytest.mark.parametrize("metric_id", IDS)
def test_every_metric_has_a_headline_or_a_picture_and_a_sentence_of_its_own(metric_id: str) -> None:
    own = metric_id in OWN_PICTURES and metric_id in OWN_SENTENCES
    place = "charts/headlines.py for one number an interval, else charts/pictures.py and charts/sentences.py"
    assert metric_id in LEADS or own, f"{metric_id} is missing in {place}"


def test_headlines_pictures_and_sentences_are_of_metrics_and_of_their_columns() -> None:
    assert {*LEADS, *OWN_PICTURES, *OWN_SENTENCES} == set(IDS)
    columns = {metric.id: {column.name for column in metric.columns} for metric in DEFINITIONS}
    for lead in LEADS.values():
        assert {lead.column, lead.at, *lead.n, *lead.hits} <= columns[lead.metric]


def test_thousands_of_rows_stay_under_two_thousand_marks() -> None:
    days = pd.date_range("2015-01-01", periods=4000, freq="D")
    counts = pd.array([7] * 4000, "Int64")
    active = pd.DataFrame({"day": days, "dau": counts, "wau": counts, "mau": counts, "stickiness": [1.0] * 4000})
    columns = ("sessions", "completed", "abandoned", "failed", "bounced", "valid")
    outcomes = pd.DataFrame({"interval_start": days} | dict.fromkeys(columns, counts))
    for metric_id, frame in (("active_clients", active), ("session_outcomes", outcomes)):
        document = catalogue.chart(metric_id, frame, Interval.DAY).to_dict()
        assert marks(document) <= MAX_MARKS
        drawn = max(document["datasets"].values(), key=len)
        assert drawn[-1]["x"].startswith("2025-12-13")


def test_months_are_named_on_the_axis_and_weeks_and_days_by_their_first_day() -> None:
    for starts, form in {
        ("2026-02-01", "2026-03-01", "2026-04-01"): "%b %Y",
        ("2026-03-30", "2026-04-06"): "%-d %b",
        ("2026-03-31", "2026-04-01"): "%-d %b",
        ("2026-04-01",): "%-d %b",
    }.items():
        axis = time_axis(pd.DataFrame({"x": pd.to_datetime(list(starts))})).to_dict()["axis"]
        assert axis["format"] == form, starts


def test_dates_are_utc_times_so_that_no_browser_moves_them(community: Services) -> None:
    document = catalogue.chart("csat", run(store_of(community), "csat", as_of=NOW)).to_dict()
    rows = max(document["datasets"].values(), key=len)
    assert all(row["x"].endswith("+00:00") for row in rows)
    assert document["layer"][0]["encoding"]["x"]["scale"] == {"type": "utc"}


@pytest.mark.parametrize("metric_id", ["csat", "nps", "session_duration", "failure_rate"])
def test_an_interval_without_a_number_is_a_gap_in_the_line(community: Services, metric_id: str) -> None:
    frame = run(store_of(community), metric_id, as_of=NOW)
    hidden = frame.assign(**{column: frame[column].where(frame.index != 5) for column in frame.columns[1:]})
    documents = [catalogue.chart(metric_id, hidden).to_dict()]
    if catalogue.can_be_split(metric_id):
        documents.append(catalogue.split_chart(metric_id, hidden.assign(segment="all")).to_dict())
    for document in documents:
        rows = max(document["datasets"].values(), key=len)
        place = f"{frame['interval_start'][5]:%Y-%m-%d}"
        (gap, *_) = [row for row in rows if row["x"].startswith(place)]
        names = {"value", LEADS[metric_id].column} if metric_id in LEADS else {"value"}
        drawn = [value for name, value in gap.items() if name in names]
        assert drawn
        assert all(value is None for value in drawn), "a line breaks where there is no number"


def test_a_cohort_of_few_is_grey_and_a_running_period_is_pale() -> None:
    frame = pd.DataFrame(
        {
            "cohort_start": pd.to_datetime(["2026-04-20", "2026-04-27"]),
            "period": pd.array([1, 0], "Int64"),
            "cohort_size": pd.array([40, 3], "Int64"),
            "retained": pd.array([20, 3], "Int64"),
            "value": [0.5, 1.0],
            "low": [0.35, 0.4],
            "high": [0.65, 1.0],
            "mature": [True, False],
        }
    )
    drawn = cells(frame)
    assert list(drawn["fill"]) == [HEAT, HEAT_FEW]
    assert list(drawn["shade"]) == pytest.approx([0.54, 0.3])
    assert list(drawn["state"].str[:4]) == ["over", "not "]
    assert list(drawn["cohort"]) == ["20 Apr 2026 (40)", "27 Apr 2026 (3)"]


def test_the_band_around_the_steps_is_greenwoods() -> None:
    # Ten clients, two return on day 1 and one of eight on day 3: S = 0.8, then 0.7.
    frame = pd.DataFrame({"days": [1, 3], "at_risk": [10.0, 8.0], "returned": [2.0, 1.0], "survival": [0.8, 0.7]})
    drawn = with_band(frame)
    assert list(drawn["days"]) == [0, 1, 3]
    assert list(drawn["survival"]) == [1.0, 0.8, 0.7]
    # log(-log S) ± 1.96 × √(2 / (10 × 8)) ÷ |log 0.8|, by hand
    assert drawn.loc[1, ["low", "high"]].tolist() == pytest.approx([0.408673, 0.945857], abs=1e-4)
    assert (drawn["low"] <= drawn["survival"]).all()
    assert (drawn["survival"] <= drawn["high"]).all()


def test_segments_of_the_community_are_drawn_in_one_picture(community: Services) -> None:
    frames = [
        run(store_of(community), "csat", as_of=NOW, segment=Segment(SegmentBy.TIER, tier)).assign(segment=tier)
        for tier in ("Premium", "Standard")
    ]
    frame = pd.concat(frames, ignore_index=True)
    document = catalogue.split_chart("csat", frame).to_dict()
    assert document["encoding"]["color"]["scale"]["domain"] == ["Premium", "Standard"]
    assert catalogue.split_sentence("csat", frame).startswith("Satisfied, latest of each part: Premium ")


def test_one_clients_sessions_have_a_picture_and_a_sentence(community: Services) -> None:
    frame = community.caseload.timeline(
        Client("client-01", "x", None, None, coached_by_viewer=True, is_member=True), NOW
    )
    for drawn in (timeline.outcomes(frame), timeline.response_times(frame)):
        assert isinstance(drawn, alt.LayerChart)
        assert drawn.to_dict()["description"].endswith(".")
    assert timeline.sentence(frame).startswith(f"{len(frame)} sessions, valid or not: ")
    once = timeline.sentence(frame.head(2).assign(rating=[4, None]))
    assert once.endswith(" Rated once, 4 of 5.")
    one = timeline.outcomes(frame.head(1).assign(rating=None))
    assert one.to_dict()["layer"]
    axes = [layer["encoding"]["x"].get("axis") for layer in one.to_dict()["layer"] if "x" in layer["encoding"]]
    assert {len(axis["values"]) for axis in axes if axis} == {1}, "a single day is named once"


def test_charts_know_nothing_of_streamlit() -> None:
    code = "import sys, coachroom.charts.catalogue, coachroom.charts.timeline; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def marks(document: dict) -> int:
    """Rows of the largest data set, times the layers that draw each row."""
    layers = document.get("layer", [document])
    largest = max(len(rows) for rows in document["datasets"].values())
    return largest * sum(layer["mark"]["type"] in {"point", "bar", "rect"} for layer in layers) or largest


@pytest.mark.parametrize("metric_id", IDS)
def test_no_words_lie_in_a_chart_with_lines(community: Services, metric_id: str) -> None:
    frame = run(store_of(community), metric_id, as_of=NOW)
    pictures = [catalogue.chart(metric_id, frame).to_dict()]
    if metric_id == "goal_attainment":
        pictures.append(catalogue.goal_scores(frame).to_dict())
    for document in pictures:
        layers = document.get("layer", [document])
        if any(layer["mark"]["type"] == "line" for layer in layers):
            for layer in layers:
                above = layer["encoding"].get("y") == {"value": 0} and layer["mark"].get("baseline") == "bottom"
                assert layer["mark"]["type"] != "text" or above


def test_a_reference_line_is_explained_in_the_legend(community: Services) -> None:
    document = catalogue.chart("talk_ratio", run(store_of(community), "talk_ratio", as_of=NOW)).to_dict()
    (dash,) = [layer["encoding"]["strokeDash"] for layer in document["layer"] if "strokeDash" in layer["encoding"]]
    assert dash["scale"]["domain"] == ["over 60 %: flagged", "up to 40 %: good coaching"]


def test_who_stays_is_told_where_enough_of_both_groups_are_watched() -> None:
    def group(name: str, at_risk: list[int]) -> list[tuple]:
        return [(name, n, 20, each, 20 - each, 1 - n / 10, 0.2, 0.9) for n, each in enumerate(at_risk, start=1)]

    columns = [column.name for column in definition("membership_survival").columns]
    frame = pd.DataFrame([*group("with", [20, 15, 12, 2]), *group("without", [14, 11, 3])], columns=columns)
    said = sentence("membership_survival", frame)
    assert said.startswith("Still members 2 months after joining, of those who were on day 30: 80\xa0% of 20 "), said
    assert "20 clients with a session in the first 30 days, 95\xa0% interval" in said
    assert said.endswith("This is no experiment: who comes early may be who would have stayed anyway.")
    few = frame.assign(at_risk=3)
    assert "3 months after joining" in sentence("membership_survival", few)


def test_one_group_alone_is_no_comparison_of_next_dates() -> None:
    columns = ["next_date", "numerator", "denominator", "value", "low", "high"]
    both = pd.DataFrame([("with", 5, 6, 0.83, 0.4, 0.97), ("without", 4, 5, 0.8, 0.4, 0.96)], columns=columns)
    assert has_something("next_date_comparison", both)
    said = sentence("next_date_comparison", both)
    assert "83 % with a next date (5 of 6, " in said.replace("\u202f", " ").replace("\xa0", " ")
    assert "no experiment" in said
    one = both.head(1)
    assert not has_something("next_date_comparison", one)
    assert sentence("next_date_comparison", one) == NOTHING
