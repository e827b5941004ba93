"""`coachroom call-check`: its arguments. What it does is loaded when asked, as it brings ElevenLabs' SDK."""

from __future__ import annotations

import argparse


def add_call_check(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Holds one scripted call with the agent as it is at ElevenLabs, or without a key with the practice coach, by "
        "prepared speech with pauses of 1 to 8 s inside a thought. Prints how often the agent cut in, the wait that "
        "is felt and its parts, how soon it is silent when interrupted, and whether its goodbye is heard to the end. "
        "Says first how many minutes of the agent's time it takes."
    )
    command.add_argument("--practice", action="store_true", help="with the practice coach, although there is a key")
    command.add_argument("--json", action="store_true", help="print the numbers as JSON")
    command.set_defaults(command=_call_check)


def _call_check(options: argparse.Namespace) -> int:
    from coachroom.cli import call_check  # noqa: PLC0415 - brings ElevenLabs' SDK, which the other commands do without

    return call_check.check(practice=options.practice, as_json=options.json)
