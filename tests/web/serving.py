"""The real app on a free loopback port, inside this process, so that tests can look at what lies behind it."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.secrets import secrets_singleton

from coachroom.app.container import Services, open_services
from coachroom.web.app import build_app
from tests.services import settings_for


@dataclass(frozen=True)
class Served:
    """A running app, its parts, and a browser that follows no redirects by itself."""

    services: Services
    port: int

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"

    @contextmanager
    def browser(self, email: str | None = None) -> Iterator[httpx.Client]:
        """A client with a cookie jar, signed in as a demo person if one is named."""
        with httpx.Client(base_url=self.origin, headers={"origin": self.origin}, timeout=20) as client:
            if email:
                assert client.post("/sign-in", data={"email": email}).status_code == 303
            yield client


def _close_script_loops() -> None:
    """Streamlit leaves the loop of a session open whose page still ran when the server stopped."""
    for session in [each for each in gc.get_objects() if type(each) is AppSession]:
        if not session._script_event_loop.is_running():
            session._script_event_loop.close()


@contextmanager
def serving(folder: Path, *, server_options: Mapping[str, Any] | None = None, **overrides: Any) -> Iterator[Served]:
    """Runs the app until the block ends. One at a time: Streamlit has one runtime a process.

    `server_options` are uvicorn's.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
        services = open_services(settings_for(folder, **{"port": port, **overrides}))
        options: dict[str, Any] = {"log_config": None, "timeout_graceful_shutdown": 3, **(server_options or {})}
        server = uvicorn.Server(uvicorn.Config(build_app(services), **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not server.started:
                assert thread.is_alive()
                assert time.monotonic() < deadline
                time.sleep(0.01)
            yield Served(services, port)
        finally:
            server.should_exit = True
            thread.join(20)
            _close_script_loops()
            Runtime._instance = None
            secrets_singleton._reset()
            gc.unfreeze()
