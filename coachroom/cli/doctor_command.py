"""`coachroom doctor`: prints what it found."""

from __future__ import annotations

import argparse

from coachroom.cli.output import clean, say
from coachroom.clock import utc_now


def add_doctor(command: argparse.ArgumentParser) -> None:
    command.set_defaults(command=_doctor, live=True)


def _doctor(_: argparse.Namespace) -> int:
    from coachroom.cli import doctor  # noqa: PLC0415 - only this command needs it

    findings, settings = doctor.examine(utc_now())
    for finding in findings:
        say(f"{finding.level:<9}  {clean(finding.text)}")
    if settings:
        say("\nSettings (* differs from the default):")
    width = max((len(line.variable) for line in settings), default=0)
    for line in settings:
        say(f"{'*' if line.differs else ' '} {line.variable:<{width}}  {clean(line.value)}")
    return int(any(finding.level is doctor.Level.BROKEN for finding in findings))
