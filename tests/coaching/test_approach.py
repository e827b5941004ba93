"""What counts of the coach's way of working after any sequence of choices, trials and answers."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from coachroom.coaching.approach import (
    VALUES,
    Approach,
    ApproachChoice,
    ApproachField,
    ChoiceSource,
    ChoiceState,
    Pace,
    Tone,
    after,
    approach_from,
    trials,
)
from coachroom.coaching.asking import (
    MEANS,
    Difference,
    may_ask_after,
    may_ask_before_first,
    may_ask_for_difference,
)
from tests.services import NOON


def tried(value: Tone | Pace = Tone.DIRECT, minutes: int = 0) -> ApproachChoice:
    field = ApproachField.TONE if isinstance(value, Tone) else ApproachField.PACE
    at = NOON + timedelta(minutes=minutes)
    return ApproachChoice(field, value, ChoiceState.TRYING, ChoiceSource.ASKED, at)


def kept(value: Tone | None, source: ChoiceSource = ChoiceSource.PROFILE) -> ApproachChoice:
    return ApproachChoice(ApproachField.TONE, value, ChoiceState.KEPT, source, NOON)


def ended(value: Tone | Pace = Tone.DIRECT) -> ApproachChoice:
    field = ApproachField.TONE if isinstance(value, Tone) else ApproachField.PACE
    return ApproachChoice(field, value, ChoiceState.DROPPED, ChoiceSource.TRIAL, NOON)


@st.composite
def events(draw: st.DrawFn) -> list[ApproachChoice]:
    """Any sequence of what can happen, each a minute after the other."""
    made = []
    for minute in range(draw(st.integers(0, 12))):
        field = draw(st.sampled_from(ApproachField))
        state = draw(st.sampled_from(ChoiceState))
        values = [*VALUES[field], *([None] if state is ChoiceState.KEPT else [])]
        source = draw(st.sampled_from(ChoiceSource))
        made.append(
            ApproachChoice(field, draw(st.sampled_from(values)), state, source, NOON + timedelta(minutes=minute))
        )
    return made


@given(events(), st.sampled_from(ApproachField), st.data())
def test_the_clients_word_beats_all_that_was_before(
    before: list[ApproachChoice], field: ApproachField, data: st.DataObject
) -> None:
    value = data.draw(st.sampled_from([*VALUES[field], None]))
    said = ApproachChoice(field, value, ChoiceState.KEPT, ChoiceSource.PROFILE, NOON + timedelta(hours=1))
    assert approach_from([*before, said]).effective().get(field) is value


@given(events(), st.sampled_from(ApproachField), st.data())
def test_stop_works_whatever_happened_before(
    before: list[ApproachChoice], field: ApproachField, data: st.DataObject
) -> None:
    value = data.draw(st.sampled_from(list(VALUES[field])))
    stopped = ApproachChoice(field, value, ChoiceState.DROPPED, ChoiceSource.PROFILE, NOON + timedelta(hours=1))
    assert field not in approach_from([*before, stopped]).effective()


@given(events())
def test_a_trial_that_ends_leaves_what_was_chosen_before_it(before: list[ApproachChoice]) -> None:
    standing = approach_from(before)
    trial = tried(Tone.GENTLE, 60)
    assert after(standing, trial).effective()[ApproachField.TONE] is Tone.GENTLE
    assert after(after(standing, trial), ended(Tone.GENTLE)) == Approach(standing.chosen)


@given(events())
def test_only_the_clients_word_makes_a_choice(sequence: list[ApproachChoice]) -> None:
    for field, value in approach_from(sequence).chosen.items():
        assert any((each.field, each.value, each.state) == (field, value, ChoiceState.KEPT) for each in sequence)


@given(events())
def test_of_all_trials_at_most_the_latest_goes_on(sequence: list[ApproachChoice]) -> None:
    found = trials(sequence)
    assert len(found) == sum(each.state is ChoiceState.TRYING for each in sequence)
    assert all(each.state is not ChoiceState.TRYING for each in found[1:])
    trial = approach_from(sequence).trial
    assert (found[0].began if found and found[0].state is ChoiceState.TRYING else None) == trial


@given(events())
def test_what_counts_has_one_value_of_its_own_field_each(sequence: list[ApproachChoice]) -> None:
    assert all(isinstance(value, VALUES[field]) for field, value in approach_from(sequence).effective().items())


def test_a_trial_that_is_kept_is_a_choice() -> None:
    said = kept(Tone.DIRECT, ChoiceSource.TRIAL)
    assert approach_from([tried(), said]) == Approach({ApproachField.TONE: Tone.DIRECT})
    assert [each.state for each in trials([tried(), said])] == [ChoiceState.KEPT]


def test_a_trial_does_not_end_a_choice_in_another_field() -> None:
    standing = approach_from([kept(Tone.GENTLE), tried(Pace.SHORT)])
    assert dict(standing.effective()) == {ApproachField.TONE: Tone.GENTLE, ApproachField.PACE: Pace.SHORT}
    assert [each.state for each in trials([tried(Pace.SHORT), kept(Tone.GENTLE)])] == [ChoiceState.TRYING]


def test_another_word_on_the_field_drops_its_trial() -> None:
    sequence = [tried(Tone.DIRECT), kept(Tone.GENTLE)]
    assert approach_from(sequence) == Approach({ApproachField.TONE: Tone.GENTLE})
    assert [each.state for each in trials(sequence)] == [ChoiceState.DROPPED]


def test_clients_are_asked_after_few_sessions_and_never_against_their_word() -> None:
    free = {"asked": False, "no_more": False}
    asked_after = [n for n in range(40) if may_ask_after(n, **free, tries=False)]
    assert asked_after == [1, 3, 8, 15]
    assert [n for n in range(4) if may_ask_before_first(n, **free)] == [0]
    assert [n for n in (None, 1, 2, 3, 4, 5) if may_ask_for_difference(n, **free, tries=False)] == [1, 2, 3]
    for no in ({"asked": True, "no_more": False}, {"asked": False, "no_more": True}):
        assert not may_ask_before_first(0, **no)
        assert not may_ask_after(1, **no, tries=False)
        assert not may_ask_for_difference(1, **no, tries=False)
    assert not may_ask_after(1, **free, tries=True)
    assert not may_ask_for_difference(1, **free, tries=True)


def test_each_difference_but_something_else_means_one_value() -> None:
    assert set(Difference) - set(MEANS) == {Difference.SOMETHING_ELSE}
    assert all(isinstance(value, VALUES[field]) for field, value in MEANS.values())
