"""A note on a day is kept until it is removed; both are in the audit log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.metrics import day_notes as module
from coachroom.metrics.day_notes import MAX_WORDS_CHARS, DayNoteError, notes_by_day
from coachroom.metrics.definitions import definition
from coachroom.metrics.exports.header import header_for
from coachroom.metrics.parameters import Parameters
from tests.services import NOON, opened, store_of

WHO = "anton.weber@example.com"
MAY = date(2026, 5, 1)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path) as opened_services:
        yield opened_services


def test_notes_are_listed_by_day_and_gone_once_removed(services: Services) -> None:
    voice = services.day_notes.add(WHO, date(2026, 4, 20), "new voice")
    prompt = services.day_notes.add(WHO, date(2026, 4, 6), "  new\n prompt ")
    assert prompt.words == "new prompt"
    assert services.day_notes.list() == (prompt, voice)
    services.day_notes.remove(WHO, voice.id)
    services.day_notes.remove(WHO, voice.id)
    assert services.day_notes.list() == (prompt,)
    rows = store_of(services).execute(
        "SELECT actor, action, subject, detail FROM audit_log WHERE action LIKE 'day_note.%' ORDER BY id"
    )
    assert [(*row[:3], json.loads(row[3])) for row in rows] == [
        (WHO, "day_note.add", "2026-04-20", {"words": "new voice"}),
        (WHO, "day_note.add", "2026-04-06", {"words": "new prompt"}),
        (WHO, "day_note.remove", "2026-04-20", {"words": "new voice"}),
    ]


def test_notes_are_still_there_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as services:
        note = services.day_notes.add(WHO, MAY, "new prompt")
    with opened(tmp_path) as services:
        assert services.day_notes.list() == (note,)


@pytest.mark.parametrize("words", ["", " \n\t", "\x00\x07", "x" * (MAX_WORDS_CHARS + 1)])
def test_words_that_cannot_be_kept_are_refused_in_one_sentence(services: Services, words: str) -> None:
    with pytest.raises(DayNoteError) as refused:
        services.day_notes.add(WHO, MAY, words)
    assert str(refused.value).count(".") == 1
    assert services.day_notes.list() == ()


def test_there_is_room_for_so_many_notes(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_NOTES", 2)
    for _ in range(2):
        services.day_notes.add(WHO, MAY, "new prompt")
    with pytest.raises(DayNoteError, match="remove one first"):
        services.day_notes.add(WHO, MAY, "new prompt")


def test_a_file_says_which_days_of_its_range_have_a_note(services: Services) -> None:
    for day, words in (
        (date(2026, 3, 1), "before"),
        (date(2026, 4, 6), "new prompt"),
        (date(2026, 4, 6), "new voice"),
    ):
        services.day_notes.add(WHO, day, words)
    notes = services.day_notes.list()
    assert notes_by_day(notes)[date(2026, 4, 6)] == "new prompt; new voice"
    parameters = Parameters(as_of=NOON, start=NOON.replace(month=4, day=1))
    said = header_for(definition("csat"), parameters, NOON, notes).document()
    assert said["noted_days"] == {"2026-04-06": "new prompt; new voice"}
    assert "noted_days" not in header_for(definition("return_rate"), parameters, NOON, notes).document()
