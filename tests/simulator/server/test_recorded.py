from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from coachroom.simulator.mood import AWKWARD, NORMAL
from coachroom.simulator.server.archive import PracticeTurn
from coachroom.simulator.server.recorded import recorded

SEEDS = st.text("abc", max_size=3)


@st.composite
def talks(draw: st.DrawFn) -> list[PracticeTurn]:
    """Turns with rising times."""
    lines = draw(st.lists(st.tuples(st.sampled_from(["user", "agent"]), st.floats(0, 3)), max_size=12))
    turns, at = [], 0.0
    for n, (role, seconds) in enumerate(lines):
        at += seconds
        turns.append(PracticeTurn(role, f"{role} {n}", at, n))
    return turns


def ids(turns: list[PracticeTurn]) -> list[int]:
    return [turn.event_id for turn in turns if turn.message and turn.message[:1].isalpha()]


@given(talks(), SEEDS)
def test_in_the_normal_mood_a_record_is_what_was_said(turns: list[PracticeTurn], seed: str) -> None:
    assert recorded(turns, NORMAL, seed) == turns


@given(talks(), SEEDS)
def test_whatever_is_added_each_thing_said_is_there_once(turns: list[PracticeTurn], seed: str) -> None:
    assert sorted(ids(recorded(turns, AWKWARD, seed))) == ids(turns)


@given(talks(), SEEDS)
def test_each_speaker_keeps_their_order(turns: list[PracticeTurn], seed: str) -> None:
    found = recorded(turns, replace(NORMAL, late_answers=True), seed)
    for role in ("user", "agent"):
        assert [turn for turn in found if turn.role == role] == [turn for turn in turns if turn.role == role]


@given(talks(), SEEDS)
def test_the_same_seed_gives_the_same_record(turns: list[PracticeTurn], seed: str) -> None:
    assert recorded(turns, AWKWARD, seed) == recorded(turns, AWKWARD, seed)


def test_an_answer_may_stand_behind_what_the_client_said_meanwhile() -> None:
    said = [
        PracticeTurn("agent", "Hello.", 0, 1),
        PracticeTurn("user", "I sleep badly.", 5, 2),
        PracticeTurn("agent", "Since when?", 5.1, 3),
        PracticeTurn("user", "I work at night.", 5.4, 4),
        PracticeTurn("agent", "I see.", 5.5, 5),
    ]
    orders = {tuple(ids(recorded(said, replace(NORMAL, late_answers=True), str(n)))) for n in range(20)}
    assert orders == {(1, 2, 3, 4, 5), (1, 2, 4, 3, 5)}
