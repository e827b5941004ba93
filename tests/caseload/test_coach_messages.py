"""Messages from a human coach: to their own clients only, read by the two of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.caseload.caseload import ClientNotFoundError
from coachroom.caseload.coach_messages import MAX_UNREAD, MAX_WORDS_CHARS
from coachroom.caseload.coach_notes import NoteKind
from coachroom.coaching.validation import InvalidInputError
from coachroom.people.people import Person, Role
from tests.caseload.coaches import AMIRA, ANA, BEN, CARLA, NOW, OTHER
from tests.services import HandClock, opened


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock) as services:
        for each in ("ana.silva", "ben.okafor"):
            services.people.find(f"{each}@example.com")
        yield services


def test_a_client_reads_what_their_coach_wrote(services: Services, clock: HandClock) -> None:
    services.coach_messages.send(ANA, CARLA, "Well done.\n\nSee you on Friday.")
    clock.forward(60)
    services.coach_messages.send(ANA, CARLA, "On Monday, I mean.")
    newest, first = services.coach_messages.to_client(ANA, most=10)
    assert (first.sender, first.words, first.read_at) == ("Carla Mendes", "Well done.\nSee you on Friday.", None)
    services.coach_messages.mark_read(newest.id, ANA)
    assert services.coach_messages.to_client(ANA, most=1)[0].read_at == clock()
    assert services.coach_messages.to_client(BEN, most=10) == []


def test_nobody_reads_or_answers_for_another_client(services: Services) -> None:
    services.coach_messages.send(ANA, CARLA, "For Ana")
    (message,) = services.coach_messages.to_client(ANA, most=10)
    services.coach_messages.mark_read(message.id, BEN)
    assert services.coach_messages.to_client(ANA, most=10) == [message]
    assert services.coach_messages.to_client(ANA, most=10, sender=OTHER) == []


def test_a_coach_who_was_removed_writes_nothing_from_a_page_that_is_still_open(services: Services) -> None:
    services.members.change(CARLA.email, status="removed", by=AMIRA)
    with pytest.raises(ClientNotFoundError):
        services.coach_messages.send(ANA, CARLA, "Hello")
    with pytest.raises(ClientNotFoundError):
        services.coach_notes.add(ANA, CARLA, NoteKind.NOTE, "Hello", due_on=None, today=NOW.date())
    with pytest.raises(ClientNotFoundError):
        services.caseload.find_client(CARLA, ANA)


@pytest.mark.parametrize("who", [OTHER, AMIRA, Person("ana.silva@example.com", "Ana", Role.CLIENT, ANA, demo=True)])
def test_only_the_clients_own_coach_writes(services: Services, who: Person) -> None:
    with pytest.raises(ClientNotFoundError):
        services.coach_messages.send(ANA, who, "Hello")
    assert services.coach_messages.to_client(ANA, most=10) == []


@pytest.mark.parametrize("change", [{"role": "analyst"}, {"status": "removed"}])
def test_an_old_page_of_who_is_no_coach_any_more_writes_nothing(services: Services, change: dict[str, str]) -> None:
    services.members.change(CARLA.email, by=AMIRA, **change)
    with pytest.raises(ClientNotFoundError):
        services.coach_messages.send(ANA, CARLA, "Hello")
    with pytest.raises(ClientNotFoundError):
        services.coach_notes.add(ANA, CARLA, NoteKind.NOTE, "Sleep", due_on=None, today=NOW.date())


def test_what_waits_to_be_read_is_there_however_much_came_later(services: Services, clock: HandClock) -> None:
    services.coach_messages.send(ANA, CARLA, "First")
    (first,) = services.coach_messages.waiting(ANA)
    clock.forward(60)
    services.coach_messages.send(ANA, CARLA, "Later")
    services.coach_messages.mark_read(services.coach_messages.to_client(ANA, most=1)[0].id, ANA)
    assert services.coach_messages.waiting(ANA) == [first]
    assert services.coach_messages.waiting(BEN) == []


@pytest.mark.parametrize("words", ["", " \n ", "x" * (MAX_WORDS_CHARS + 1)])
def test_what_cannot_be_sent_is_one_sentence(services: Services, words: str) -> None:
    with pytest.raises(InvalidInputError, match=r"[:.]"):
        services.coach_messages.send(ANA, CARLA, words)


def test_so_many_wait_to_be_read_and_no_more(services: Services) -> None:
    for _ in range(MAX_UNREAD):
        services.coach_messages.send(ANA, CARLA, "Hello")
    with pytest.raises(InvalidInputError, match="another way"):
        services.coach_messages.send(ANA, CARLA, "Hello")
    services.coach_messages.mark_read(services.coach_messages.to_client(ANA, most=1)[0].id, ANA)
    services.coach_messages.send(ANA, CARLA, "Hello")
