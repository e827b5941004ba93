"""How a client wants to be coached, and what the membership answers begin it with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from coachroom.app.container import Services
from coachroom.coaching.approach import Pace, Tone
from coachroom.coaching.profiles import Profile
from coachroom.coaching.validation import InvalidInputError
from tests.services import ANA, BEN, store_of

ANSWERS = {"What do you want to change?": "My sleep", "Anything else": "  I travel\n much "}
PREFILLED = "What do you want to change? My sleep\nAnything else: I travel much"


def answered(services: Services, answers: dict, client: str = ANA) -> None:
    store_of(services).execute("UPDATE members SET answers = $1 WHERE client_id = $2", [json.dumps(answers), client])


def test_a_profile_is_kept_as_it_was_saved(services: Services) -> None:
    given = Profile(ANA, "", " Annie ", Tone.DIRECT, Pace.SHORT, "Deutsch", "One thing\nat a time", "Mornings")
    services.coaching.profiles.save(given)
    found = services.coaching.profiles.get(ANA)
    assert found == replace(given, name="Ana Silva", called="Annie", saved=True)
    assert found.address == "Annie"
    assert services.coaching.profiles.get(BEN) == Profile(BEN, "Ben Okafor")


def test_a_client_is_called_by_the_first_name_until_they_say_otherwise(services: Services) -> None:
    assert services.coaching.profiles.get(ANA).address == "Ana"
    assert services.coaching.profiles.get("nobody") == Profile("nobody", "")
    assert services.coaching.profiles.get("nobody").address == ""


def test_the_membership_answers_are_a_start(services: Services) -> None:
    answered(services, ANSWERS)
    profile = services.coaching.profiles.get(ANA)
    assert not profile.saved
    assert profile.challenges == PREFILLED
    assert services.coaching.profiles.get(BEN).challenges is None
    services.coaching.profiles.save(replace(profile, challenges=""))
    assert services.coaching.profiles.get(ANA).challenges is None, "what was cleared does not come back"
    assert services.coaching.profiles.get(ANA).saved


@pytest.mark.parametrize("answers", [{"q" * 5_000: "a" * 5_000}, {"": ""}, {" ": "\x00"}, {"q": None}, {}])
def test_strange_answers_break_nothing(services: Services, answers: dict) -> None:
    answered(services, answers)
    services.coaching.profiles.save(services.coaching.profiles.get(ANA))


def test_switching_memory_does_not_settle_the_rest(services: Services) -> None:
    answered(services, ANSWERS)
    services.coaching.profiles.switch_memory(ANA, False)
    profile = services.coaching.profiles.get(ANA)
    assert (profile.remembers, profile.saved, profile.challenges) == (False, False, PREFILLED)
    services.coaching.profiles.save(replace(profile, tone=Tone.GENTLE))
    assert not services.coaching.profiles.get(ANA).remembers
    services.coaching.profiles.switch_memory(ANA, True)
    found = services.coaching.profiles.get(ANA)
    assert (found.remembers, found.tone) == (True, Tone.GENTLE)


@pytest.mark.parametrize("wrong", [{"called": "x" * 41}, {"language": "x" * 41}, {"challenges": "x" * 2_001}])
def test_too_much_is_refused_and_nothing_is_kept(services: Services, wrong: dict) -> None:
    with pytest.raises(InvalidInputError, match="too long"):
        services.coaching.profiles.save(Profile(ANA, "", tone=Tone.DIRECT, **wrong))
    assert services.coaching.profiles.get(ANA).tone is None


def test_a_member_whose_data_was_erased_has_no_profile(services: Services) -> None:
    services.coaching.profiles.save(Profile(ANA, "", called="Annie"))
    store_of(services).execute("UPDATE client_profiles SET erased_at = $1 WHERE id = $2", [services.clock(), ANA])
    assert services.coaching.profiles.get(ANA) == Profile(ANA, "")


def test_holding_a_button_to_talk_is_kept_and_touches_nothing_else(services: Services) -> None:
    profiles = services.coaching.profiles
    before = profiles.save(replace(profiles.get(ANA), called="Annie", tone=Tone.GENTLE))
    assert not before.hold_to_talk
    profiles.keep_hold_to_talk(ANA, True)
    assert profiles.get(ANA) == replace(before, hold_to_talk=True)
    profiles.save(replace(profiles.get(ANA), called="Anna"))
    assert profiles.get(ANA).hold_to_talk
    profiles.keep_hold_to_talk(ANA, False)
    assert not profiles.get(ANA).hold_to_talk
    profiles.keep_hold_to_talk(BEN, True)
    assert profiles.get(BEN) == Profile(BEN, "Ben Okafor", hold_to_talk=True)
