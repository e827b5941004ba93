"""Which sessions no replica attends to, looked at for a while before they end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

# A replica that was cut off notes its seats again within this time after the database is back.
SEEN_FOR = timedelta(seconds=20)
# Looks that are further apart tell nothing of the time between.
MAX_GAP = timedelta(seconds=10)


class Unattended:
    """Where the database was away, every seat looks deserted when it comes back, until its replica notes it again.

    So a session is due only once each look of SEEN_FOR has found it.
    """

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}
        self._looked_at = datetime.min

    def due(self, found: Iterable[str], now: datetime) -> list[str]:
        """Those of the sessions that this look has `found` which every look has found for long enough."""
        before = self._since if timedelta(0) <= now - self._looked_at <= MAX_GAP else {}
        self._since = {session_id: before.get(session_id, now) for session_id in found}
        self._looked_at = now
        return [session_id for session_id, since in self._since.items() if now - since >= SEEN_FOR]

    def forget(self) -> None:
        """For a look or an end that failed: the next look is the first one."""
        self._since = {}
