"""How the agent at ElevenLabs differs from its file, and what there is wrong for the room: read, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from coachroom.agent_config import render
from coachroom.agent_config.lint import LintFinding, lint
from coachroom.agent_config.spec import read_agent_file
from coachroom.app.agent_connection import open_elevenlabs
from coachroom.clock import Clock
from coachroom.settings import Settings

# Somebody waits in front of a page for it.
TIMEOUT_SECONDS = 8


@dataclass(frozen=True)
class AgentReview:
    """What was found at that time. `differences` are the lines of `agent plan`."""

    at: datetime
    differences: tuple[str, ...]
    findings: tuple[LintFinding, ...]


def review_agent(settings: Settings, clock: Clock) -> AgentReview:
    """Asks ElevenLabs. Raises CoachroomError, with one sentence, without a key, a usable file or an answer."""
    file = read_agent_file(settings)
    with open_elevenlabs(settings, TIMEOUT_SECONDS) as there:
        remote = there.agents.read()
        differences = tuple(render.lines(there.planned(file, remote)))
        return AgentReview(clock(), differences, tuple(lint(remote, there.room, file)))
