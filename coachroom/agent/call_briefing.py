"""What one call is told when it starts: the session's briefing, and what was said in the session before. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from coachroom.agent.briefing import Briefing
from coachroom.agent.context_updates import OFF_RECORD, resumed_update, topic_of
from coachroom.recording.turn import Turn


def call_briefing(
    briefing: Briefing,
    turns: Sequence[Turn],
    forgotten: Collection[str] = (),
    *,
    paused: bool = False,
    off_record: bool = False,
) -> dict[str, Any]:
    """{"variables": …, "contexts": [{"id", "text"}, …]}, as the page hands it to the agent.

    `turns`: what was said in this session; `forgotten`: ids of turns that are not told; `paused`: the session is
    paused until the call begins; `off_record`: nothing of it is kept. Of two contexts with one id, the agent keeps
    the newer.
    """
    resumed = resumed_update(turns, forgotten, paused=paused)
    texts = {"briefing": briefing.long_form, "resumed": resumed, "record": OFF_RECORD if off_record else None}
    topic = topic_of(turns, forgotten)
    told = {
        "resumed": "yes" if resumed else "no",
        "topic": json.dumps(topic, ensure_ascii=False) if topic else "none",
    }
    return {
        "variables": briefing.variables | told,
        "contexts": [{"id": name, "text": text} for name, text in texts.items() if text],
    }
