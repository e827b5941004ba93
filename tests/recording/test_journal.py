"""The journal of one session: applying an event twice changes nothing."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.recording.events import TurnCorrected, TurnInterrupted, TurnMeasured, TurnReported, TurnTimed
from coachroom.recording.journal import Journal
from coachroom.recording.turn import Turn, load_turns
from coachroom.rooms.states import Sender
from tests.services import CALL, NOON, delivery, enter, said, store_of


def words(
    n: int, text: str, sender: Sender = Sender.AGENT, event_id: int | None = None, call: str = CALL
) -> TurnReported:
    return TurnReported(n, NOON, call, sender, text, event_id, typed=False, latency_ms=None)


def journal(*events: TurnReported) -> Journal:
    made = Journal([])
    for event in events:
        assert made.add_turn("e", event, NOON + timedelta(seconds=event.n)) is not None
    return made


def test_turns_are_numbered_in_their_order() -> None:
    made = journal(words(2, "a"), words(5, "b", Sender.CLIENT), words(9, "c"))
    assert [(turn.seq, turn.id, turn.message, turn.sender.value) for turn in made.turns] == [
        (1, "e.2", "a", "agent"),
        (2, "e.5", "b", "client"),
        (3, "e.9", "c", "agent"),
    ]


def test_only_what_is_known_is_noted() -> None:
    (turn,) = journal(words(1, "a", event_id=4)).turns
    assert turn.context == {"source": "live", "conversation_id": CALL, "event_id": 4}


def test_a_known_turn_is_not_added_again_and_numbering_goes_on_where_it_was() -> None:
    made = journal(words(1, "a"))
    assert made.add_turn("e", words(1, "something else"), NOON) is None
    again = Journal(made.turns)
    assert again.add_turn("e", words(1, "a"), NOON) is None
    added = again.add_turn("another page", words(1, "b"), NOON)
    assert added is not None
    assert (added.seq, added.id) == (2, "another page.1")


def test_times_of_one_page_never_run_backwards() -> None:
    made = journal(words(1, "a"), words(2, "b"))
    late = made.add_turn("e", words(3, "c"), NOON)
    assert late is not None
    assert late.timestamp == NOON + timedelta(seconds=2)
    other = made.add_turn("another page", words(1, "d"), NOON)
    assert other is not None
    assert other.timestamp == NOON


def test_a_correction_cuts_the_turn_with_its_event_id_once_and_keeps_the_original() -> None:
    made = journal(words(1, "One two three.", event_id=1), words(2, "Four five six.", event_id=2))
    cut = made.correct_turn("e", TurnCorrected(3, CALL, 1, "One two"))
    assert cut is not None
    assert (cut.message, cut.context["original"], cut.context["interrupted"]) == ("One two", "One two three.", True)
    assert made.correct_turn("e", TurnCorrected(3, CALL, 1, "One two")) is None
    assert [turn.message for turn in made.turns] == ["One two", "Four five six."]


def test_a_correction_that_changes_nothing_is_none() -> None:
    made = journal(words(1, "One two.", event_id=1))
    assert made.correct_turn("e", TurnCorrected(2, CALL, 1, "One two.")) is None


def test_a_correction_that_changes_nothing_leaves_no_trace_before_or_after_one_that_does() -> None:
    same, cut = TurnCorrected(2, CALL, 1, "One two."), TurnCorrected(3, CALL, 1, "One")
    kept = []
    for events in ((same, cut), (cut, same)):
        made = journal(words(1, "One two.", event_id=1))
        for event in events:
            made.correct_turn("e", event)
        kept.append(made.turns[0])
    assert kept[0] == kept[1]


def test_where_the_event_id_says_nothing_the_latest_turn_before_the_event_is_meant() -> None:
    made = journal(words(1, "first"), words(2, "me", Sender.CLIENT), words(4, "second"))
    hushed = made.interrupt_turn("e", TurnInterrupted(3, CALL, 99))
    assert hushed is not None
    assert hushed.id == "e.1"
    cut = made.correct_turn("e", TurnCorrected(5, CALL, None, "sec"))
    assert cut is not None
    assert cut.id == "e.4"


def test_a_correction_that_arrives_again_after_the_next_answer_does_not_cut_that_one() -> None:
    made = journal(words(1, "first answer"))
    made.correct_turn("e", TurnCorrected(2, CALL, 99, "first"))
    made.add_turn("e", words(3, "second answer"), NOON)
    assert made.correct_turn("e", TurnCorrected(2, CALL, 99, "first")) is None
    assert made.interrupt_turn("e", TurnInterrupted(2, CALL, 99)) is None
    assert [turn.message for turn in made.turns] == ["first", "second answer"]


@given(st.data())
def test_of_several_corrections_of_a_turn_the_latest_counts_in_whatever_order_they_come(data: st.DataObject) -> None:
    made = journal(words(1, "One two three.", event_id=1))
    texts = data.draw(st.lists(st.sampled_from(["", "One", "One two"]), min_size=2, max_size=4))
    events = [TurnCorrected(n, CALL, 1, text) for n, text in enumerate(texts, start=2)]
    again = data.draw(st.lists(st.sampled_from(events), max_size=4))
    for event in data.draw(st.permutations([*events, *again])):
        made.correct_turn("e", event)
    assert made.turns[0].message == texts[-1]
    assert made.turns[0].context["original"] == "One two three."


def test_where_two_turns_share_an_event_id_the_text_that_is_corrected_decides() -> None:
    both = words(1, "Let me look.", event_id=4), words(2, "You were at four.", event_id=4)
    for which, (first, second) in {1: ("Let me", "Let"), 2: ("You were at", "You")}.items():
        made = journal(*both)
        original = both[which - 1].text
        events = (
            TurnCorrected(3, CALL, 4, first, original),
            TurnCorrected(4, CALL, 4, second, first),
            TurnCorrected(5, CALL, 4, "", original),
        )
        for event in (*events, *events):
            made.correct_turn("e", event)
        left = {1: ["", "You were at four."], 2: ["Let me look.", ""]}[which]
        assert [turn.message for turn in made.turns] == left


def test_a_text_that_no_turn_has_means_the_latest_with_the_event_id() -> None:
    made = journal(words(1, "one", event_id=4), words(2, "two", event_id=4), words(3, "three", event_id=5))
    made.correct_turn("e", TurnCorrected(4, CALL, 4, "cut", "nothing like it"))
    assert [turn.message for turn in made.turns] == ["one", "cut", "three"]


def test_corrections_never_reach_the_client_another_call_or_what_another_page_reported() -> None:
    made = journal(words(1, "mine", Sender.CLIENT, event_id=1), words(2, "theirs", event_id=1, call="conv_other"))
    made.add_turn("another page", words(1, "elsewhere", event_id=1), NOON)
    filled_in = Turn(9, f"{CALL}.0", "filled in", Sender.AGENT, NOON, {"conversation_id": CALL, "event_id": 1})
    made = Journal([*made.turns, filled_in])
    assert made.correct_turn("e", TurnCorrected(3, CALL, 1, "cut")) is None
    assert made.interrupt_turn("e", TurnInterrupted(3, CALL, 1)) is None


def test_a_time_is_added_to_its_turn_once() -> None:
    made = journal(words(1, "a"), words(2, "b"))
    timed = made.time_turn("e", TurnTimed(3, 2, 480))
    assert timed is not None
    assert timed.context["latency_ms"] == 480
    assert made.time_turn("e", TurnTimed(3, 2, 480)) is None
    assert made.time_turn("e", TurnTimed(4, 2, 900)) is None
    assert made.time_turn("e", TurnTimed(5, 77, 1)) is None
    assert made.time_turn("another page", TurnTimed(3, 1, 480)) is None
    assert made.time_turn("e", TurnTimed(1, 1, 480)) is None
    assert "latency_ms" not in made.turns[0].context


def test_what_was_heard_is_added_to_the_agents_turn_each_fact_once() -> None:
    made = journal(words(1, "a"), words(2, "b", Sender.CLIENT))
    heard = TurnMeasured(3, 1, {"felt_ms": 812, "cut_in": False})
    for event in (heard, heard, TurnMeasured(4, 1, {"felt_ms": 5, "silenced_ms": 300})):
        made.measure_turn("e", event)
    facts = {name: made.turns[0].context.get(name) for name in ("felt_ms", "cut_in", "silenced_ms")}
    assert facts == {"felt_ms": 812, "cut_in": False, "silenced_ms": 300}
    changes = made.changes
    for event in (heard, TurnMeasured(3, 2, {"felt_ms": 1}), TurnMeasured(5, 77, {"felt_ms": 1})):
        assert made.measure_turn("e", event) is None
    assert made.changes == changes


def test_a_turn_comes_back_from_disk_as_it_was(services: Services) -> None:
    session = enter(services)
    text = '\x07 \u202e <b>hi</b> {"a": 1} \U0001f600 \'; --'
    services.intake.receive(session.id, delivery(said(1, text, "agent", event_id=3, latency_ms=5), sent_at=NOON))
    (turn,) = load_turns(store_of(services), session.id)
    facts = {"source": "live", "conversation_id": CALL, "event_id": 3, "latency_ms": 5}
    assert turn == Turn(1, "page-1.1", text, Sender.AGENT, NOON, facts)
