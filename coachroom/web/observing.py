"""What this process says of itself to whoever runs it: the log's lines from its first one on, and spans."""

from __future__ import annotations

import threading
from typing import Any

import streamlit.logger
import uvicorn.config

from coachroom.app.container import Services
from coachroom.app.replicas import replica_name
from coachroom.settings import Settings
from coachroom.traces.log_lines import write_lines
from coachroom.traces.open_telemetry import OpenTelemetry
from coachroom.traces.spans import trace_by
from coachroom.web.background import BackgroundWork


def write_log(settings: Settings) -> None:
    """From now on every line of this process's log is as the settings say, whoever writes it."""
    lines = write_lines(as_json=settings.log_json, replica=replica_name(settings))
    for name in ("default", "access"):
        uvicorn.config.LOGGING_CONFIG["formatters"][name] = {"()": lambda **_: lines}
    # Streamlit gives each of its loggers a handler of its own, some of them later.
    set_up = streamlit.logger.setup_formatter

    def set_up_with_our_lines(logger: Any) -> None:
        set_up(logger)
        logger.streamlit_console_handler.setFormatter(lines)

    streamlit.logger.setup_formatter = set_up_with_our_lines
    streamlit.logger.update_formatter()


def start_tracing(settings: Settings) -> list[BackgroundWork]:
    """Sends spans to the endpoint of the settings, if there is one; returns what goes on beside the server for it.

    Raises SettingsError where the extra is not installed.
    """
    if settings.otlp_endpoint is None:
        return []
    tracer = OpenTelemetry(settings.otlp_endpoint, replica=replica_name(settings))
    trace_by(tracer)

    def send_last_spans(_: Services, stop: threading.Event) -> None:
        stop.wait()
        trace_by(None)
        tracer.close()

    return [send_last_spans]
