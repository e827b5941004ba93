"""Where the server listens that imports the app, as far as it tells before it listens."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
import uvicorn
from streamlit import config
from streamlit.web.server.starlette.starlette_server_config import DEFAULT_SERVER_ADDRESS

from coachroom.errors import SettingsError

STREAMLIT_RUN = "starlette-app"


def command_line_address() -> dict[str, Any]:
    """`address` and `port` from the command line of `streamlit run` or `uvicorn`; empty under another server.

    Raises SettingsError where uvicorn would start several workers.
    """
    if config._server_mode == STREAMLIT_RUN:
        address = config.get_option("server.address") or DEFAULT_SERVER_ADDRESS
        return {"address": address, "port": config.get_option("server.port")}
    program = Path(sys.argv[0])
    if "uvicorn" in {program.stem, program.parent.name}:
        # Its workers inherit the command line.
        command: click.Command = uvicorn.main
        options = command.make_context("uvicorn", sys.argv[1:]).params
        if (options["workers"] or int(os.environ.get("WEB_CONCURRENCY", "1"))) > 1:
            raise SettingsError("coachroom runs in one process, which has the database file: start one worker.")
        return {"address": options["host"], "port": options["port"]}
    return {}
