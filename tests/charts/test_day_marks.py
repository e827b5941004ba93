"""Days with a note are marked in every chart along time, above the lines, and named in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import altair as alt
import pandas as pd
import pytest

from coachroom.app.container import Services
from coachroom.caseload.caseload import Client
from coachroom.charts import catalogue, timeline
from coachroom.charts.day_marks import ALONG_TIME, MAX_MARKED, marked, marks_sentence, with_marks
from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.definitions import DEFINITIONS, Definition
from coachroom.metrics.parameters import Interval
from coachroom.metrics.run import run
from tests.charts.community import NOW, add_community
from tests.services import HandClock, opened, store_of

NOTE = DayNote("1", date(2026, 4, 15), "new prompt")


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with opened(tmp_path_factory.mktemp("community"), HandClock(NOW)) as services:
        add_community(services)
        yield services


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.id)
def test_every_chart_along_time_marks_the_day_and_names_it(community: Services, metric: Definition) -> None:
    frame = run(store_of(community), metric.id, as_of=NOW)
    document = catalogue.chart(metric.id, frame, notes=[NOTE]).to_dict()
    rows = [row for rows in document["datasets"].values() for row in rows if "noted" in row]
    if metric.dates not in ALONG_TIME:
        assert rows == []
        return
    assert [(row["letters"], row["noted"]) for row in rows] == [("A", "A, 15 Apr 2026: new prompt")]
    assert rows[0]["x"].startswith("2026-04-15T00:00:00")
    assert document["description"].endswith("Marked days: A, 15 Apr 2026: new prompt.")


def test_t_scores_comparisons_and_one_clients_sessions_mark_it_too(community: Services) -> None:
    store = store_of(community)
    goals, csat = (run(store, name, as_of=NOW) for name in ("goal_attainment", "csat"))
    sessions = community.caseload.timeline(
        Client("client-01", "x", None, None, coached_by_viewer=True, is_member=True), NOW
    )
    first = sessions["start_time"].min().date()
    for drawn in (
        catalogue.goal_scores(goals, notes=[NOTE]),
        catalogue.split_chart("csat", csat.assign(segment="all"), notes=[NOTE]),
        timeline.outcomes(sessions, [DayNote("1", first, "new prompt")]),
        timeline.response_times(sessions, [DayNote("1", first, "new prompt")]),
    ):
        rows = [row for rows in drawn.to_dict()["datasets"].values() for row in rows if "noted" in row]
        assert len(rows) == 1


def test_letters_stand_above_the_chart_where_no_line_runs() -> None:
    frame = pd.DataFrame({"interval_start": pd.to_datetime(["2026-04-13", "2026-04-20"]), "sessions": [3, 4]})
    counts = frame.assign(**dict.fromkeys(("completed", "abandoned", "failed", "bounced", "valid"), 1))
    document = catalogue.chart("session_outcomes", counts, notes=[NOTE]).to_dict()
    (letters,) = [layer for layer in document["layer"] if (layer.get("mark") or {}).get("type") == "text"]
    assert letters["encoding"]["y"] == {"value": 0}
    assert letters["mark"]["baseline"] == "bottom"


def test_days_outside_of_the_chart_are_not_marked() -> None:
    days = [date(2026, 4, 12), date(2026, 4, 13), date(2026, 4, 26), date(2026, 4, 27)]
    notes = [DayNote(str(day), day, f"{day.day}") for day in days]
    frame = pd.DataFrame({"interval_start": pd.to_datetime(["2026-04-13", "2026-04-20"]), "value": [0.5, 0.6]})
    marks = catalogue.day_marks("csat", frame, Interval.WEEK, notes)
    assert [mark.words for mark in marks] == ["13", "26"]


def test_two_notes_of_one_day_share_a_letter_and_only_the_latest_days_are_marked() -> None:
    notes = [DayNote("a", NOTE.day, "new voice"), NOTE]
    assert marks_sentence(marked(notes, NOTE.day, NOTE.day)) == "Marked days: A, 15 Apr 2026: new voice; new prompt."
    many = [DayNote(str(n), NOTE.day + timedelta(days=n), "x") for n in range(20)]
    assert [mark.day for mark in marked(many, NOTE.day, date(2026, 12, 31))] == [
        NOTE.day + timedelta(days=n) for n in range(20 - MAX_MARKED, 20)
    ]


def test_letters_that_would_touch_stand_together() -> None:
    days = [0, 1, 2, 60, 61, 100]
    notes = [DayNote(str(n), NOTE.day + timedelta(days=n), "x") for n in days]
    marks = marked(notes, NOTE.day, NOTE.day + timedelta(days=100))
    drawn = with_marks(alt.Chart(pd.DataFrame({"x": [1]})).mark_point(), marks)
    datasets = drawn.to_dict()["datasets"].values()
    assert [row["letters"] for rows in datasets for row in rows if "letters" in row] == [
        "ABC", "", "", "DE", "", "F",
    ]  # fmt: skip
