"""What `coachroom agent test` does: scripted clients talk with the agent of the file, and each talk is checked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from coachroom import settings as settings_module
from coachroom.agent_config.diff import AgentDiff
from coachroom.agent_config.remote import Agents, RemoteState
from coachroom.agent_config.spec import AgentFile, read_agent_file
from coachroom.agent_config.testing import scripts
from coachroom.agent_config.testing.checks import CheckOutcome
from coachroom.agent_config.testing.over_socket import talk_over_socket
from coachroom.agent_config.testing.results import ClientResult, as_json, failed, run
from coachroom.agent_config.testing.scripts import ScriptedClient
from coachroom.agent_config.testing.simulations import talk_in_simulations
from coachroom.agent_config.testing.talks import TalkWith
from coachroom.agent_config.testing.transcript import Said
from coachroom.agent_config.versions import as_it_is, prompt_of, version_of
from coachroom.app.agent_connection import open_elevenlabs
from coachroom.cli.kept_tries import keep
from coachroom.cli.output import clean, cut, print_table
from coachroom.cli.practice_provider import practice_provider
from coachroom.clock import utc_now
from coachroom.comparisons.agent_tries import AgentTry
from coachroom.did_you_mean import did_you_mean
from coachroom.elevenlabs.practice_tag import is_practice_agent
from coachroom.errors import CoachroomError
from coachroom.rooms.states import Sender
from coachroom.settings import Settings

FAILED = 1
MAX_DETAIL_CHARS = 90
NAMES = {Sender.CLIENT: "client", Sender.AGENT: "coach"}

Progress = Callable[[str], None]


@dataclass(frozen=True)
class TestOptions:
    """`file`: None for the one beside the agent's file; `clients`: names, empty for all.

    `branch`: of the agent at ElevenLabs, to be tried as it is there; None tries it as the file has it.
    """

    file: Path | None
    clients: Sequence[str]
    practice: bool
    json: bool
    branch: str | None = None


@dataclass(frozen=True)
class TriedAgent:
    """How to talk with the agent, and whether it is the practice coach, which has no language model."""

    talk_with: TalkWith
    practice: bool
    # What it is told, where that is not what the file says.
    prompt: str = ""
    # Of a branch as it is at ElevenLabs.
    version: str | None = None


def test(options: TestOptions) -> int:
    """Talks with the agent of the file, with the practice coach where there is no key. Exit status 1 where a must
    failed. What all clients found in a version on a branch is kept."""
    settings = settings_module.load()
    file, clients = read_agent_file(settings), _clients(settings, options.file, options.clients)
    tests = scripts.fingerprint(options.file or scripts.file_of(settings))
    practising = options.practice or (options.branch is None and settings.elevenlabs_api_key is None)
    with _practising(settings, file) if practising else _at_elevenlabs(settings, file, options.branch) as agent:
        results = _run(clients, agent, agent.prompt or file.prompt, _print_progress)
    if options.json:
        print(json.dumps(_summary(results, agent), ensure_ascii=False, indent=2))
    else:
        _print_results(results, agent, transcripts=bool(options.clients))
    tried = any(result.outcome is not CheckOutcome.NOT_TRIED for result in results)
    if options.branch is not None and agent.version is not None and tried and not options.clients:
        keep(AgentTry(options.branch, agent.version, tests, failed(results), utc_now()))
    return FAILED if failed(results) else 0


def refuse_unless_passed(
    settings: Settings, agents: Agents, remote: RemoteState, plan: AgentDiff, prompt: str
) -> None:
    """Raises CoachroomError where the agent after the `plan`, whose prompt is `prompt`, breaks a must."""
    clients = _clients(settings)
    # Elsewhere the refusal is the only line.
    progress: Progress = _print_progress if sys.stderr.isatty() else lambda _: None
    if broken := failed(_run(clients, _simulated(agents, remote, plan), prompt, progress)):
        raise CoachroomError(
            f"Nothing was changed, because the agent of the file breaks a must with {', '.join(broken)}: "
            "look at the talks with `python -m coachroom agent test`, correct the file, then apply it again."
        )


@contextmanager
def _at_elevenlabs(settings: Settings, file: AgentFile, branch: str | None) -> Iterator[TriedAgent]:
    with open_elevenlabs(settings) as there:
        remote = there.agents.read(branch)
        if branch is not None:
            tried = _simulated(there.agents, remote, as_it_is(remote))
            yield replace(tried, prompt=prompt_of(remote), version=version_of(remote))
            return
        yield _simulated(there.agents, remote, there.planned(file, remote))


def _simulated(agents: Agents, remote: RemoteState, plan: AgentDiff) -> TriedAgent:
    talk_with = talk_in_simulations(agents, remote, plan, utc_now)
    return TriedAgent(talk_with, practice=is_practice_agent(remote.agent))


@contextmanager
def _practising(settings: Settings, file: AgentFile) -> Iterator[TriedAgent]:
    """The practice coach of this machine, set up as the file has the agent."""
    # The scripted clients type, whatever the room's own calls may do.
    file = replace(file, overrides=replace(file.overrides, text_only=True))
    with practice_provider(settings, file) as provider:
        yield TriedAgent(talk_over_socket(provider.signed_url, utc_now), practice=True)


def _clients(settings: Settings, file: Path | None = None, names: Sequence[str] = ()) -> dict[str, ScriptedClient]:
    """The clients to try: those of `names`, or all. Raises TomlFileError, or CoachroomError for an unknown name."""
    path = file or scripts.file_of(settings)
    clients = scripts.read(path).client
    for name in names:
        if name not in clients:
            way_out = did_you_mean(name, clients, f"there are {', '.join(clients)}.")
            raise CoachroomError(f"{path} has no client {name}; {way_out}")
    return {name: client for name, client in clients.items() if not names or name in names}


def _run(
    clients: dict[str, ScriptedClient], agent: TriedAgent, prompt: str, progress: Progress
) -> list[ClientResult]:
    """All results in the order of the file; progress as each ends."""
    results: dict[str, ClientResult] = {}
    for result in run(clients, agent.talk_with, prompt, has_model=not agent.practice):
        results[result.client] = result
        progress(f"{len(results)} of {len(clients)}  {result.client}: {result.outcome}")
    return [results[name] for name in clients]


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _summary(results: Sequence[ClientResult], agent: TriedAgent) -> dict[str, object]:
    counts = {str(outcome): _count(results, outcome) for outcome in CheckOutcome}
    return {
        "agent": "practice coach" if agent.practice else "ElevenLabs",
        **{name.replace(" ", "_"): count for name, count in counts.items()},
        "credits": sum(result.credits for result in results),
        "clients": [as_json(result) for result in results],
    }


def _print_results(results: Sequence[ClientResult], agent: TriedAgent, *, transcripts: bool) -> None:
    print_table(("client", "outcome", "coach's words", "musts kept", "why"), [_row(result) for result in results])
    for result in results:
        if transcripts or result.outcome is CheckOutcome.FAILED:
            _print_talk(result)
    counts = ", ".join(f"{_count(results, outcome)} {outcome}" for outcome in CheckOutcome)
    credits = sum(result.credits for result in results)
    print(f"\n{counts}." + (f" ElevenLabs counts {credits} credits." if credits else ""))
    if agent.practice:
        print("These were talks with the practice coach: what takes a language model was not tried.")


def _row(result: ClientResult) -> tuple[str, ...]:
    kept, broken = result.those(CheckOutcome.PASSED), result.those(CheckOutcome.FAILED)
    said = f"{result.transcript.agent_share():.0%}" if result.transcript.events else ""
    if result.outcome is CheckOutcome.NOT_TRIED:
        return result.client, result.outcome, said, "", result.checks[0].detail
    why = cut(f"{broken[0].must}: {broken[0].detail}", MAX_DETAIL_CHARS) if broken else ""
    return result.client, result.outcome, said, f"{len(kept)} of {len(kept) + len(broken)}", why


def _print_talk(result: ClientResult) -> None:
    print(f"\n{result.client}")
    for check in result.those(CheckOutcome.FAILED):
        print(f"  failed to {clean(check.must)}: {clean(check.detail)}")
    for event in result.transcript.events:
        if isinstance(event, Said):
            print(f"    {NAMES[event.speaker]}: {clean(event.text)}")
        else:
            print(f"    [{clean(event.tool)} {clean(json.dumps(dict(event.parameters), ensure_ascii=False))}]")


def _count(results: Sequence[ClientResult], outcome: CheckOutcome) -> int:
    return sum(result.outcome is outcome for result in results)
