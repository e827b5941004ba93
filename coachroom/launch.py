"""The app as a whole, for every way it is started: settings, services, and the work that goes on beside the pages."""

from __future__ import annotations

import sys
from typing import Any

from uvicorn.config import STARTUP_FAILURE

from coachroom import settings as settings_module
from coachroom.app.container import open_services
from coachroom.errors import CoachroomError
from coachroom.settings import Settings
from coachroom.store.failures import sentence_for_operator
from coachroom.ui.dashboard.prewarm import keep_prewarmed
from coachroom.web.app import app_arguments
from coachroom.web.background import BackgroundWork
from coachroom.web.listening import command_line_address
from coachroom.web.observing import start_tracing, write_log
from coachroom.web.server import serve, use_streamlit_options


def run(settings: Settings, *beside: BackgroundWork) -> None:
    """Starts a server and blocks until it is asked to stop. Raises CoachroomError before it serves anything."""
    write_log(settings)
    serve(settings, keep_prewarmed, *start_tracing(settings), *beside)


def opened_app(*beside: BackgroundWork) -> dict[str, Any]:
    """Opens the app for a server that imports it; the arguments of its `st.App`.

    A mistake is one sentence on stderr, and the exit status at which uvicorn starts no other worker.
    """
    try:
        settings = settings_module.load(**command_line_address())
        write_log(settings)
        tracing = start_tracing(settings)
        services = open_services(settings)
    except CoachroomError as error:
        print(sentence_for_operator(error), file=sys.stderr, flush=True)  # noqa: T201 - a traceback would hide the sentence
        raise SystemExit(STARTUP_FAILURE) from None
    use_streamlit_options(settings)
    return app_arguments(services, keep_prewarmed, *tracing, *beside)
