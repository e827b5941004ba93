"""Our record of a call and the provider's brought together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.elevenlabs.call_record import CallRecord, CallTurn
from coachroom.recording.reconcile import compose
from coachroom.recording.shared_voice import SharedVoice
from coachroom.recording.turn import Turn, live_turns
from coachroom.recording.words import spoken_words
from coachroom.rooms.states import Sender
from tests.services import NOON

A, C = Sender.AGENT, Sender.CLIENT


def live(seq: int, sender: Sender, message: str, seconds: float, call: str | None = "one", **facts: object) -> Turn:
    context = {"source": "live", "conversation_id": call, **facts}
    return Turn(seq, f"page.{seq}", message, sender, NOON + timedelta(seconds=seconds), context)


def theirs(
    sender: Sender, message: str, seconds: float = 0, interrupted: bool = False, original: str = ""
) -> CallTurn:
    return CallTurn(sender, message, seconds, interrupted, original)


def record(*turns: CallTurn, call: str = "one", began: float = 0) -> CallRecord:
    return CallRecord(call, NOON + timedelta(seconds=began), settled=True, turns=turns)


def has_words(text: str) -> bool:
    return text.strip(" .") != ""


def words_in_order(turns: Sequence[Turn]) -> list[str]:
    """The words in their order, those that the provider filled in with a plus before them."""
    return [("+" if turn.context["source"] == "reconcile" else "") + turn.message for turn in turns]


OURS = [
    live(1, A, "Hello Ana.", 1.5),
    live(2, C, "I want to sleep better.", 6.2),
    live(3, A, "Tell me about your evenings.", 8.9),
]


def test_a_human_coach_is_the_same_speaker_to_the_provider_and_stays_another_to_us() -> None:
    ours = [*OURS, live(4, Sender.COACH, "What did you notice?", 12.0), live(5, A, "Good question.", 14.0)]
    same = record(*(theirs(C if turn.sender is Sender.COACH else turn.sender, turn.message) for turn in ours))
    assert compose(ours, [same]) == ours


def test_a_coach_who_was_heard_differently_is_not_the_client() -> None:
    ours = [*OURS, live(4, Sender.COACH, "What did you notice?", 12.0)]
    heard = record(*(theirs(turn.sender, turn.message) for turn in OURS), theirs(C, "What did your note is?", 12))
    assert compose(ours, [heard]) == ours


def test_what_a_coach_wrote_is_in_no_record_and_keeps_its_place() -> None:
    hint = Turn(9, "coach.j.1", "Ask about work.", Sender.COACH, NOON + timedelta(seconds=7), {"written": "hint"})
    same = record(*(theirs(turn.sender, turn.message) for turn in OURS))
    merged = compose([*OURS, hint], [same])
    assert [turn.message for turn in merged] == [OURS[0].message, OURS[1].message, hint.message, OURS[2].message]
    assert merged[2] == replace(hint, seq=3)


def test_a_hint_in_the_clients_words_is_not_taken_for_them() -> None:
    hint = Turn(9, "coach.j.1", OURS[1].message, Sender.COACH, NOON + timedelta(seconds=5), {"written": "hint"})
    lost = [OURS[0], hint, OURS[2]]
    merged = compose(lost, [record(*(theirs(turn.sender, turn.message, turn.seq) for turn in OURS))])
    assert sorted((turn.sender.value, turn.message) for turn in merged) == sorted(
        [(turn.sender.value, turn.message) for turn in OURS] + [("coach", hint.message)]
    )


@pytest.mark.parametrize(("seconds", "mixed"), [(5.0, None), (10.0, True), (20.0, True), (34.9, True), (35.1, None)])
def test_what_only_the_record_has_while_a_coach_was_heard_is_nobodys_own(seconds: float, mixed: bool | None) -> None:
    shared = SharedVoice(NOON + timedelta(seconds=10), NOON + timedelta(seconds=20))
    [turn] = compose([], [record(theirs(C, "I will stop.", seconds))], [shared])
    assert turn.context.get("mixed") is mixed
    assert turn.is_clients_own is (mixed is None)


def test_an_empty_transcript_changes_nothing() -> None:
    assert compose(OURS, [record()]) == OURS
    assert compose([], [record()]) == []


def test_the_same_conversation_changes_nothing() -> None:
    same = record(*(theirs(turn.sender, turn.message) for turn in OURS))
    assert compose(OURS, [same]) == OURS


def test_words_that_differ_in_signs_and_case_are_the_same_words() -> None:
    heard = record(
        theirs(A, "hello, ana"), theirs(C, "I want to sleep better"), theirs(A, "TELL me about your evenings")
    )
    assert compose(OURS, [heard]) == OURS


def test_a_turn_that_was_heard_differently_stays_as_we_have_it() -> None:
    heard = record(theirs(A, "Hello Ana."), theirs(C, "I want to eat butter."), theirs(A, OURS[2].message))
    assert compose(OURS, [heard]) == OURS


def test_a_gap_is_filled_in_its_place_and_in_its_time() -> None:
    lost = [OURS[0], replace(OURS[2], seq=2)]
    merged = compose(
        lost, [record(theirs(A, "Hello Ana.", 1), theirs(C, "I want to sleep.", 6), theirs(A, OURS[2].message, 9))]
    )
    assert words_in_order(merged) == ["Hello Ana.", "+I want to sleep.", "Tell me about your evenings."]
    assert [turn.seq for turn in merged] == [1, 2, 3]
    assert merged[1] == Turn(
        2, "one.1", "I want to sleep.", C, NOON + timedelta(seconds=6),
        {"source": "reconcile", "conversation_id": "one"},
    )  # fmt: skip


def test_what_we_missed_at_the_beginning_and_at_the_end_is_filled_in() -> None:
    merged = compose(
        [live(1, C, "I want to sleep better.", 6)],
        [
            record(
                theirs(A, "Hello.", 1),
                theirs(C, "I want to sleep better.", 6),
                theirs(A, "Why?", 9),
                theirs(C, "So.", 12),
            )
        ],
    )
    assert words_in_order(merged) == ["+Hello.", "I want to sleep better.", "+Why?", "+So."]


def test_where_we_have_nothing_the_providers_transcript_is_the_record() -> None:
    merged = compose([], [record(theirs(A, "Hello.", 1), theirs(C, "Hi.", 3, interrupted=False))])
    assert words_in_order(merged) == ["+Hello.", "+Hi."]
    assert [turn.timestamp for turn in merged] == [NOON + timedelta(seconds=1), NOON + timedelta(seconds=3)]


def test_whole_seconds_never_run_backwards_between_our_exact_ones() -> None:
    ours = [live(1, A, "one", 1.9), live(2, C, "four", 2.1)]
    merged = compose(
        ours, [record(theirs(A, "one", 1), theirs(C, "two", 1), theirs(A, "three", 5), theirs(C, "four", 2))]
    )
    assert words_in_order(merged) == ["one", "+two", "+three", "four"]
    assert [(turn.timestamp - NOON).total_seconds() for turn in merged] == [1.9, 1.9, 2.1, 2.1]


def test_the_provider_knows_of_interruptions_that_we_missed() -> None:
    cut = record(theirs(A, "Hello Ana.", interrupted=True), theirs(C, OURS[1].message, interrupted=True))
    merged = compose(OURS[:2], [cut])
    assert [turn.context.get("interrupted") for turn in merged] == [True, None]
    only_theirs = compose([], [cut])
    assert only_theirs[0].context["interrupted"] is True


def test_each_of_two_calls_is_filled_in_its_own_place() -> None:
    ours = [live(1, A, "a1", 1), live(2, C, "a3", 3), live(3, A, "b1", 61, "two"), live(4, C, "b3", 63, "two")]
    first = record(theirs(A, "a1", 1), theirs(A, "a2", 2), theirs(C, "a3", 3), theirs(A, "a4", 4))
    second = record(
        theirs(A, "b0", 0), theirs(A, "b1", 1), theirs(A, "b2", 2), theirs(C, "b3", 3), call="two", began=60
    )
    both = ["a1", "+a2", "a3", "+a4", "+b0", "b1", "+b2", "b3"]
    assert words_in_order(compose(ours, [first, second])) == both
    assert compose(ours, [second, first]) == compose(ours, [first, second])


def test_a_call_of_which_we_have_nothing_stands_where_it_took_place() -> None:
    ours = [live(1, A, "b1", 61, "two"), live(2, C, "b2", 62, "two")]
    merged = compose(ours, [record(theirs(A, "a1", 1), theirs(C, "a2", 2))])
    assert words_in_order(merged) == ["+a1", "+a2", "b1", "b2"]
    assert merged[0].timestamp == NOON + timedelta(seconds=1)
    merged = compose(
        ours, [record(theirs(A, "a1", 1), theirs(C, "a2", 2)), record(theirs(A, "c1", 1), call="three", began=120)]
    )
    assert words_in_order(merged) == ["+a1", "+a2", "b1", "b2", "+c1"]


def test_what_is_composed_has_ours_in_it_as_they_were() -> None:
    cut = record(theirs(A, "Hello Ana.", interrupted=True), theirs(C, "Hm."), theirs(C, OURS[1].message))
    merged = compose(OURS, [cut])
    assert words_in_order(merged) == ["Hello Ana.", "+Hm.", OURS[1].message, OURS[2].message]
    assert merged[0].context["heard_by"] == "reconcile"
    assert compose(live_turns(merged), []) == OURS


def test_turns_of_two_loads_of_the_page_stand_in_their_time_however_they_arrived() -> None:
    first = [replace(live(n, C, f"a{n}", n), id=f"first.{n}") for n in (1, 2, 3)]
    second = [replace(live(n, C, f"b{n}", 2.5), id=f"second.{n}") for n in (1, 2)]
    # The clock of a load's last delivery may have been slower.
    second.append(replace(live(3, C, "b3", 1), id="second.3"))
    in_time = ["a1", "a2", "b1", "b2", "b3", "a3"]
    for arrived in ([*first, *second], [*second, *first], [*second[:2], *reversed(first), second[2]]):
        turns = compose(arrived, [])
        assert words_in_order(turns) == in_time
        assert [turn.seq for turn in turns] == [1, 2, 3, 4, 5, 6]


HELLO, QUESTION, ANSWER, MORE, LAST = "Hello.", "I sleep badly.", "Tell me more.", "Since May.", "What changed?"
# What the page reported, in the order it did, beside the record's order: what is on record then.
OUT_OF_ORDER = {
    "typed before the greeting came": (
        [(C, QUESTION), (A, HELLO), (A, ANSWER)], [(A, HELLO), (C, QUESTION), (A, ANSWER)],
    ),
    "typed while an answer was on its way": (
        [(A, HELLO), (C, QUESTION), (C, MORE), (A, ANSWER), (A, LAST)],
        [(A, HELLO), (C, QUESTION), (A, ANSWER), (C, MORE), (A, LAST)],
    ),
    "a transcript that came after its answer": (
        [(A, HELLO), (A, ANSWER), (C, QUESTION), (C, MORE), (A, LAST)],
        [(A, HELLO), (C, QUESTION), (A, ANSWER), (C, MORE), (A, LAST)],
    ),
    "the same words twice": (
        [(C, "Yes."), (C, "Yes."), (A, HELLO), (A, ANSWER)], [(A, HELLO), (C, "Yes."), (A, ANSWER), (C, "Yes.")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", OUT_OF_ORDER)
def test_each_thing_said_is_one_turn_in_the_records_order(case: str) -> None:
    reported, spoken = OUT_OF_ORDER[case]
    ours = [live(n, sender, text, n) for n, (sender, text) in enumerate(reported, start=1)]
    merged = compose(ours, [record(*(theirs(sender, text, 2 * n) for n, (sender, text) in enumerate(spoken)))])
    assert [(turn.sender, turn.message) for turn in merged] == spoken
    assert all(turn.context["source"] == "live" for turn in merged)
    times = [turn.timestamp for turn in merged]
    assert times == sorted(times)


def test_without_a_record_words_stand_before_the_answer_to_the_same_event() -> None:
    ours = [
        live(1, A, HELLO, 1, event_id=1),
        live(2, A, ANSWER, 5, event_id=4),
        live(3, C, QUESTION, 5.2, event_id=4),
    ]
    assert words_in_order(compose(ours, [])) == [HELLO, QUESTION, ANSWER]
    other_call = [ours[0], ours[1], live(3, C, QUESTION, 5.2, "two", event_id=4)]
    assert words_in_order(compose(other_call, [])) == [HELLO, ANSWER, QUESTION]


def test_a_response_time_counts_only_from_the_words_that_were_answered() -> None:
    ours = [
        live(1, C, QUESTION, 1, typed=True),
        live(2, A, HELLO, 1.004, latency_ms=4),
        live(3, A, ANSWER, 3),
        live(4, C, MORE, 9, typed=True),
        live(5, A, LAST, 9.8, latency_ms=800),
    ]
    lines = [(A, HELLO), (C, QUESTION), (A, ANSWER), (C, MORE), (A, LAST)]
    merged = compose(ours, [record(*(theirs(*line) for line in lines))])
    assert [turn.context.get("latency_ms") for turn in merged] == [None, None, None, None, 800]
    assert merged[0].context["mismatched_latency_ms"] == 4
    assert live_turns(merged)[1].context == ours[0].context


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[Turn], CallRecord]:
    """A conversation as the page reported it, each channel late by its own delay, and its record."""
    senders = draw(st.lists(SENDERS, min_size=1, max_size=12))
    words = draw(
        st.lists(st.sampled_from(["yes", "no", "maybe", "so"]), min_size=len(senders), max_size=len(senders))
    )
    spoken = list(zip(senders, words, strict=True))
    late = {sender: draw(st.floats(0, 3)) for sender in (A, C)}
    # Each channel keeps its own order, as a socket does.
    arrival = sorted(range(len(spoken)), key=lambda n: (n + late[spoken[n][0]], n))
    ours = [live(seq, *spoken[n], seconds=seq) for seq, n in enumerate(arrival, start=1)]
    return ours, record(*(theirs(sender, text, n) for n, (sender, text) in enumerate(spoken)))


@given(conversations())
def test_whatever_the_delays_each_thing_said_is_on_record_once_in_its_order(
    story: tuple[list[Turn], CallRecord],
) -> None:
    ours, settled = story
    merged = compose(ours, [settled])
    assert [(turn.sender, turn.message) for turn in merged] == [(turn.sender, turn.message) for turn in settled.turns]
    assert {turn.id for turn in merged} == {turn.id for turn in ours}


@pytest.mark.parametrize("cut_on_page", [True, False])
def test_an_answer_of_which_one_side_has_the_beginning_alone_is_one_turn(cut_on_page: bool) -> None:
    whole, beginning = "Good to know. What could you do about it?", "Good to know. What..."
    ours = [
        live(1, A, beginning if cut_on_page else whole, 1, interrupted=cut_on_page),
        live(2, C, QUESTION, 2),
        live(3, C, MORE, 3),
    ]
    answer = theirs(A, whole if cut_on_page else beginning, interrupted=not cut_on_page)
    lines = [theirs(A, HELLO), theirs(C, QUESTION), theirs(A, LAST), theirs(C, MORE), answer]
    merged = compose(ours, [record(*lines)])
    assert words_in_order(merged) == [
        "+" + HELLO,
        QUESTION,
        "+" + LAST,
        MORE,
        beginning if cut_on_page else "Good to know. What...",
    ]
    assert merged[-1].context["interrupted"] is True


@pytest.mark.parametrize("knows", [{}, {"interrupted": True}], ids=["nothing", "that it was interrupted"])
@pytest.mark.parametrize("spoken", ["Good to know. What...", "Good", "", "...", "…"])
def test_an_answer_whose_correction_the_page_missed_has_the_words_that_were_spoken(
    spoken: str, knows: dict[str, bool]
) -> None:
    whole = "Good to know. What could you do about it?"
    ours = [live(1, A, whole, 1), live(2, C, QUESTION, 2), live(3, A, whole, 3, **knows), live(4, C, MORE, 4)]
    cut = theirs(A, spoken, interrupted=True, original=whole)
    settled = record(theirs(A, whole), theirs(C, QUESTION), cut, theirs(C, MORE))
    merged = compose(ours, [settled])
    assert words_in_order(merged) == [whole, QUESTION, spoken_words(Sender.AGENT, spoken), MORE]
    assert [bool(turn.context.get("interrupted")) for turn in merged] == [False, False, True, False]
    assert merged[2].context["original"] == whole
    assert live_turns(merged) == ours
    assert compose(live_turns(merged), [settled]) == merged


WORDS = st.sampled_from(["a", "b", "c", "A!", "", "..", "a b"])
SENDERS = st.sampled_from([A, C])
CALLS = st.sampled_from(["one", "two", None])


@st.composite
def our_turns(draw: st.DrawFn) -> list[Turn]:
    """Live turns of up to two calls one after the other, and some that no call is known for."""
    said = draw(st.lists(st.tuples(SENDERS, WORDS, st.integers(0, 40)), max_size=8))
    first_of_second = draw(st.integers(0, len(said)))
    moment, turns = 0.0, []
    for seq, (sender, words, step) in enumerate(said, start=1):
        moment += step / 10
        call = ("one" if seq <= first_of_second else "two") if draw(st.integers(0, 5)) else None
        turns.append(live(seq, sender, words, moment, call))
    return turns


@st.composite
def records(draw: st.DrawFn) -> CallRecord:
    spoken = draw(st.lists(st.tuples(SENDERS, WORDS, st.integers(0, 30), st.booleans(), WORDS), max_size=8))
    return record(
        *(theirs(*line, "" if words else original) for *line, original in spoken for words in [line[1]]),
        call=draw(st.sampled_from(["one", "two"])),
        began=draw(st.integers(-5, 20)),
    )


def one_a_call(known: Sequence[CallRecord]) -> list[CallRecord]:
    """What is known of each call, as it would be kept."""
    calls: dict[str, CallRecord] = {}
    for each in known:
        before = calls.get(each.conversation_id)
        calls[each.conversation_id] = before.joined(each) if before else each
    return list(calls.values())


def bare(turn: Turn) -> Turn:
    """What of a live turn may never change."""
    facts = {name: value for name, value in turn.context.items() if name not in ("interrupted", "heard_by")}
    return replace(turn, seq=0, context=facts)


@given(our_turns(), st.lists(records(), max_size=4))
def test_our_turns_always_survive_as_they_were_reported(ours: list[Turn], theirs: list[CallRecord]) -> None:
    reported = live_turns(compose(ours, one_a_call(theirs)))
    by_number = sorted(reported, key=lambda turn: int(turn.id.rpartition(".")[2]))
    assert [bare(turn) for turn in by_number] == [bare(turn) for turn in ours]


@given(our_turns(), st.lists(records(), min_size=1, max_size=3))
def test_composing_again_from_what_was_composed_changes_nothing(ours: list[Turn], theirs: list[CallRecord]) -> None:
    known = one_a_call(theirs)
    merged = compose(ours, known)
    assert compose(live_turns(merged), reversed(known)) == merged


@given(our_turns(), st.lists(records(), max_size=4))
def test_turns_are_numbered_from_one_each_with_its_own_id_and_times_never_run_backwards(
    ours: list[Turn], theirs: list[CallRecord]
) -> None:
    merged = compose(ours, one_a_call(theirs))
    assert len(merged) >= len(ours)
    assert [turn.seq for turn in merged] == list(range(1, len(merged) + 1))
    assert len({turn.id for turn in merged}) == len(merged)
    times = [turn.timestamp for turn in merged]
    assert times == sorted(times)


@given(records())
def test_every_line_of_the_provider_with_words_is_there_where_we_have_nothing(theirs: CallRecord) -> None:
    merged = compose([], [theirs])
    spoken = [(line.sender, line.message) for line in theirs.turns if has_words(line.message)]
    assert [(turn.sender, turn.message) for turn in merged] == spoken


@given(conversations(), st.lists(st.tuples(st.integers(0, 12), SENDERS, st.sampled_from(["", " ", "...", "…"]))))
def test_silences_in_the_page_and_in_the_record_change_nothing_of_what_was_said(
    story: tuple[list[Turn], CallRecord], silences: list[tuple[int, Sender, str]]
) -> None:
    ours, settled = story
    awkward, lines = list(ours), list(settled.turns)
    for n, (place, sender, nothing) in enumerate(silences):
        if n % 2:
            lines.insert(place, theirs(sender, nothing, place))
        else:
            awkward.insert(place, replace(live(0, sender, nothing, place), id=f"page.{100 + n}"))
    awkward = [
        replace(turn, id=f"page.{seq}", timestamp=NOON + timedelta(seconds=seq))
        for seq, turn in enumerate(awkward, start=1)
    ]
    merged = compose(awkward, [replace(settled, turns=tuple(lines))])
    said = [(turn.sender, turn.message) for turn in merged if turn.message]
    assert said == [(line.sender, line.message) for line in settled.turns]


def test_a_turn_that_was_cut_to_nothing_is_not_said_again_by_the_record() -> None:
    ours = [live(1, A, HELLO, 1), live(2, A, "", 2, original=ANSWER, interrupted=True), live(3, C, QUESTION, 3)]
    whole = record(theirs(A, HELLO), theirs(A, ANSWER, interrupted=True), theirs(C, QUESTION))
    assert [turn.message for turn in compose(ours, [whole])] == [HELLO, "", QUESTION]
    other = record(theirs(A, HELLO), theirs(A, "Tell."), theirs(C, QUESTION))
    assert [turn.message for turn in compose(ours, [other]) if turn.message] == [HELLO, "Tell.", QUESTION]


def test_a_tag_before_the_agents_words_is_no_other_words() -> None:
    merged = compose(
        [live(1, A, "[warmly] Hello.", 1)],
        [record(theirs(A, "Hello.")), record(theirs(A, "[softly] So."), call="two", began=60)],
    )
    assert words_in_order(merged) == ["Hello.", "+So."]
    assert [turn.context.get("raw") for turn in merged] == ["[warmly] Hello.", "[softly] So."]
