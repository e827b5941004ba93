"""What `coachroom agent plan | apply | check` does: the ElevenLabs agent as its file describes it."""

from __future__ import annotations

import sys

from coachroom import settings as settings_module
from coachroom.agent_config import render
from coachroom.agent_config.apply import apply as carry_out
from coachroom.agent_config.diff import AgentDiff
from coachroom.agent_config.lint import lint
from coachroom.agent_config.spec import read_agent_file
from coachroom.app.agent_connection import open_elevenlabs
from coachroom.cli.agent_tests import refuse_unless_passed
from coachroom.cli.output import clean
from coachroom.errors import CoachroomError

DIFFERS = 1
SERIOUS = 1
NOTHING = "Nothing to change: the agent is as the file has it."


def plan() -> int:
    """Shows what differs. Exit status 1 when something does."""
    settings = settings_module.load()
    with open_elevenlabs(settings) as there:
        found = there.planned(read_agent_file(settings), there.agents.read())
    if not found.count:
        print(NOTHING)
        return 0
    _print_plan(found)
    print(f"\n{render.count(found)}; nothing was written. `python -m coachroom agent apply` makes them.")
    return DIFFERS


def apply(*, yes: bool, tested: bool) -> int:
    """Changes what `plan` shows, after a question unless `yes`. Exit status 1 when the answer was no.

    `tested`: only where the agent of the file keeps every must of the scripted clients.
    """
    if not yes and not sys.stdin.isatty():
        raise CoachroomError(
            "`agent apply` asks before it changes anything, and nobody is there to answer: give --yes."
        )
    settings = settings_module.load()
    with open_elevenlabs(settings) as there:
        file = read_agent_file(settings)
        remote = there.agents.read()
        found = there.planned(file, remote)
        if not found.count:
            print(NOTHING)
            return 0
        if tested:
            refuse_unless_passed(settings, there.agents, remote, found, file.prompt)
        _print_plan(found)
        print()
        if not yes and input(f"Make {render.count(found)} at ElevenLabs? Type yes: ").strip().lower() != "yes":
            print("Nothing was changed.")
            return DIFFERS
        carry_out(there.agents, found, remote, lambda again: there.planned(file, again))
    print(f"{render.count(found)} made and read back. Note the day in Explore, and every chart marks it.")
    return 0


def check(branch: str | None = None) -> int:
    """Names every trouble, of the agent as it is on this branch. Exit status 1 when one is serious."""
    settings = settings_module.load()
    with open_elevenlabs(settings) as there:
        found = lint(there.agents.read(branch), there.room, read_agent_file(settings))
    for finding in found:
        print(f"{'serious' if finding.serious else 'attention':<9}  {clean(finding.text)}")
    if not found:
        print("The agent is fit for the room.")
    return SERIOUS if any(finding.serious for finding in found) else 0


def _print_plan(found: AgentDiff) -> None:
    for line in render.lines(found):
        print(clean(line))
