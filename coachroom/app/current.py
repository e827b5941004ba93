"""The services of this process, opened by whoever needs them first."""

from __future__ import annotations

import threading

from coachroom import settings as settings_module
from coachroom.app.container import Services, open_services

_current: Services | None = None
_lock = threading.Lock()


def get_services() -> Services:
    """This process's services; the first caller opens them with the settings from the environment."""
    global _current  # noqa: PLW0603 - one process serves one database file
    with _lock:
        if _current is None:
            _current = open_services(settings_module.load())
        return _current


def install(opened: Services) -> None:
    """Makes `opened` this process's services."""
    global _current  # noqa: PLW0603
    with _lock:
        _current = opened


def shut_down() -> None:
    """Closes this process's services, if any are open."""
    global _current  # noqa: PLW0603
    with _lock:
        if _current is not None:
            _current.close()
            _current = None
