"""The practice coach of this machine, set up as a file has the agent, as a provider to call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from coachroom.agent_config.apply import apply
from coachroom.agent_config.spec import AgentFile
from coachroom.app.agent_connection import open_practice
from coachroom.app.practice_server import serve_practice_agent
from coachroom.elevenlabs.client import ElevenLabs
from coachroom.settings import Settings


@contextmanager
def practice_provider(settings: Settings, file: AgentFile) -> Iterator[ElevenLabs]:
    """Serves it until the block ends."""
    with serve_practice_agent() as server, open_practice(settings, server.url, server.api_key) as there:
        remote = there.agents.read()
        apply(there.agents, there.planned(file, remote), remote, lambda again: there.planned(file, again))
        provider = ElevenLabs(api_key=server.api_key, base_url=server.url, agent_id=settings.agent_id)
        try:
            yield provider
        finally:
            provider.close()
