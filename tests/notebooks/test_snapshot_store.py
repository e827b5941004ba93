"""A snapshot opens to be read only, without names and words; what is none is refused in one sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coachroom.errors import CoachroomError, StatementError
from coachroom.metrics.parameters import MetricError, Segment, SegmentBy
from coachroom.metrics.run import run
from coachroom.metrics.snapshot_store import VISIBLE, open_snapshot
from coachroom.notebook import Story
from coachroom.store.migrate import known_migrations
from tests.notebooks.conftest import NOW, Answers

NAMING = {"display_name", "email", "coach_email", "message", "comment", "title", "rationale", "preferences", "actor"}


def test_it_is_as_of_the_moment_it_was_taken(story: Story) -> None:
    assert story.snapshot.as_of == NOW


def test_names_and_words_are_not_in_it(story: Story) -> None:
    rows = story.snapshot.store.execute("SELECT table_name, column_name FROM information_schema.columns")
    assert {table for table, _ in rows} == set(VISIBLE)
    assert not NAMING & {column for _, column in rows}
    assert story.snapshot.store.execute("SELECT DISTINCT id FROM audit_log WHERE id IS NOT NULL") == [
        ("demo-community",)
    ]


def test_nothing_can_be_written_to_it(story: Story) -> None:
    with pytest.raises(StatementError):
        story.snapshot.store.execute("DELETE FROM session_facts")


def test_a_relative_folder_will_do(answers: Answers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(answers.folder)
    opened = open_snapshot(Path(answers.snapshot.name))
    monkeypatch.chdir(tmp_path)
    assert opened.store.execute("SELECT count(*) > 0 FROM session_facts") == [(True,)]
    opened.store.close()


def refused(directory: Path) -> str:
    with pytest.raises(CoachroomError) as caught:
        open_snapshot(directory)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def test_who_coaches_whom_is_not_in_it_and_is_said(answers: Answers) -> None:
    opened = open_snapshot(answers.snapshot)
    coach = Segment(SegmentBy.COACH, "carla.mendes@example.com")
    with pytest.raises(MetricError) as refusal:
        run(opened.store, "csat", as_of=opened.as_of, segment=coach)
    assert str(refusal.value).startswith("A snapshot does not say who coaches whom: choose a tier,")
    tier = run(opened.store, "csat", as_of=opened.as_of, segment=Segment(SegmentBy.TIER, "free"))
    assert not tier.empty
    opened.store.close()


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no")
    for directory in (tmp_path, tmp_path / "nowhere", tmp_path / "file"):
        assert refused(directory).startswith(f"{directory} is no snapshot: give a folder that")


@pytest.fixture
def copy(answers: Answers, tmp_path: Path) -> Path:
    shutil.copytree(answers.snapshot, tmp_path / "copy")
    return tmp_path / "copy"


def edit(copy: Path, change: Callable[[dict[str, Any]], None]) -> None:
    manifest = copy / "manifest.json"
    document = json.loads(manifest.read_text(encoding="utf-8"))
    change(document)
    manifest.write_text(json.dumps(document), encoding="utf-8")


def test_another_schema_version(copy: Path) -> None:
    ours = known_migrations()[-1].version
    edit(copy, lambda document: document.update(schema_version=ours + 1))
    assert f"has schema version {ours + 1}, this coachroom reads {ours}: open it with the newer" in refused(copy)
    edit(copy, lambda document: document.update(schema_version=ours - 1))
    assert "take a new snapshot" in refused(copy)


@pytest.mark.parametrize("damage", ["", "PAR1", None])
def test_a_damaged_or_missing_file(copy: Path, damage: str | None) -> None:
    file = copy / "session_facts.parquet"
    file.unlink() if damage is None else file.write_text(damage)
    assert refused(copy) == (f"{file} is missing or is not the file the snapshot was taken with: copy it again.")


def test_a_transcript_that_is_not_there_is_not_missed(copy: Path) -> None:
    (copy / "conversations.parquet").unlink()
    open_snapshot(copy).store.close()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema_version": 1}'])
def test_a_damaged_manifest(copy: Path, text: str) -> None:
    (copy / "manifest.json").write_text(text)
    assert "is not the manifest of a snapshot" in refused(copy)


def test_a_manifest_that_lacks_something(copy: Path) -> None:
    edit(copy, lambda document: document.update(created_at="some day"))
    assert "does not say when it was taken" in refused(copy)
    edit(copy, lambda document: document.update(created_at="2026-05-01T12:00:00.000Z"))
    edit(copy, lambda document: document["tables"].pop("feedback"))
    assert "lacks the table feedback" in refused(copy)


def test_a_file_that_was_never_parquet(copy: Path) -> None:
    (copy / "feedback.parquet").write_text("no")
    edit(copy, lambda document: document["tables"]["feedback"].update(sha256=hashlib.sha256(b"no").hexdigest()))
    assert "cannot be read as a snapshot" in refused(copy)
