"""What one call is told when it starts: the session's briefing, and what was said in the session before. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from coachroom.agent.briefing import Briefing
from coachroom.agent.context_updates import resumed_update
from coachroom.recording.turn import Turn


def call_briefing(briefing: Briefing, turns: Sequence[Turn], forgotten: Collection[str] = ()) -> dict[str, Any]:
    """{"variables": …, "contexts": [{"id", "text"}, …]}, as the page hands it to the agent.

    `turns`: what was said in this session; `forgotten`: ids of turns that are not told.
    Of two contexts with one id, the agent keeps the newer.
    """
    resumed = resumed_update(turns, forgotten)
    texts = {"briefing": briefing.long_form, "resumed": resumed}
    return {
        "variables": briefing.variables | {"resumed": "yes" if resumed else "no"},
        "contexts": [{"id": name, "text": text} for name, text in texts.items() if text],
    }
