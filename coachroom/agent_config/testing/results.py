"""What became of every scripted client: the talks one after the other, checked, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coachroom.agent_config.testing.checks import CheckOutcome, CheckResult, run_checks
from coachroom.agent_config.testing.scripts import ScriptedClient
from coachroom.agent_config.testing.talks import Talk, TalkWith
from coachroom.agent_config.testing.transcript import Said, Transcript

NEEDS_MODEL = "not tried with the practice coach: it takes a language model"


@dataclass(frozen=True)
class ClientResult:
    """One client: the result on each must, and what was said."""

    client: str
    checks: tuple[CheckResult, ...]
    transcript: Transcript = field(default_factory=Transcript)
    credits: int = 0

    @property
    def outcome(self) -> CheckOutcome:
        """Failed where one must failed, not tried where none was tried."""
        outcomes = {check.outcome for check in self.checks}
        return next(
            (one for one in (CheckOutcome.FAILED, CheckOutcome.PASSED) if one in outcomes), CheckOutcome.NOT_TRIED
        )

    def those(self, outcome: CheckOutcome) -> tuple[CheckResult, ...]:
        return tuple(check for check in self.checks if check.outcome is outcome)


def run(
    clients: Mapping[str, ScriptedClient], talk_with: TalkWith, prompt: str, *, has_model: bool
) -> Iterator[ClientResult]:
    """Each client's result as their talk ends; clients that need a model come first where there is none."""
    tried = {name: client for name, client in clients.items() if has_model or not client.needs_model}
    for name in [name for name in clients if name not in tried]:
        yield ClientResult(
            name, (CheckResult("answer as a language model does", CheckOutcome.NOT_TRIED, NEEDS_MODEL),)
        )
    for talk in talk_with(tried):
        yield _checked(clients[talk.client], talk, prompt)


def _checked(client: ScriptedClient, talk: Talk, prompt: str) -> ClientResult:
    found = (*run_checks(client, talk.transcript, prompt), talk.judged)
    return ClientResult(talk.client, found, talk.transcript, talk.credits)


def failed(results: Sequence[ClientResult]) -> list[str]:
    """The names of the clients for whom a must failed."""
    return [result.client for result in results if result.outcome is CheckOutcome.FAILED]


def as_json(result: ClientResult) -> dict[str, Any]:
    """One result with its transcript, ready to be written as JSON."""
    return {
        "client": result.client,
        "outcome": result.outcome.value,
        "agent_share": round(result.transcript.agent_share(), 3),
        "credits": result.credits,
        "musts": [
            {"must": check.must, "outcome": check.outcome.value, "detail": check.detail} for check in result.checks
        ],
        "ended": result.transcript.ended,
        "transcript": [
            {"speaker": event.speaker.value, "text": event.text}
            if isinstance(event, Said)
            else {"tool": event.tool, "parameters": dict(event.parameters)}
            for event in result.transcript.events
        ],
    }
