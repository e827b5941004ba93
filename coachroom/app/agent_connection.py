"""The agent of the settings, at ElevenLabs or at whatever speaks its API, for what compares it with its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from coachroom.agent_config.desired import RoomRequirements, agent_body
from coachroom.agent_config.diff import AgentDiff, make_diff
from coachroom.agent_config.remote import TIMEOUT_SECONDS, Agents, RemoteState
from coachroom.agent_config.spec import AgentFile
from coachroom.app.simulator_wiring import PROVIDER_WEBHOOK_PATH
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.errors import SettingsError
from coachroom.settings import Settings


@dataclass(frozen=True)
class AgentConnection:
    """The agent that is there, and what the room wants of it."""

    agents: Agents
    room: RoomRequirements

    def planned(self, file: AgentFile, remote: RemoteState) -> AgentDiff:
        return make_diff(agent_body(file, self.room, remote.webhooks), self.room.tools, remote)


@contextmanager
def open_elevenlabs(settings: Settings, timeout_seconds: float = TIMEOUT_SECONDS) -> Iterator[AgentConnection]:
    """The agent at ElevenLabs; each question has so long. Raises SettingsError without a key."""
    with _open_agents(settings.elevenlabs_url, _key(settings), settings.agent_id, timeout_seconds) as agents:
        takes_webhooks = settings.webhook_secret is not None
        yield AgentConnection(
            agents, _room(settings, settings.origin + PROVIDER_WEBHOOK_PATH if takes_webhooks else None)
        )


def elevenlabs(settings: Settings) -> ElevenLabs:
    """The agent at ElevenLabs as a provider to call. Raises SettingsError without a key."""
    return ElevenLabs(api_key=_key(settings), base_url=settings.elevenlabs_url, agent_id=settings.agent_id)


def _key(settings: Settings) -> str:
    key = settings.elevenlabs_api_key
    if key is None:
        raise SettingsError("There is no key for ElevenLabs: set ELEVENLABS_API_KEY in the environment or in .env.")
    return key.get_secret_value()


@contextmanager
def open_practice(settings: Settings, url: str, key: str) -> Iterator[AgentConnection]:
    """The agent at a practice agent of its own, which knows no webhook."""
    with _open_agents(url, key, settings.agent_id) as agents:
        yield AgentConnection(agents, _room(settings, None))


@contextmanager
def _open_agents(url: str, key: str, agent_id: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Iterator[Agents]:
    agents = Agents(api_key=key, base_url=url, agent_id=agent_id, timeout_seconds=timeout_seconds)
    try:
        yield agents
    finally:
        agents.close()


def _room(settings: Settings, webhook_url: str | None) -> RoomRequirements:
    # An allow-list names a port only where it is not the usual one, as an address does.
    longest = settings.session_minutes + settings.extra_minutes * settings.extra_times
    return RoomRequirements(urlsplit(settings.origin).netloc, longest, webhook_url, settings.appointments)
