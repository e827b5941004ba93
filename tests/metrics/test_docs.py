"""Every metric has one file, one definition and one place in the docs."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from coachroom.metrics import docs
from coachroom.metrics.definitions import DEFINITIONS, as_documents


def test_the_page_is_what_the_definitions_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_a_stale_page_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(docs, "PAGE", tmp_path / "metrics.md")
    assert docs.main(["--check"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert docs.main([]) == 0
    assert docs.main(["--check"]) == 0


def test_every_metric_has_its_file_and_its_words() -> None:
    files = {file.name for file in resources.files("coachroom.metrics").iterdir() if file.name.endswith(".sql")}
    assert {f"{metric.id}.sql" for metric in DEFINITIONS} == {name for name in files if name[0] != "_"} - {
        "facts.sql",
        "due_facts.sql",
        "client_rows.sql",
        "session_rows.sql",
        "kept_facts.sql",
    }
    for metric in DEFINITIONS:
        assert metric.meaning.endswith(".")
        assert all(column.key or column.about or column.name == "mature" for column in metric.columns)


def test_the_list_for_the_command_line_is_plain() -> None:
    documents = as_documents()
    assert [document["id"] for document in documents] == [metric.id for metric in DEFINITIONS]
    assert documents[0]["columns"][0] == {
        "name": "interval_start",
        "type": "date",
        "key": True,
        "meaning": "first day of the day, ISO week or month",
    }
