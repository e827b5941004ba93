"""Which turns are inserted, which are updated, which are deleted."""

from __future__ import annotations

from dataclasses import replace

from coachroom.app.container import Services
from coachroom.recording.turn import INSERT_TURNS, Turn, load_turns, new_and_changed, turn_writes, write_turns
from coachroom.rooms.states import Sender
from coachroom.store.store import Transaction
from tests.services import NOON, store_of, writer_of


def turns(*places: int) -> list[Turn]:
    return [Turn(seq, f"e.{seq}", f"message {seq}", Sender.CLIENT, NOON) for seq in places]


def test_a_turn_is_new_where_its_place_is_free_and_changed_where_it_differs() -> None:
    one, two, three = turns(1, 2, 3)
    corrected = replace(two, message="corrected")
    assert new_and_changed([one, two], [one, corrected, three]) == ([three], [corrected])
    assert new_and_changed([one, two], [one, two]) == ([], [])


def test_gaps_in_the_places_on_disk_are_filled_and_nothing_is_inserted_twice() -> None:
    before = turns(0, 1, 4)
    after = [replace(turn, seq=seq) for seq, turn in enumerate([*before, *turns(9)], start=1)]
    new, changed = new_and_changed(before, after)
    assert [turn.seq for turn in new] == [2, 3]
    assert [turn.seq for turn in changed] == [1, 4]


def test_turns_with_gaps_on_disk_can_be_written_again(services: Services) -> None:
    before = turns(1, 2, 4)
    writer_of(services).append(INSERT_TURNS, [turn.row("imported") for turn in before]).result()
    after = [replace(turn, seq=seq) for seq, turn in enumerate([*before, *turns(9)], start=1)]

    def work(transaction: Transaction) -> None:
        write_turns(transaction, turn_writes("imported", before, after))

    writer_of(services).submit(work).result()
    assert load_turns(store_of(services), "imported") == after


def test_what_is_left_over_is_deleted(services: Services) -> None:
    before = turns(1, 2, 3)
    writer_of(services).append(INSERT_TURNS, [turn.row("session") for turn in before]).result()
    writer_of(services).submit(
        lambda transaction: write_turns(transaction, turn_writes("session", before, before[:2]))
    ).result()
    assert load_turns(store_of(services), "session") == before[:2]
