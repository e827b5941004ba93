"""A practice agent that refuses calls, and the settings of an agent that make it do so."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coachroom.elevenlabs.client import ElevenLabs
from coachroom.simulator.mood import NORMAL, Mood
from tests.simulator.serving import AGENT, API_KEY, RunningAgent


@dataclass
class RefusingAgent:
    """A practice agent that is set up anew for each test, and what it knows of agents."""

    running: RunningAgent
    agent_ids: set[str]

    def change(self, edit: Callable[[dict[str, Any]], None]) -> None:
        """Its configuration, as somebody edits it on ElevenLabs' pages."""
        changed = copy.deepcopy(self.running.agent.configurations.agent(AGENT))
        edit(changed)
        self.running.agent.configurations._agents[AGENT] = changed

    def hang(self) -> None:
        """Calls in a language that the agent does not speak are neither begun nor closed."""
        self.running.agent.moods.current = Mood(unknown_language_hangs=True)

    def put_back(self) -> None:
        """Sets everything as it was in the beginning."""
        self.agent_ids.add(AGENT)
        self.running.agent.configurations._agents.clear()
        faults = self.running.agent.faults
        faults.status.clear()
        faults.expired_addresses = faults.quota_used_up = False
        self.running.agent.moods.current = NORMAL

    def address(self) -> str:
        provider = ElevenLabs(api_key=API_KEY, base_url=self.running.url, agent_id=AGENT)
        try:
            return provider.signed_url()
        finally:
            provider.close()


def no_text_only(agent: dict[str, Any]) -> None:
    agent["platform_settings"]["overrides"]["conversation_config_override"]["conversation"]["text_only"] = False


def no_language(agent: dict[str, Any]) -> None:
    agent["platform_settings"]["overrides"]["conversation_config_override"]["agent"]["language"] = False


def no_german(agent: dict[str, Any]) -> None:
    agent["conversation_config"]["language_presets"] = {}


def other_hosts(agent: dict[str, Any]) -> None:
    agent["platform_settings"]["auth"]["allowlist"] = [{"hostname": "elsewhere.example"}]


def signed_only(agent: dict[str, Any]) -> None:
    agent["platform_settings"]["auth"]["enable_auth"] = True


def season(agent: dict[str, Any]) -> None:
    agent["conversation_config"]["agent"]["prompt"]["prompt"] = "It is {{season}}."
