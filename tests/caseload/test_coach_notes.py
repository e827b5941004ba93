"""A coach's own notes about clients: who may write and read them, and what they mean for today."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.caseload.caseload import ClientNotFoundError
from coachroom.caseload.coach_notes import FURTHEST, MAX_NOTES, MAX_WORDS_CHARS, NoteKind
from coachroom.coaching.validation import InvalidInputError
from coachroom.people.people import Person, Role
from coachroom.privacy.client_export import Circumstances
from tests.caseload.coaches import AMIRA, ANA, CARLA, NOW, OTHER
from tests.services import HandClock, opened, store_of

TODAY = NOW.date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    """Ana, Ben and Chiara are Carla's; Omar coaches nobody."""
    with opened(tmp_path, clock) as services:
        services.people.find("ana.silva@example.com")
        services.members.add(OTHER.email, name=OTHER.name, role="coach", coach=None, by=AMIRA)
        yield services


def keep(
    services: Services,
    kind: NoteKind,
    words: str | None = "Ask about sleep",
    *,
    due_on: date | None = None,
    coach: Person = CARLA,
    client: str = ANA,
) -> str:
    return services.coach_notes.add(client, coach, kind, words, due_on=due_on, today=TODAY)


def test_a_coach_reads_their_own_notes_the_latest_first(services: Services, clock: HandClock) -> None:
    keep(services, NoteKind.NOTE, "  Likes\n\n  mornings ")
    clock.forward(60)
    keep(services, NoteKind.CONTACTED, None)
    notes = services.coach_notes.about(ANA, CARLA)
    assert [(note.kind, note.words) for note in notes] == [
        (NoteKind.CONTACTED, None),
        (NoteKind.NOTE, "Likes\nmornings"),
    ]
    assert services.coach_notes.about(ANA, OTHER) == []


@pytest.mark.parametrize("who", [OTHER, AMIRA, Person("ana.silva@example.com", "Ana", Role.CLIENT, ANA, demo=True)])
def test_only_the_clients_own_coach_writes_one(services: Services, who: Person) -> None:
    with pytest.raises(ClientNotFoundError):
        keep(services, NoteKind.NOTE, coach=who)
    assert store_of(services).execute("SELECT count(*) FROM coach_notes") == [(0,)]


def test_a_note_of_another_coach_is_neither_done_nor_removed(services: Services) -> None:
    id = keep(services, NoteKind.REMINDER, due_on=TODAY)
    services.coach_notes.finish(id, OTHER)
    services.coach_notes.remove(id, OTHER)
    (note,) = services.coach_notes.about(ANA, CARLA)
    assert note.done_at is None


def test_a_reminder_comes_on_its_day_and_goes_when_it_is_done(services: Services, clock: HandClock) -> None:
    id = keep(services, NoteKind.REMINDER, due_on=TOMORROW)
    ahead = services.coach_notes.ahead(CARLA, TODAY)
    assert (ahead.due, ahead.left_alone) == ((), {ANA})
    ahead = services.coach_notes.ahead(CARLA, TOMORROW)
    assert [(note.id, name) for note, name in ahead.due] == [(id, "Ana Silva")]
    assert ahead.left_alone == set()
    services.coach_notes.finish(id, CARLA)
    assert services.coach_notes.ahead(CARLA, TOMORROW).due == ()
    (first,) = services.coach_notes.about(ANA, CARLA)
    clock.forward(60)
    services.coach_notes.finish(id, CARLA)
    assert services.coach_notes.about(ANA, CARLA) == [first], "the second press changes nothing"


def test_who_was_contacted_is_left_alone_for_a_week(services: Services, clock: HandClock) -> None:
    keep(services, NoteKind.CONTACTED)
    clock.forward(timedelta(days=7).total_seconds())
    assert services.coach_notes.ahead(CARLA, TODAY).left_alone == {ANA}
    clock.forward(1)
    assert services.coach_notes.ahead(CARLA, TODAY).left_alone == set()


def test_a_client_who_has_another_coach_now_is_in_nobodys_way(services: Services) -> None:
    keep(services, NoteKind.REMINDER, due_on=TODAY)
    services.members.assign(["ana.silva@example.com"], OTHER.email, by=AMIRA)
    assert services.coach_notes.ahead(CARLA, TODAY).due == ()
    assert services.coach_notes.ahead(OTHER, TODAY).due == ()


@pytest.mark.parametrize(
    ("kind", "words", "due_on"),
    [
        (NoteKind.NOTE, " \n", None),
        (NoteKind.NOTE, "x" * (MAX_WORDS_CHARS + 1), None),
        (NoteKind.REMINDER, "", TOMORROW),
        (NoteKind.REMINDER, "Call", None),
        (NoteKind.REMINDER, "Call", TODAY - timedelta(days=1)),
        (NoteKind.REMINDER, "Call", TODAY + FURTHEST + timedelta(days=1)),
    ],
)
def test_what_cannot_be_kept_is_one_sentence(
    services: Services, kind: NoteKind, words: str, due_on: date | None
) -> None:
    with pytest.raises(InvalidInputError, match=r"[:.]"):
        keep(services, kind, words, due_on=due_on)
    assert services.coach_notes.about(ANA, CARLA) == []


def test_there_are_so_many_notes_and_no_more(services: Services) -> None:
    rows = (
        "INSERT INTO coach_notes SELECT 'n' || i, $1, $2, 'note', 'x', NULL, $3, NULL "
        "FROM generate_series(0, $4 - 1) AS r (i)"
    )
    store_of(services).execute(rows, [ANA, CARLA.email, NOW, MAX_NOTES])
    with pytest.raises(InvalidInputError, match="remove one first"):
        keep(services, NoteKind.NOTE)


def test_the_clients_own_data_tells_of_a_note_but_not_its_words(services: Services) -> None:
    keep(services, NoteKind.NOTE, "Between us")
    packed = services.own_data.export(ANA, Circumstances("", ""))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert b'"kind": "note"' in files["data/coach_notes.json"]
    assert not any(b"Between us" in content for content in files.values())
