"""`coachroom run`: starts the app."""

from __future__ import annotations

import argparse

from coachroom import settings as settings_module
from coachroom.cli.ports import port_refusal
from coachroom.errors import SettingsError


def add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", type=int, metavar="N", help="instead of COACHROOM_PORT")
    command.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    settings = settings_module.load(**({} if options.port is None else {"port": options.port}))
    refusal = port_refusal(settings.address, settings.port)
    if refusal is not None:
        raise SettingsError(refusal)
    # The server brings Streamlit, which the other commands do without.
    from coachroom import launch  # noqa: PLC0415
    from coachroom.cli.control.server import serve_commands  # noqa: PLC0415

    launch.run(settings, serve_commands)
    return 0
