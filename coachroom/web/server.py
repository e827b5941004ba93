"""Starts the server and blocks until it is asked to stop; Streamlit's options under any server."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from streamlit import config

from coachroom import project_files
from coachroom.app.container import open_services
from coachroom.errors import CoachroomError
from coachroom.settings import LOOPBACK, Settings
from coachroom.web.app import build_app
from coachroom.web.background import BackgroundWork
from coachroom.web.ports import ensure_free

log = logging.getLogger(__name__)


def serve(settings: Settings, *beside: BackgroundWork) -> None:
    """Serves until SIGINT or SIGTERM, then writes what waits. Raises CoachroomError before it serves anything.

    `beside`: work that goes on meanwhile, each in a thread of its own.
    """
    services = open_services(settings)
    try:
        # Opening takes seconds, in which another start may have begun to listen.
        ensure_free(settings.address, settings.port)
    except CoachroomError:
        services.close()
        raise
    app = build_app(services, *beside)
    if settings.log_json:
        log.setLevel(logging.INFO)
        log.info("coachroom is open at %s", settings.origin)
    else:
        print(f"coachroom is open at {settings.origin}", flush=True)  # noqa: T201 - the one line an operator looks for
    app.run(config=_options(settings))


def use_streamlit_options(settings: Settings) -> None:
    """Puts Streamlit's options in force where another server imports the app; they win over files and flags."""
    for name, value in _options(settings).items():
        config.set_option(name, value)


def _options(settings: Settings) -> dict[str, Any]:
    """Streamlit's options: those of .streamlit/config.toml, wherever we were started, and what settings decide."""
    sections = tomllib.loads((project_files.FOLDER / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    options = dict(_flat(sections))
    options["server.address"] = settings.address
    options["server.port"] = settings.port
    options["server.allowedHosts"] = sorted({str(urlsplit(settings.origin).hostname), settings.address, *LOOPBACK})
    return options


def _flat(sections: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in sections.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
