"""The dashboard in deploy/: every query of it asks for what /metrics has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.web.serving import Served

DASHBOARD = json.loads((Path(__file__).parents[2] / "deploy/grafana/coachroom.json").read_text(encoding="utf-8"))
NAME = re.compile(r"\b(?:coachroom|process)_[a-z_]+")
SELECTED = re.compile(r"((?:coachroom|process)_[a-z_]+)\{([^}]*)\}")
# Prometheus gives every sample these.
GIVEN = {"instance", "job"}


def queries() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def labels_of(served: Served) -> dict[str, dict[str, set[str]]]:
    """Each sample's name with its labels and their values."""
    found: dict[str, dict[str, set[str]]] = {}
    for family in text_string_to_metric_families(httpx.get(served.origin + "/metrics").text):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found


def test_every_query_names_metrics_and_labels_that_are_there(served: Served) -> None:
    there = labels_of(served)
    assert len(list(queries())) > len(DASHBOARD["panels"])
    for query in queries():
        names = NAME.findall(query)
        assert names and set(names) <= set(there), query
        for name, selector in SELECTED.findall(query):
            for label, values in re.findall(r'([a-z_]+)=~?"([^"]*)"', selector):
                if label not in GIVEN:
                    assert set(values.split("|")) <= there[name][label], query
        of_query = GIVEN | {"le"} | {label for name in names for label in there[name]}
        for grouped in re.findall(r"by \(([^)]*)\)", query):
            assert set(grouped.split(", ")) <= of_query, query


def test_every_metric_of_ours_is_shown(served: Served) -> None:
    ours = {name for name in labels_of(served) if name.startswith("coachroom_")}
    assert ours <= {name for query in queries() for name in NAME.findall(query)}


def test_the_data_source_is_chosen_where_it_is_imported() -> None:
    def sources(part: Any) -> Iterator[Any]:
        if isinstance(part, dict):
            yield from ([part["datasource"]] if "datasource" in part else [])
            for each in part.values():
                yield from sources(each)
        elif isinstance(part, list):
            for each in part:
                yield from sources(each)

    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources(DASHBOARD))
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["datasource", "instance"]


def test_no_two_panels_lie_on_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells
