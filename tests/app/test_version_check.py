"""Before two versions are met, both are looked at where they are: on their branches of the practice agent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coachroom.agent_config.apply import apply
from coachroom.agent_config.spec import read_agent_file
from coachroom.app.agent_connection import open_elevenlabs
from coachroom.app.version_check import AgentBranches, look_there
from coachroom.comparisons.states import Arm, Comparison, ComparisonState
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.errors import CoachroomError
from coachroom.settings import Settings
from tests.services import NOON, settings_for
from tests.simulator.call.test_socket import close_of
from tests.simulator.serving import AGENT, API_KEY, TEXT_ONLY, RunningAgent, call, open_house

COMPARISON = Comparison(
    "id", "Title", "Why", "practice-main", "practice-next", 0.5, 0.25, 100, ComparisonState.DRAFT,
    "a@example.com", NOON, None, None, None, None, None, None, None, None, None,
)  # fmt: skip


@pytest.fixture
def practice() -> Iterator[RunningAgent]:
    with open_house(agent_ids=[AGENT]) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, practice: RunningAgent) -> Settings:
    """Those of a house whose agent is as its file has it, on both branches."""
    settings = settings_for(
        tmp_path,
        agent_provider="elevenlabs",
        ELEVENLABS_API_KEY=API_KEY,
        elevenlabs_url=practice.url,
        agent_id=AGENT,
    )
    file = read_agent_file(settings)
    with open_elevenlabs(settings) as there:
        remote = there.agents.read()
        apply(there.agents, there.planned(file, remote), remote, lambda again: there.planned(file, again))
    return settings


def change_next(practice: RunningAgent, old: str, new: str) -> None:
    """Rewrites the candidate's prompt."""
    agent = practice.agent.configurations.agent(f"{AGENT}@practice-next")
    prompt = agent["conversation_config"]["agent"]["prompt"]["prompt"]
    assert old in prompt
    patch = {"conversation_config": {"agent": {"prompt": {"prompt": prompt.replace(old, new)}}}}
    practice.agent.configurations.change(f"{AGENT}@practice-next", patch, 1)


def test_the_branches_have_names(settings: Settings) -> None:
    branches = AgentBranches(settings)
    assert branches.names is None
    branches.look_up()
    assert branches.names == {"practice-main": "Main", "practice-next": "Next"}


def test_two_fit_versions_with_the_same_words_about_safety_may_be_met(
    settings: Settings, practice: RunningAgent
) -> None:
    before = look_there(settings, COMPARISON)
    change_next(practice, "# What you are not", "# Be short\nSay less.\n\n# What you are not")
    after = look_there(settings, COMPARISON)
    assert after.tests == before.tests
    assert [arm for arm in Arm if after.versions[arm] != before.versions[arm]] == [Arm.CANDIDATE]


def test_a_version_whose_words_about_safety_differ_is_refused(settings: Settings, practice: RunningAgent) -> None:
    change_next(practice, "Never tell what other clients said", "Seldom tell what other clients said")
    with pytest.raises(CoachroomError, match="word for word"):
        look_there(settings, COMPARISON)


def test_a_version_that_is_not_fit_or_not_there_is_refused(settings: Settings, practice: RunningAgent) -> None:
    deaf = {"conversation_config": {"conversation": {"client_events": []}}}
    practice.agent.configurations.change(f"{AGENT}@practice-next", deaf, 1)
    with pytest.raises(CoachroomError, match="The version practice-next is not fit for the room"):
        look_there(settings, COMPARISON)
    with pytest.raises(CoachroomError, match="has no agent"):
        look_there(settings, replace(COMPARISON, candidate="another"))


def test_a_call_on_a_branch_meets_its_version_and_its_record_names_it(practice: RunningAgent) -> None:
    provider = ElevenLabs(api_key=API_KEY, base_url=practice.url, agent_id=AGENT)
    greetings, records = {}, {}
    for branch in ("practice-main", "practice-next"):
        with call(practice, url=provider.signed_url(branch), **TEXT_ONLY) as caller:
            conversation = str(caller.hear("conversation_initiation_metadata")["conversation_id"])
            greetings[branch] = str(caller.hear("agent_response")["agent_response"])
        records[branch] = provider.record(conversation)
    provider.close()
    assert greetings["practice-next"] == f"{greetings['practice-main']} We go one step at a time."
    assert [records[branch].branch_id for branch in greetings] == list(greetings)
    assert len({record.version_id for record in records.values()}) == 2


def test_an_address_is_good_for_its_own_branch_alone(practice: RunningAgent) -> None:
    provider = ElevenLabs(api_key=API_KEY, base_url=practice.url, agent_id=AGENT)
    address = provider.signed_url("practice-main").replace("practice-main", "practice-next")
    provider.close()
    with call(practice, url=address, **TEXT_ONLY) as caller:
        assert close_of(caller) == (1008, "The signed URL is wrong or has expired.")
