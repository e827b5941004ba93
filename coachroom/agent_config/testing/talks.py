"""What every way of talking brings: the transcript, and what a language model says of it, where one was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from coachroom.agent_config.testing.checks import CheckResult
from coachroom.agent_config.testing.scripts import ScriptedClient
from coachroom.agent_config.testing.transcript import Transcript


@dataclass(frozen=True)
class Talk:
    """One finished talk. `judged`: what a language model says of it; `credits`: what it cost."""

    client: str
    transcript: Transcript
    judged: CheckResult
    credits: int = 0


# The clients by name -> their talks, each as it ends.
TalkWith = Callable[[Mapping[str, ScriptedClient]], Iterator[Talk]]
