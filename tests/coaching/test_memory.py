"""What is remembered, and that what was forgotten is gone and stays gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.coaching.memory import (
    MAX_MEMORIES,
    MAX_MEMORY_CHARS,
    MemoryKind,
    MemorySource,
    MemoryStatus,
    RememberResult,
)
from coachroom.coaching.proposals import ProposalKind, ProposalStatus
from coachroom.coaching.validation import InvalidInputError
from coachroom.store.migrate import tables_of
from tests.coaching.reported import SESSION, begun, heard, noted, remembered
from tests.services import ANA, BEN, HandClock, store_of

SECRET = "My sister is called Zora"
MARK = "Zora"


def texts(services: Services, client: str = ANA) -> list[str | None]:
    return [memory.text for memory in services.coaching.memory.list_for(client)]


def everywhere(services: Services) -> str:
    """All that stands in any table, as one text."""
    tables = sorted(tables_of(store_of(services)))
    return "\n".join(str(store_of(services).execute(f'SELECT * FROM "{table}"')) for table in tables)


def test_the_client_tells_changes_and_reads_it(services: Services, clock: HandClock) -> None:
    ledger = services.coaching.memory
    memory_id = ledger.write(ANA, " I have\n a dog ", MemoryKind.CHALLENGE)
    (memory,) = ledger.list_for(ANA)
    assert (memory.id, memory.text, memory.kind) == (memory_id, "I have a dog", MemoryKind.CHALLENGE)
    assert (memory.source, memory.status, memory.session_id) == (MemorySource.CLIENT, MemoryStatus.ACTIVE, None)
    clock.forward(60)
    ledger.edit(ANA, memory_id, "I have two dogs")
    (memory,) = ledger.list_for(ANA)
    assert (memory.text, memory.status, memory.kind) == ("I have two dogs", MemoryStatus.EDITED, MemoryKind.CHALLENGE)
    assert texts(services, BEN) == []


def test_the_same_words_are_kept_once(services: Services) -> None:
    assert remembered(services, "I have a dog.") is RememberResult.NEW
    assert remembered(services, "i have a DOG", turns=("turn-2",)) is RememberResult.KNOWN
    with pytest.raises(InvalidInputError, match="already"):
        services.coaching.memory.write(ANA, "I have a dog!")
    assert remembered(services, "I have a dog", client=BEN, session="bens") is RememberResult.NEW


@pytest.mark.parametrize("text", ["", " ", "x" * (MAX_MEMORY_CHARS + 1)])
def test_nothing_and_too_much_are_not_remembered(services: Services, text: str) -> None:
    with pytest.raises(InvalidInputError):
        services.coaching.memory.write(ANA, text)
    memory_id = services.coaching.memory.write(ANA, "I have a dog")
    with pytest.raises(InvalidInputError):
        services.coaching.memory.edit(ANA, memory_id, text)
    assert texts(services) == ["I have a dog"]


def test_forgetting_wipes_the_words_from_every_table(services: Services) -> None:
    begun(services)
    heard(services, ProposalKind.MEMORY, text=SECRET, turns=("turn-9",))
    noted(services, ProposalKind.MEMORY, text=SECRET)
    services.briefings.prepare(SESSION, ANA)
    assert everywhere(services).count(MARK) == 4, "two notes, a memory and a briefing"
    (memory,) = services.coaching.memory.list_for(ANA)
    assert len(services.coaching.memory.forget(ANA, memory.id).memories) == 1
    assert MARK not in everywhere(services)
    assert {each.status for each in services.coaching.proposals.of_session(SESSION)} == {
        ProposalStatus.DECLINED, ProposalStatus.UNDONE
    }  # fmt: skip


def test_what_was_edited_leaves_no_former_words_behind(services: Services) -> None:
    noted(services, ProposalKind.MEMORY, text=SECRET)
    services.briefings.prepare(SESSION, ANA)
    (memory,) = services.coaching.memory.list_for(ANA)
    services.coaching.memory.edit(ANA, memory.id, "I have a sister")
    assert MARK not in everywhere(services)
    (note,) = services.coaching.proposals.of_session(SESSION)
    assert note.content == {"text": "I have a sister", "memory_kind": "fact"}


def test_forgetting_takes_all_that_rests_on_the_same_turns(services: Services) -> None:
    remembered(services, SECRET, turns=("turn-1", "turn-2"))
    remembered(services, "Zora lives in Rome", turns=("turn-2", "turn-3"))
    remembered(services, "I sleep badly", turns=("turn-4",))
    remembered(services, "Ana's other session", session="session-2", turns=("turn-2",))
    first = next(memory for memory in services.coaching.memory.list_for(ANA) if memory.text == SECRET)
    assert len(services.coaching.memory.forget(ANA, first.id).memories) == 2
    assert sorted(filter(None, texts(services))) == ["Ana's other session", "I sleep badly"]
    assert services.coaching.memory.forgotten_turns(SESSION) == {"turn-1", "turn-2", "turn-3"}
    assert services.coaching.memory.forgotten_turns("session-2") == frozenset()


def test_what_was_forgotten_is_not_remembered_again_in_the_same_or_other_words(services: Services) -> None:
    remembered(services, SECRET, memory_id="provider-1")
    services.coaching.memory.forget(ANA, "provider-1")
    again = [
        remembered(services, SECRET, memory_id="provider-1"),
        remembered(services, SECRET.upper() + "!", session="session-2", turns=("turn-7",)),
        remembered(services, "The client has a sister", turns=("turn-1", "turn-5")),
        remembered(services, "About family", kind=MemoryKind.SUMMARY),
    ]
    assert again == [RememberResult.FORGOTTEN] * 4
    assert texts(services) == []
    with pytest.raises(InvalidInputError, match="stays so"):
        noted(services, ProposalKind.MEMORY, text="A sister")
    heard(services, ProposalKind.MEMORY, text="A sister")
    assert services.coaching.proposals.open_for(ANA) == [], "and nobody is asked about it again"
    assert remembered(services, "I sleep badly", turns=("turn-6",)) is RememberResult.NEW


def test_what_waits_for_a_word_goes_with_what_it_rests_on(services: Services) -> None:
    remembered(services, SECRET, memory_id="one", turns=("turn-1",))
    heard(services, ProposalKind.MEMORY, text="Zora is older", turns=("turn-1", "turn-2"))
    other = heard(services, ProposalKind.MEMORY, text="I sleep badly", turns=("turn-5",))
    services.coaching.memory.forget(ANA, "one")
    assert [each.id for each in services.coaching.proposals.open_for(ANA)] == [other]
    assert MARK not in everywhere(services)


def test_what_was_just_forgotten_is_put_back_as_it_was(services: Services) -> None:
    remembered(services, SECRET, memory_id="one", turns=("turn-1",))
    waiting = heard(services, ProposalKind.MEMORY, text="Zora is older", turns=("turn-1", "turn-2"))
    services.coaching.memory.edit(ANA, "one", f"{SECRET}, the elder one")
    remembered(services, "I sleep badly", turns=("turn-4",))
    before = services.coaching.memory.list_for(ANA), services.coaching.proposals.of_session(SESSION)
    forgetting = services.coaching.memory.forget(ANA, "one")
    assert MARK not in everywhere(services), "nothing of it is on record meanwhile"
    services.coaching.memory.take_back(forgetting)
    services.coaching.memory.take_back(forgetting)
    assert (services.coaching.memory.list_for(ANA), services.coaching.proposals.of_session(SESSION)) == before
    assert [each.id for each in services.coaching.proposals.open_for(ANA)] == [waiting]
    assert services.coaching.memory.forgotten_turns(SESSION) == frozenset()


def test_what_was_written_anew_meanwhile_is_not_put_back_twice(services: Services) -> None:
    first = services.coaching.memory.write(ANA, SECRET)
    forgetting = services.coaching.memory.forget(ANA, first)
    services.coaching.memory.write(ANA, SECRET)
    services.coaching.memory.take_back(forgetting)
    assert texts(services) == [SECRET]


def test_only_the_clients_own_hand_brings_it_back(services: Services) -> None:
    remembered(services, SECRET, memory_id="one")
    services.coaching.memory.forget(ANA, "one")
    services.coaching.memory.write(ANA, SECRET)
    assert texts(services) == [SECRET]
    assert remembered(services, SECRET, memory_id="one") is RememberResult.KNOWN
    assert texts(services) == [SECRET]


def test_forgetting_everything_leaves_nothing_and_nothing_comes_back(services: Services) -> None:
    noted(services, ProposalKind.MEMORY, text=SECRET)
    heard(services, ProposalKind.MEMORY, text="Zora is older", turns=("turn-3",))
    services.coaching.memory.write(ANA, "Zora is kind")
    services.coaching.memory.write(BEN, "I have a dog")
    services.briefings.prepare(SESSION, ANA)
    assert services.coaching.memory.forget_all(ANA) == 2
    assert services.coaching.memory.forget_all(ANA) == 0
    assert texts(services) == []
    assert MARK not in everywhere(services)
    assert remembered(services, SECRET, session="session-3") is RememberResult.FORGOTTEN
    assert texts(services, BEN) == ["I have a dog"]


def test_memory_that_is_switched_off_keeps_nothing(services: Services) -> None:
    remembered(services, "I have a dog")
    services.coaching.profiles.switch_memory(ANA, False)
    assert remembered(services, SECRET, turns=("turn-2",)) is RememberResult.OFF
    with pytest.raises(InvalidInputError, match="switched off"):
        services.coaching.memory.write(ANA, SECRET)
    with pytest.raises(InvalidInputError, match="switched off"):
        noted(services, ProposalKind.MEMORY, text=SECRET, turns=("turn-2",))
    heard(services, ProposalKind.MEMORY, text=SECRET, turns=("turn-2",))
    assert MARK not in everywhere(services), "not even as a question"
    assert texts(services) == ["I have a dog"], "what is there stays, to be read and forgotten"
    assert remembered(services, SECRET, client=BEN, session="bens") is RememberResult.NEW
    services.coaching.profiles.switch_memory(ANA, True)
    assert remembered(services, SECRET, turns=("turn-2",)) is RememberResult.NEW


def test_a_ledger_has_an_end(services: Services) -> None:
    store_of(services).execute(
        "INSERT INTO memories SELECT 'm' || n, $1, 'fact', 'Fact ' || n, 'f' || n, NULL, '[]', 1, 'client', "
        "'active', $2, $2 FROM generate_series(0, $3 - 1) AS r(n)",
        [ANA, services.clock(), MAX_MEMORIES],
    )
    assert remembered(services, SECRET) is RememberResult.FULL
    with pytest.raises(InvalidInputError, match="forget some first"):
        services.coaching.memory.write(ANA, SECRET)


@pytest.mark.parametrize(
    "work",
    [
        lambda ledger, memory_id: ledger.edit(BEN, memory_id, "Mine now"),
        lambda ledger, memory_id: ledger.forget(BEN, memory_id),
    ],
)
@pytest.mark.parametrize("whose", ["ana's", "forgotten", "nobody's", ""])
def test_nobody_touches_a_memory_that_is_not_theirs(
    services: Services, work: Callable[[Any, str], Any], whose: str
) -> None:
    anas = services.coaching.memory.write(ANA, SECRET)
    bens = services.coaching.memory.write(BEN, "I have a dog")
    services.coaching.memory.forget(BEN, bens)
    with pytest.raises(InvalidInputError, match="no such memory of yours"):
        work(services.coaching.memory, {"ana's": anas, "forgotten": bens}.get(whose, whose))
    assert texts(services) == [SECRET]
    services.coaching.memory.forget_all(BEN)
    assert texts(services) == [SECRET]
