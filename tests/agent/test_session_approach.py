"""How the coach works in a session: kept with its briefing, tried for one session, unchanged while a call goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.coaching.approach import (
    ApproachField,
    ChoiceSource,
    ChoiceState,
    Lead,
    Opening,
    Tone,
    approach_from,
    trials,
)
from coachroom.coaching.validation import InvalidInputError
from coachroom.rooms.states import EndReason
from tests.services import ANA, BEN, HandClock, enter, opened, store_of


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path, HandClock()) as services:
        yield services


def one_session(services: Services, client: str = ANA, reason: EndReason = EndReason.CLIENT) -> tuple[str, str]:
    """A session with a call; its id, and what the coach was told."""
    services.clock.forward(60)  # type: ignore[attr-defined]
    session = enter(services, client)
    told = services.briefings.prepare(session.id, client).long_form
    services.sessions.end(session.id, reason)
    return session.id, told


def wanted(told: str) -> str:
    return next((line for line in told.splitlines() if line.startswith("Wants: ")), "")


def try_direct(services: Services) -> None:
    services.coaching.approaches.try_once(ANA, ApproachField.TONE, Tone.DIRECT, ChoiceSource.ASKED)


def states(services: Services) -> list[ChoiceState]:
    return [each.state for each in trials(services.coaching.approaches.history(ANA))]


def test_every_session_with_a_briefing_has_its_approach(services: Services) -> None:
    for _ in range(3):
        one_session(services)
    one_session(services, BEN)
    missing = "SELECT session_id FROM briefings WHERE session_id NOT IN (SELECT session_id FROM session_approach)"
    assert store_of(services).execute(missing) == []
    assert store_of(services).execute("SELECT count(*) FROM session_approach") == [(4,)]


def test_what_is_tried_stands_in_one_briefing_and_in_no_second(services: Services) -> None:
    try_direct(services)
    session, told = one_session(services)
    assert wanted(told) == "Wants: direct words (for this session, at the client's wish)"
    assert services.briefings.trial_session(ANA) == session
    assert wanted(one_session(services)[1]) == ""
    assert states(services) == [ChoiceState.DROPPED]


def test_what_was_tried_and_kept_stands_in_every_later_briefing(services: Services) -> None:
    try_direct(services)
    session, _ = one_session(services)
    services.coaching.approaches.keep(ANA, session)
    assert services.coaching.profiles.get(ANA).tone is Tone.DIRECT
    assert [wanted(one_session(services)[1]) for _ in range(2)] == ["Wants: direct words"] * 2
    assert states(services) == [ChoiceState.KEPT]


def test_what_was_tried_and_not_wanted_leaves_what_was_before(services: Services) -> None:
    profiles = services.coaching.profiles
    profiles.save(replace(profiles.get(ANA), tone=Tone.GENTLE))
    try_direct(services)
    session, told = one_session(services)
    assert "direct words" in wanted(told)
    services.coaching.approaches.drop(ANA, session)
    assert wanted(one_session(services)[1]) == "Wants: gentle words"
    with pytest.raises(InvalidInputError, match="answered this already"):
        services.coaching.approaches.keep(ANA, session)


def test_while_a_session_goes_on_its_approach_stays(services: Services) -> None:
    """Each call that takes the session up again is told the same."""
    try_direct(services)
    session = enter(services)
    first = services.briefings.prepare(session.id, ANA).long_form
    services.coaching.approaches.drop(ANA)
    profiles = services.coaching.profiles
    profiles.save(replace(profiles.get(ANA), opening=Opening.GOAL))
    assert wanted(services.briefings.prepare(session.id, ANA).long_form) == wanted(first)
    services.sessions.end(session.id, EndReason.CLIENT)
    assert wanted(one_session(services)[1]) == "Wants: to begin with their goals"


def test_a_session_that_failed_uses_up_no_trial(services: Services) -> None:
    try_direct(services)
    failed, _ = one_session(services)
    store_of(services).execute("UPDATE sessions SET status = 'failed' WHERE id = $1", [failed])
    assert "direct words" in wanted(one_session(services)[1])


def test_off_the_record_the_wish_counts_and_nothing_is_kept_of_it(services: Services) -> None:
    try_direct(services)
    session = enter(services)
    told = services.briefings.prepare(session.id, ANA, kept=False).long_form
    assert "direct words" in wanted(told)
    assert services.briefings.approach_of(session.id) is None
    assert services.briefings.trial_session(ANA) is None


def test_stop_works_at_any_time(services: Services) -> None:
    approaches, profiles = services.coaching.approaches, services.coaching.profiles
    profiles.save(replace(profiles.get(ANA), lead=Lead.COACH, tone=Tone.GENTLE))
    try_direct(services)
    approaches.stop(ANA, ApproachField.TONE)
    assert approaches.standing(ANA).trial is None
    assert wanted(one_session(services)[1]) == "Wants: that you set the course"
    approaches.stop(ANA, ApproachField.LEAD)
    approaches.stop(ANA, ApproachField.LEAD)
    assert wanted(one_session(services)[1]) == ""


def test_what_is_kept_of_choices_is_what_their_record_says(services: Services) -> None:
    approaches, profiles = services.coaching.approaches, services.coaching.profiles
    profiles.save(replace(profiles.get(ANA), tone=Tone.GENTLE, opening=Opening.OPEN))
    try_direct(services)
    approaches.keep(ANA, one_session(services)[0])
    approaches.stop(ANA, ApproachField.OPENING)
    profiles.save(replace(profiles.get(ANA), lead=Lead.CLIENT))
    assert approach_from(approaches.history(ANA)) == approaches.standing(ANA)
    assert approaches.standing(ANA).chosen == {ApproachField.TONE: Tone.DIRECT, ApproachField.LEAD: Lead.CLIENT}


def test_who_is_asked_is_noted_once_and_their_word_against_it_is_kept(services: Services) -> None:
    approaches = services.coaching.approaches
    for _ in range(2):
        approaches.note_asked(ANA, None)
    assert not approaches.answered(ANA, None)
    approaches.leave_as_it_is(ANA, None)
    assert approaches.answered(ANA, None)
    approaches.note_asked(ANA, "some session")
    assert store_of(services).execute("SELECT occasion, changed FROM approach_asks ORDER BY occasion") == [
        ("before", False),
        ("some session", None),
    ]
    assert not approaches.asks_no_more(ANA)
    approaches.ask_no_more(ANA)
    assert approaches.asks_no_more(ANA)
    assert not approaches.asks_no_more(BEN)
    assert services.coaching.profiles.get(ANA).remembers
