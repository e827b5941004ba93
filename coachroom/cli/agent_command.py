"""`coachroom agent …`: its arguments. What it does is loaded when asked, as it brings ElevenLabs' SDK."""

from __future__ import annotations

import argparse
from pathlib import Path

from coachroom.cli.kept_tries import KEEP_TRY, keep_here
from coachroom.cli.parser import Parser


def add_agent(agent: argparse.ArgumentParser) -> None:
    agent.description = (
        "Keeps the agent at ElevenLabs as COACHROOM_AGENT_FILE describes it, and tries it. Needs ELEVENLABS_API_KEY, "
        "which only `test` does without; the agent is COACHROOM_AGENT_ID."
    )
    commands = agent.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    plan = commands.add_parser("plan", help="show what differs there; exit status 1 when something does")
    plan.set_defaults(command=_agent_plan)
    apply = commands.add_parser("apply", help="change there what plan shows")
    apply.add_argument("--yes", action="store_true", help="without asking")
    apply.add_argument("--tested", action="store_true", help="only where the scripted clients find no fault")
    apply.set_defaults(command=_agent_apply)
    check = commands.add_parser("check", help="name what there would make the room record nothing, or fail")
    check.add_argument("--branch", metavar="ID", help="the agent as it is on this branch")
    check.set_defaults(command=_agent_check)
    _add_test(commands.add_parser("test", help="talk with the agent of the file as scripted clients do"))
    # Not listed: how `test` hands the running app what it found.
    keep_try = commands.add_parser(KEEP_TRY)
    keep_try.add_argument("found")
    keep_try.set_defaults(command=_agent_keep_try, live=True)


def _add_test(test: argparse.ArgumentParser) -> None:
    test.description = (
        "Scripted clients talk with the agent as its file has it, before `apply` makes it so: in ElevenLabs' "
        "simulations, or without a key with the practice coach. Exit status 1 where the agent breaks a must. What "
        "all clients find on a branch is kept: a comparison of versions demands that both pass."
    )
    test.add_argument(
        "--client", metavar="NAME", action="append", default=[], help="only this client; may be repeated"
    )
    test.add_argument(
        "--file",
        metavar="PATH",
        type=Path,
        help="the scripted clients; default: agent_tests.toml beside the agent's file",
    )
    test.add_argument("--practice", action="store_true", help="with the practice coach, although there is a key")
    test.add_argument("--branch", metavar="ID", help="with the agent as it is on this branch, not as the file has it")
    test.add_argument("--json", action="store_true", help="print the results with all transcripts as JSON")
    test.set_defaults(command=_agent_test)


def _agent_plan(_: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415 - brings ElevenLabs' SDK, which the other commands do without

    return agent.plan()


def _agent_apply(options: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415

    return agent.apply(yes=options.yes, tested=options.tested)


def _agent_check(options: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415

    return agent.check(options.branch)


def _agent_test(options: argparse.Namespace) -> int:
    from coachroom.cli.agent_tests import TestOptions, test  # noqa: PLC0415

    return test(
        TestOptions(options.file, options.client, practice=options.practice, json=options.json, branch=options.branch)
    )


def _agent_keep_try(options: argparse.Namespace) -> int:
    keep_here(options.found)
    return 0
