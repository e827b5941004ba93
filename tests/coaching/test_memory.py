"""What is remembered, and that what was forgotten is gone and stays gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from coachroom.app.services import Services
from coachroom.coaching.memory import LONGEST_MEMORY, MOST_MEMORIES, Kept, Kind, MemorySource, MemoryStatus
from coachroom.coaching.proposals import ProposalKind, ProposalStatus
from coachroom.coaching.validation import NotAccepted
from tests.coaching.reported import SESSION, heard, noted, remembered
from tests.services import ANA, BEN, HandClock

SECRET = "My sister is called Zora"
MARK = "Zora"


def texts(house: Services, client: str = ANA) -> list[str | None]:
    return [memory.text for memory in house.coaching.memory.of(client)]


def everywhere(house: Services) -> str:
    """All that stands in any table, as one text."""
    tables = [row[0] for row in house.store.rows("SELECT table_name FROM information_schema.tables")]
    return "\n".join(str(house.store.rows(f'SELECT * FROM "{table}"')) for table in tables)


def test_the_client_tells_changes_and_reads_it(house: Services, clock: HandClock) -> None:
    ledger = house.coaching.memory
    memory_id = ledger.write(ANA, " I have\n a dog ", Kind.CHALLENGE)
    (memory,) = ledger.of(ANA)
    assert (memory.id, memory.text, memory.kind) == (memory_id, "I have a dog", Kind.CHALLENGE)
    assert (memory.source, memory.status, memory.session_id) == (MemorySource.CLIENT, MemoryStatus.ACTIVE, None)
    clock.forward(60)
    ledger.edit(ANA, memory_id, "I have two dogs")
    (memory,) = ledger.of(ANA)
    assert (memory.text, memory.status, memory.kind) == ("I have two dogs", MemoryStatus.EDITED, Kind.CHALLENGE)
    assert texts(house, BEN) == []


def test_the_same_words_are_kept_once(house: Services) -> None:
    assert remembered(house, "I have a dog.") is Kept.NEW
    assert remembered(house, "i have a DOG", turns=("turn-2",)) is Kept.KNOWN
    with pytest.raises(NotAccepted, match="already"):
        house.coaching.memory.write(ANA, "I have a dog!")
    assert remembered(house, "I have a dog", client=BEN, session="bens") is Kept.NEW


@pytest.mark.parametrize("text", ["", " ", "x" * (LONGEST_MEMORY + 1)])
def test_nothing_and_too_much_are_not_remembered(house: Services, text: str) -> None:
    with pytest.raises(NotAccepted):
        house.coaching.memory.write(ANA, text)
    memory_id = house.coaching.memory.write(ANA, "I have a dog")
    with pytest.raises(NotAccepted):
        house.coaching.memory.edit(ANA, memory_id, text)
    assert texts(house) == ["I have a dog"]


def test_forgetting_wipes_the_words_from_every_table(house: Services) -> None:
    heard(house, ProposalKind.MEMORY, text=SECRET, turns=("turn-9",))
    noted(house, ProposalKind.MEMORY, text=SECRET)
    house.briefings.prepare(SESSION, ANA)
    assert everywhere(house).count(MARK) == 4, "two notes, a memory and a briefing"
    (memory,) = house.coaching.memory.of(ANA)
    assert house.coaching.memory.forget(ANA, memory.id) == 1
    assert MARK not in everywhere(house)
    assert {each.status for each in house.coaching.proposals.of_session(SESSION)} == {
        ProposalStatus.DECLINED, ProposalStatus.UNDONE
    }  # fmt: skip


def test_what_was_edited_leaves_no_former_words_behind(house: Services) -> None:
    noted(house, ProposalKind.MEMORY, text=SECRET)
    house.briefings.prepare(SESSION, ANA)
    (memory,) = house.coaching.memory.of(ANA)
    house.coaching.memory.edit(ANA, memory.id, "I have a sister")
    assert MARK not in everywhere(house)
    (note,) = house.coaching.proposals.of_session(SESSION)
    assert note.content == {"text": "I have a sister", "memory_kind": "fact"}


def test_forgetting_takes_all_that_rests_on_the_same_turns(house: Services) -> None:
    remembered(house, SECRET, turns=("turn-1", "turn-2"))
    remembered(house, "Zora lives in Rome", turns=("turn-2", "turn-3"))
    remembered(house, "I sleep badly", turns=("turn-4",))
    remembered(house, "Ana's other session", session="session-2", turns=("turn-2",))
    first = next(memory for memory in house.coaching.memory.of(ANA) if memory.text == SECRET)
    assert house.coaching.memory.forget(ANA, first.id) == 2
    assert sorted(filter(None, texts(house))) == ["Ana's other session", "I sleep badly"]
    assert house.coaching.memory.forgotten_turns(SESSION) == {"turn-1", "turn-2", "turn-3"}
    assert house.coaching.memory.forgotten_turns("session-2") == frozenset()


def test_what_was_forgotten_is_not_remembered_again_in_the_same_or_other_words(house: Services) -> None:
    remembered(house, SECRET, memory_id="provider-1")
    house.coaching.memory.forget(ANA, "provider-1")
    again = [
        remembered(house, SECRET, memory_id="provider-1"),
        remembered(house, SECRET.upper() + "!", session="session-2", turns=("turn-7",)),
        remembered(house, "The client has a sister", turns=("turn-1", "turn-5")),
        remembered(house, "About family", kind=Kind.SUMMARY),
    ]
    assert again == [Kept.FORGOTTEN] * 4
    assert texts(house) == []
    with pytest.raises(NotAccepted, match="stays so"):
        noted(house, ProposalKind.MEMORY, text="A sister")
    heard(house, ProposalKind.MEMORY, text="A sister")
    assert house.coaching.proposals.open_for(ANA) == [], "and nobody is asked about it again"
    assert remembered(house, "I sleep badly", turns=("turn-6",)) is Kept.NEW


def test_what_waits_for_a_word_goes_with_what_it_rests_on(house: Services) -> None:
    remembered(house, SECRET, memory_id="one", turns=("turn-1",))
    heard(house, ProposalKind.MEMORY, text="Zora is older", turns=("turn-1", "turn-2"))
    other = heard(house, ProposalKind.MEMORY, text="I sleep badly", turns=("turn-5",))
    house.coaching.memory.forget(ANA, "one")
    assert [each.id for each in house.coaching.proposals.open_for(ANA)] == [other]
    assert MARK not in everywhere(house)


def test_only_the_clients_own_hand_brings_it_back(house: Services) -> None:
    remembered(house, SECRET, memory_id="one")
    house.coaching.memory.forget(ANA, "one")
    house.coaching.memory.write(ANA, SECRET)
    assert texts(house) == [SECRET]
    assert remembered(house, SECRET, memory_id="one") is Kept.KNOWN
    assert texts(house) == [SECRET]


def test_forgetting_everything_leaves_nothing_and_nothing_comes_back(house: Services) -> None:
    noted(house, ProposalKind.MEMORY, text=SECRET)
    heard(house, ProposalKind.MEMORY, text="Zora is older", turns=("turn-3",))
    house.coaching.memory.write(ANA, "Zora is kind")
    house.coaching.memory.write(BEN, "I have a dog")
    house.briefings.prepare(SESSION, ANA)
    assert house.coaching.memory.forget_all(ANA) == 2
    assert house.coaching.memory.forget_all(ANA) == 0
    assert texts(house) == []
    assert MARK not in everywhere(house)
    assert remembered(house, SECRET, session="session-3") is Kept.FORGOTTEN
    assert texts(house, BEN) == ["I have a dog"]


def test_memory_that_is_switched_off_keeps_nothing(house: Services) -> None:
    remembered(house, "I have a dog")
    house.coaching.profiles.switch_memory(ANA, False)
    assert remembered(house, SECRET, turns=("turn-2",)) is Kept.OFF
    with pytest.raises(NotAccepted, match="switched off"):
        house.coaching.memory.write(ANA, SECRET)
    with pytest.raises(NotAccepted, match="switched off"):
        noted(house, ProposalKind.MEMORY, text=SECRET, turns=("turn-2",))
    heard(house, ProposalKind.MEMORY, text=SECRET, turns=("turn-2",))
    assert MARK not in everywhere(house), "not even as a question"
    assert texts(house) == ["I have a dog"], "what is there stays, to be read and forgotten"
    assert remembered(house, SECRET, client=BEN, session="bens") is Kept.NEW
    house.coaching.profiles.switch_memory(ANA, True)
    assert remembered(house, SECRET, turns=("turn-2",)) is Kept.NEW


def test_a_ledger_has_an_end(house: Services) -> None:
    house.store.rows(
        "INSERT INTO memories SELECT 'm' || n, $1, 'fact', 'Fact ' || n, 'f' || n, NULL, '[]', 1, 'client', "
        "'active', $2, $2 FROM range($3) AS r(n)",
        [ANA, house.clock(), MOST_MEMORIES],
    )
    assert remembered(house, SECRET) is Kept.FULL
    with pytest.raises(NotAccepted, match="forget some first"):
        house.coaching.memory.write(ANA, SECRET)


@pytest.mark.parametrize(
    "work",
    [
        lambda ledger, memory_id: ledger.edit(BEN, memory_id, "Mine now"),
        lambda ledger, memory_id: ledger.forget(BEN, memory_id),
    ],
)
@pytest.mark.parametrize("whose", ["ana's", "forgotten", "nobody's", ""])
def test_nobody_touches_a_memory_that_is_not_theirs(
    house: Services, work: Callable[[Any, str], Any], whose: str
) -> None:
    anas = house.coaching.memory.write(ANA, SECRET)
    bens = house.coaching.memory.write(BEN, "I have a dog")
    house.coaching.memory.forget(BEN, bens)
    with pytest.raises(NotAccepted, match="no such memory of yours"):
        work(house.coaching.memory, {"ana's": anas, "forgotten": bens}.get(whose, whose))
    assert texts(house) == [SECRET]
    house.coaching.memory.forget_all(BEN)
    assert texts(house) == [SECRET]
