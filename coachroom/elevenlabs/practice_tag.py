"""How the practice agent says through the API that it is one: by a tag that agents at ElevenLabs do not have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRACTICE_TAG = "coachroom-practice-agent"


def is_practice_agent(agent: Mapping[str, Any]) -> bool:
    """Whether this is what the practice agent answers for an agent."""
    return PRACTICE_TAG in (agent.get("tags") or ())
