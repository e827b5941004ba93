"""For every metric the live database, an analyst's page, the snapshot, the notebook and the CSV file say the same."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from coachroom.cli.main import main
from coachroom.metrics.definitions import ColumnType, definition
from coachroom.metrics.parameters import RetentionKind
from coachroom.metrics.run import run
from coachroom.notebook import Story
from tests.notebooks.conftest import ASKED, NOW, Answers

READ: dict[ColumnType, Callable[[str], Any]] = {
    ColumnType.COUNT: int,
    ColumnType.NUMBER: float,
    ColumnType.FLAG: {"true": True, "false": False}.__getitem__,
    ColumnType.TEXT: str,
    ColumnType.DATE: str,
}
DTYPES = {
    ColumnType.COUNT: "Int64",
    ColumnType.NUMBER: "float64",
    ColumnType.FLAG: "bool",
    ColumnType.TEXT: "str",
    ColumnType.DATE: "datetime64[s]",
}


# What the invented community has nothing of.
HAPPENS_NOT_IN_DEMO = {"written_sessions"}


@pytest.mark.parametrize(("metric_id", "kind"), ASKED)
def test_the_snapshot_says_what_the_database_says(
    answers: Answers, story: Story, metric_id: str, kind: RetentionKind | None
) -> None:
    told = run(story.snapshot.store, metric_id, as_of=story.snapshot.as_of, kind=kind)
    assert len(told) > 0 or metric_id in HAPPENS_NOT_IN_DEMO
    assert_same(told, answers.whole[metric_id, kind])


@pytest.mark.parametrize(("metric_id", "kind"), ASKED)
def test_the_notebook_says_what_the_page_says(
    answers: Answers, story: Story, metric_id: str, kind: RetentionKind | None
) -> None:
    assert_same(story.frame(metric_id, kind=kind), answers.page[metric_id, kind])


@pytest.mark.parametrize("suppress", [False, True])
def test_the_csv_files_say_it_too(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suppress: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COACHROOM_DATABASE", str(answers.database))
    expected = answers.page if suppress else answers.whole
    for metric_id, kind in ASKED:
        file = tmp_path / f"{metric_id}_{kind}.csv"
        more = [*(["--suppress"] if suppress else []), *(["--kind", kind.value] if kind else [])]
        asked = ["export", metric_id, "--format", "csv", "--out", str(file), "--as-of", NOW.isoformat(), *more]
        assert main(asked) == 0
        assert_same(read_back(file, metric_id), expected[metric_id, kind])


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    assert_frame_equal(one, other, check_exact=True)


def read_back(file: Path, metric_id: str) -> pd.DataFrame:
    """The file's rows with the types of the metric's definition; Python reads every digit of a float."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = definition(metric_id).columns
    return pd.DataFrame(
        {
            column.name: pd.Series(
                [READ[column.type](row[column.name]) if row[column.name] else None for row in rows],
                dtype=DTYPES[column.type],
            )
            for column in columns
        }
    )
