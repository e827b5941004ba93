"""The notebooks run from top to bottom, draw every metric, and show neither names nor words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jupytext
import nbclient
import pytest

from coachroom.charts.day_marks import ALONG_TIME
from coachroom.charts.sentences import NOTHING
from coachroom.metrics.definitions import DEFINITIONS, Definition, definition
from coachroom.metrics.parameters import Interval
from coachroom.notebook import Story, open_story
from coachroom.store.duck import DuckStore
from tests.notebooks.conftest import Answers

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Kernels find our package and keep their files to themselves."""
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "TMPDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("SNAPSHOT", raising=False)
    return dict(os.environ)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(
    path: Path, answers: Answers, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNAPSHOT", str(answers.snapshot))
    notebook = jupytext.read(path)
    client = nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    # Nothing is printed beside what the cells show: no warning, no progress bar.
    assert {output["output_type"] for output in shown} == {"execute_result"}
    asked = path.read_text(encoding="utf-8").count("story.picture(")
    pictures = [output["data"]["image/svg+xml"] for output in shown if "image/svg+xml" in output["data"]]
    assert len(pictures) == asked > 5
    assert "Demo data: invented people" in shown[0]["data"]["text/plain"]
    assert "2026-05-01 12:00 UTC" in shown[0]["data"]["text/plain"]
    assert_nobody_is_named(str(shown), answers)


def assert_nobody_is_named(text: str, answers: Answers) -> None:
    store = DuckStore(answers.database)
    try:
        names = store.execute("SELECT email FROM members UNION SELECT display_name FROM client_profiles")
        words = store.execute("SELECT message FROM conversations WHERE length(message) > 20")
    finally:
        store.close()
    assert len(names) > 100
    assert len(words) > 100
    assert not [name for (name,) in (*names, *words) if name in text]


def test_as_a_plain_script_it_makes_its_own_community_and_clears_it_away(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", NOTEBOOKS[0]],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list((tmp_path / "TMPDIR").iterdir()) == []


def test_every_metric_is_told_of_in_one_of_them() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in NOTEBOOKS)
    assert 2 <= len(NOTEBOOKS) <= 4
    for metric in DEFINITIONS:
        assert f'story.picture("{metric.id}"' in text


@pytest.mark.parametrize("metric_id", [metric.id for metric in DEFINITIONS])
@pytest.mark.parametrize("interval", Interval)
def test_a_picture_has_its_title_and_its_sentence(story: Story, metric_id: str, interval: Interval) -> None:
    document: dict[str, Any] = story.picture(metric_id, interval).to_dict()
    heading = document["title"]
    assert heading["text"] == definition(metric_id).title
    assert heading["subtitle"][-1].endswith(".")
    assert " ".join(heading["subtitle"]) == document["description"]


@pytest.mark.parametrize("metric", DEFINITIONS, ids=lambda metric: metric.id)
def test_a_noted_day_is_marked_in_each_picture_along_time(story: Story, metric: Definition) -> None:
    document = story.picture(metric.id).to_dict()
    has_rows = not document["description"].startswith(NOTHING)
    rows = [row["noted"] for rows in document["datasets"].values() for row in rows if "noted" in row]
    by_people = [row.partition(", ")[2] for row in rows if "New version of the AI coach" not in row]
    noted = ["15 Apr 2026: new prompt"] if metric.dates in ALONG_TIME and has_rows else []
    assert by_people == noted
    assert document["description"].endswith("15 Apr 2026: new prompt.") == bool(noted)


def test_scores_mark_it_too(story: Story) -> None:
    assert "new prompt" in story.picture("goal_attainment", scores=True).to_dict()["description"]


def test_goal_scores_are_told_apart(story: Story) -> None:
    heading = story.picture("goal_attainment", scores=True).to_dict()["title"]
    assert heading["text"] == "Goal attainment (T score)"


def test_what_is_about_too_few_says_so(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_MIN_GROUP", "100000")
    story = open_story(str(answers.snapshot))
    try:
        for metric in DEFINITIONS:
            assert "too few people" in str(story.picture(metric.id).to_dict())
    finally:
        story.snapshot.store.close()


def test_settings_are_those_of_the_app(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_REPORTING_TIMEZONE", "Asia/Tokyo")
    story = open_story(str(answers.snapshot))
    try:
        assert "those of Asia/Tokyo" in story.about().to_string()
        assert story._open_from(Interval.DAY).isoformat() == "2026-05-01"
        assert story._open_from(Interval.WEEK).isoformat() == "2026-04-27"
        assert story._open_from(Interval.MONTH).isoformat() == "2026-05-01"
    finally:
        story.snapshot.store.close()
