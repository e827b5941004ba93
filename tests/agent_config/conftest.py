"""An agent of its own for each test, at a practice agent behind real HTTP, read and changed through the real SDK."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from coachroom.agent_config import spec as agent_file
from coachroom.agent_config.apply import apply
from coachroom.agent_config.desired import RoomRequirements, agent_body
from coachroom.agent_config.diff import AgentDiff, make_diff
from coachroom.agent_config.remote import Agents, Body, RemoteState
from coachroom.agent_config.spec import AgentFile
from coachroom.simulator.server.agent_config import Configurations
from tests.server import ROOT
from tests.simulator.serving import API_KEY, RunningAgent, open_house

FILE = ROOT / "data" / "agent.toml"
HOOK = "https://coach.example.com/webhooks/elevenlabs"
ROOM = RoomRequirements("coach.example.com", 30, webhook_url=None)
WITH_WEBHOOK = replace(ROOM, webhook_url=HOOK)

numbers = itertools.count(1)
known: set[str] = set()


@dataclass(frozen=True)
class There:
    """One agent that nobody has changed yet."""

    services: RunningAgent
    agents: Agents
    agent_id: str
    file: AgentFile = field(default_factory=lambda: agent_file.read(FILE))

    @property
    def configurations(self) -> Configurations:
        return self.services.agent.configurations

    def change(self, **patch: Any) -> None:
        """A change on their side, by somebody else, as their dashboard makes it."""
        answer = httpx.patch(
            f"{self.services.url}/v1/convai/agents/{self.agent_id}", headers={"xi-api-key": API_KEY}, json=patch
        )
        assert answer.status_code == 200, answer.text

    def now(self) -> Body:
        return self.configurations.agent(self.agent_id)

    @property
    def attached(self) -> list[str]:
        return list(self.now()["conversation_config"]["agent"]["prompt"]["tool_ids"])

    def tool(self, tool_id: str) -> Body:
        return dict(self.configurations.tools[tool_id]["tool_config"])

    def planned(self, remote: RemoteState, room: RoomRequirements = ROOM) -> AgentDiff:
        return make_diff(agent_body(self.file, room, remote.webhooks), room.tools, remote)

    def plan(self) -> AgentDiff:
        return self.planned(self.agents.read())

    def apply(self, room: RoomRequirements = ROOM) -> None:
        remote = self.agents.read()
        apply(self.agents, self.planned(remote, room), remote, lambda again: self.planned(again, room))


@pytest.fixture(scope="module")
def practice() -> Iterator[RunningAgent]:
    with open_house(agent_ids=known) as running:
        yield running


@pytest.fixture
def there(practice: RunningAgent) -> Iterator[There]:
    agent_id = f"agent_{next(numbers)}"
    known.add(agent_id)
    agents = Agents(api_key=API_KEY, base_url=practice.url, agent_id=agent_id)
    yield There(practice, agents, agent_id)
    agents.close()
    practice.agent.faults.status.clear()
    practice.agent.faults.garbage.clear()
    practice.agent.configurations.tools.clear()
    practice.agent.configurations.webhooks.clear()


def webhook(url: str = HOOK, **more: Any) -> Body:
    """A webhook as the workspace lists it."""
    return {
        "name": "coachroom",
        "webhook_id": "wh_1",
        "webhook_url": url,
        "is_disabled": False,
        "is_auto_disabled": False,
        "created_at_unix": 0,
        "auth_type": "hmac",
        **more,
    }


def file_with(*, hosts: tuple[str, ...] = (), **more: Any) -> AgentFile:
    """The agent of the file with some of its values changed."""
    file = agent_file.read(FILE)
    return replace(file, access=replace(file.access, hosts=hosts), **more)
