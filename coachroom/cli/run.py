"""`coachroom run`: starts the app."""

from __future__ import annotations

import argparse

from coachroom import settings as settings_module
from coachroom.cli.output import complain
from coachroom.errors import CoachroomError, exit_status
from coachroom.store.failures import sentence_for_operator
from coachroom.web.ports import ensure_free


def add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=int, metavar="N", help="instead of COACHROOM_PORT")
    command.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    """Its exit status tells whoever watches the process whether to start it again."""
    try:
        _start(options)
    except CoachroomError as error:
        complain(sentence_for_operator(error))
        return exit_status(error)
    return 0


def _start(options: argparse.Namespace) -> None:
    settings = settings_module.load(**({} if options.port is None else {"port": options.port}))
    ensure_free(settings.address, settings.port)
    # The server brings Streamlit, which the other commands do without.
    from coachroom import launch  # noqa: PLC0415
    from coachroom.cli.control.server import serve_commands  # noqa: PLC0415

    launch.run(settings, serve_commands)
