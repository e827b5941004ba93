"""The command line. Results go to stdout; a mistake is one sentence on stderr and exit status 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from coachroom.cli.commands import build_parser, run_command
from coachroom.cli.control.client import ask_running_app
from coachroom.cli.output import complain, print_everything
from coachroom.cli.run import add_run
from coachroom.errors import MISTAKE, CoachroomError

INTERRUPTED = 130
BROKEN_PIPE = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command, in the running app where that has the database open; returns the exit status."""
    print_everything()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = build_parser(add_run).parse_args(given)
        done = ask_running_app(given) if getattr(options, "live", False) else None
        status = run_command(options) if done is None else done
        sys.stdout.flush()
    except CoachroomError as error:
        complain(str(error))
        return MISTAKE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return status
