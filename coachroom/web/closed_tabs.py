"""Browser tabs whose connection is gone: kept for a while, in which they may come back, and then let go of.

Streamlit's own storage forgets a tab without shutting it down. Its descriptors, three a tab, then stay until Python
happens to collect it, and a file that was uploaded in it stays in memory for good.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from streamlit import config, runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.session_manager import SessionInfo, SessionStorage

log = logging.getLogger(__name__)

MAX_BYTES = 64 * 1024 * 1024
# Measured with pages of rooms: what Streamlit and a page keep for a tab beside what is counted.
BYTES_A_TAB = 150_000
LOOK_EVERY_SECONDS = 1.0


@dataclass(frozen=True)
class _Closed:
    info: SessionInfo
    until: float
    size: int


class ClosedTabs(SessionStorage):
    """The tabs that may come back, bounded by time and by bytes, the longest away first. Safe in threads."""

    def __init__(
        self,
        seconds: float,
        *,
        max_bytes: int = MAX_BYTES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._now = now
        self._closed: OrderedDict[str, _Closed] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, session_id: str) -> SessionInfo | None:
        """The tab, unless it was away for too long."""
        with self._lock:
            closed = self._closed.get(session_id)
            return closed.info if closed is not None and closed.until > self._now() else None

    def save(self, session_info: SessionInfo) -> None:
        """Keeps a tab from now on."""
        closed = _Closed(session_info, self._now() + self._seconds, size_of(session_info.session))
        with self._lock:
            self._closed[session_info.session.id] = closed

    def delete(self, session_id: str) -> None:
        """The tab is back, or was shut down."""
        with self._lock:
            self._closed.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """All that are kept, those that are about to be let go of as well."""
        with self._lock:
            return [closed.info for closed in self._closed.values()]

    def __len__(self) -> int:
        return len(self._closed)

    def take_out(self) -> tuple[AppSession, ...]:
        """Takes out the tabs that were away for too long, and those for which there is no room; to be shut down."""
        now = self._now()
        with self._lock:
            size = sum(closed.size for closed in self._closed.values())
            gone = []
            for session_id, closed in list(self._closed.items()):
                if closed.until > now and size <= self._max_bytes:
                    break
                size -= closed.size
                gone.append(self._closed.pop(session_id).info.session)
        return tuple(gone)


def size_of(session: AppSession) -> int:
    """About how many bytes of memory a closed tab takes: what waits to be sent to it, and what was uploaded in it."""
    waiting: int = sum(message.ByteSize() for message in session._browser_queue._queue)
    manager: Any = session._uploaded_file_mgr
    files = manager.file_storage.get(session.id, {}).values()
    return BYTES_A_TAB + waiting + sum(len(file.data) for file in files)


def keep_closed_tabs() -> ClosedTabs:
    """From now on the runtime keeps its closed tabs here. Before anybody connects."""
    tabs = ClosedTabs(float(config.get_option("server.disconnectedSessionTTL")))
    manager: Any = runtime.get_instance()._session_mgr
    manager._session_storage = tabs
    return tabs


async def let_closed_tabs_go(tabs: ClosedTabs) -> None:
    """Shuts down the tabs that do not come back, until cancelled. In the loop of the runtime, as it asks."""
    while True:
        for session in tabs.take_out():
            try:
                session.shutdown()
            except Exception:
                # One tab must not keep the others.
                log.exception("a closed tab could not be shut down")
        await asyncio.sleep(LOOK_EVERY_SECONDS)
