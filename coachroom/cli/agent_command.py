"""`coachroom agent …`: its arguments. What it does is loaded when asked, as it brings ElevenLabs' SDK."""

from __future__ import annotations

import argparse

from coachroom.cli.parser import Parser


def add_agent(agent: argparse.ArgumentParser) -> None:
    agent.description = (
        "Keeps the agent at ElevenLabs as COACHROOM_AGENT_FILE describes it. Needs ELEVENLABS_API_KEY; the agent is "
        "COACHROOM_AGENT_ID."
    )
    commands = agent.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    plan = commands.add_parser("plan", help="show what differs there; exit status 1 when something does")
    plan.set_defaults(command=_agent_plan)
    apply = commands.add_parser("apply", help="change there what plan shows")
    apply.add_argument("--yes", action="store_true", help="without asking")
    apply.set_defaults(command=_agent_apply)
    check = commands.add_parser("check", help="name what there would make the room record nothing, or fail")
    check.set_defaults(command=_agent_check)


def _agent_plan(_: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415 - brings ElevenLabs' SDK, which the other commands do without

    return agent.plan()


def _agent_apply(options: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415

    return agent.apply(yes=options.yes)


def _agent_check(_: argparse.Namespace) -> int:
    from coachroom.cli import agent  # noqa: PLC0415

    return agent.check()
