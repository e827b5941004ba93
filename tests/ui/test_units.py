"""A number is in the same unit, and the same, in the chart, in the table under it and in the file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from coachroom.app.container import Services
from coachroom.charts import catalogue
from coachroom.charts.formatting import exactly
from coachroom.charts.headlines import LEADS
from coachroom.metrics.definitions import DEFINITIONS, ColumnType, Definition, definition
from coachroom.metrics.exports.formats import Format, sidecar_of
from coachroom.metrics.exports.header import header_for
from coachroom.metrics.exports.write import write_export
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.run import run
from coachroom.metrics.units import SHARE, Unit
from coachroom.ui.dashboard.panel import table_column
from tests.charts.community import NOW, add_community
from tests.services import HandClock, opened, store_of

ALL = pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.id)
NUMBERS = {ColumnType.COUNT, ColumnType.NUMBER}


@pytest.fixture(scope="module")
def community(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with opened(tmp_path_factory.mktemp("community"), HandClock(NOW)) as services:
        add_community(services)
        yield services


@ALL
def test_every_number_has_a_unit_and_nothing_else_has(metric: Definition) -> None:
    for column in metric.columns:
        assert (column.unit is not None) == (column.type in NUMBERS), column.name
        in_name = {"seconds": "_seconds", "milliseconds": "_ms"}
        assert all(
            column.name.endswith(end) == (column.unit is not None and column.unit.name == name)
            for name, end in in_name.items()
        ), column.name


@ALL
def test_a_chart_draws_the_numbers_of_the_frame_and_says_their_unit(community: Services, metric: Definition) -> None:
    frame = run(store_of(community), metric.id, as_of=NOW)
    found = list(drawn(catalogue.chart(metric.id, frame).to_dict()))
    # The matrix writes its numbers into its cells; bars that lie are drawn along their number.
    lying = {"reliable_change", "funnel", "approach_choice", "approach_followed", "version_comparison"}
    assert found or metric.id in {"retention", *lying}
    for axis, numbers, said in found:
        unit = unit_of(axis)
        same = [column.name for column in metric.columns if column.unit and reads_like(column.unit, unit)]
        # Kaplan and Meier's curve begins with everybody.
        known = {round(abs(float(each)), 6) for name in same for each in frame[name].dropna()} | {1.0}
        assert {round(abs(number), 6) for number in numbers} <= known, f"{metric.id}: {same}"
        if said and unit is not None:
            assert all(text == exactly(number, unit) for number, text in zip(numbers, said, strict=True))


@pytest.mark.parametrize("metric_id", list(LEADS))
def test_a_comparison_says_the_same_unit_as_the_metrics_own_chart(community: Services, metric_id: str) -> None:
    frame = run(store_of(community), metric_id, as_of=NOW)
    (compared,) = drawn(catalogue.split_chart(metric_id, frame.assign(segment="all")).to_dict())
    assert reads_like(LEADS[metric_id].unit, unit_of(compared[0]))
    numbers = frame[LEADS[metric_id].column].dropna().astype("float64")
    assert sorted(compared[1]) == pytest.approx(sorted(numbers))


@ALL
def test_a_table_says_the_unit_of_each_number(metric: Definition) -> None:
    for column in metric.columns:
        config = table_column(column)
        if column.unit is None:
            continue
        assert config["help"].endswith(column.unit.said)
        form = config["type_config"]["format"] or ""
        assert form == "percent" if column.unit is SHARE else form.endswith(column.unit.sign)


@ALL
@pytest.mark.parametrize("format", [Format.CSV, Format.JSONL])
def test_a_file_has_the_frames_numbers_and_says_their_unit(
    community: Services, metric: Definition, format: Format, tmp_path: Path
) -> None:
    frame = run(store_of(community), metric.id, as_of=NOW)
    header = header_for(metric, Parameters(as_of=NOW), NOW)
    path = tmp_path / f"rows.{format}"
    write_export(path, frame, header, format)
    said = json.loads(sidecar_of(path).read_text(encoding="utf-8"))["units"]
    assert said == {column.name: column.unit.said for column in metric.columns if column.unit}
    if format is Format.CSV:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for name in said:
            numbers = [float(row[name]) for row in rows if row[name]]
            assert numbers == pytest.approx(list(frame[name].dropna().astype("float64")))


def test_a_length_is_read_in_minutes_and_stands_in_seconds_beside_it(community: Services) -> None:
    frame = run(store_of(community), "session_duration", as_of=NOW)
    said = catalogue.chart("session_duration", frame).to_dict()["description"]
    seconds = float(frame["p50_seconds"].iloc[-1])
    assert f"{seconds / 60:.1f}\N{NO-BREAK SPACE}min" in said
    assert f"({seconds:,.0f}\N{NO-BREAK SPACE}s, " in said


def test_ticks_of_a_length_stand_at_whole_minutes() -> None:
    frame = pd.DataFrame(
        {
            "interval_start": pd.to_datetime(["2026-04-20", "2026-04-27"]),
            "p50_seconds": [1400.0, 1511.0],
            "p90_seconds": [1790.0, 1795.0],
        }
    )
    document = catalogue.chart("session_duration", frame.assign(sessions=[20, 30])).to_dict()
    assert document["encoding"]["y"]["axis"]["values"] == [0, 600, 1200, 1800]


Drawn = tuple[dict[str, Any], list[float], list[str]]


def drawn(document: dict[str, Any]) -> Iterator[Drawn]:
    """Of each layer with a number upwards: its axis, its numbers, and what its tooltips say of them."""
    for layer in document.get("layer", [document]):
        encoding = {**document.get("encoding", {}), **layer.get("encoding", {})}
        up = encoding.get("y", {})
        if "titleAngle" not in (up.get("axis") or {}):
            continue
        rows = document["datasets"][(layer.get("data") or document["data"])["name"]]
        known = [row for row in rows if row[up["field"]] is not None]
        tooltips = {each["field"] for each in encoding.get("tooltip", [])}
        said = [row["said"] for row in known] if "said" in tooltips else []
        yield up["axis"], [float(row[up["field"]]) for row in known], said


def unit_of(axis: dict[str, Any]) -> Unit | None:
    """The unit that an axis shows; None for numbers that are read as they are."""
    if axis.get("format") == ".0%":
        return SHARE
    units = {column.unit for metric in DEFINITIONS for column in metric.columns if column.unit and column.unit.sign}
    return next((unit for unit in units if axis.get("labelExpr", "").endswith(f"' {unit.reads}'")), None)


def reads_like(unit: Unit, shown: Unit | None) -> bool:
    return unit is shown if unit.reads else shown is None


def test_every_headline_has_the_unit_of_its_column() -> None:
    for lead in LEADS.values():
        (column,) = [each for each in definition(lead.metric).columns if each.name == lead.column]
        assert lead.unit is column.unit
