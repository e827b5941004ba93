"""`coachroom run`: starts the app."""

from __future__ import annotations

import argparse
import logging

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
    # Pages are imported before the server runs, and Streamlit would say so for every cache of theirs.
    logging.getLogger("streamlit.runtime.caching.cache_data_api").addFilter(
        lambda line: line.levelno > logging.WARNING
    )
    # The server brings Streamlit, which the other commands do without.
    from coachroom.ui.dashboard.prewarm import keep_prewarmed  # noqa: PLC0415
    from coachroom.web.server import serve  # noqa: PLC0415

    serve(settings, keep_prewarmed)
    return 0
