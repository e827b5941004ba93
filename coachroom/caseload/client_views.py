"""Who looked at a client's page, and when: in the audit log, and on the client's own privacy page."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from coachroom.clock import Clock
from coachroom.people.audit import write_audit
from coachroom.people.people import Person
from coachroom.store.statements import load_statements
from coachroom.store.store import Store
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.caseload", "client_views.sql")

VIEWED = "client.viewed"
# Whoever looks again within this time is still looking.
ONE_LOOK = timedelta(hours=1)


@dataclass(frozen=True)
class ClientView:
    """One look at a client's page. `who` is a name, or an address where its owner is no member any more."""

    who: str
    role: str | None
    viewed_at: datetime


class ClientViews:
    """Safe to use from many threads."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._lock = threading.Lock()
        # Who looks at whom: since when, and when they did before. Each rerun of the page asks.
        self._looking: dict[tuple[str, str], tuple[datetime, datetime | None]] = {}

    def note(self, viewer: Person, client_id: str) -> datetime | None:
        """Writes down that this person looks at the client's page; when they did before, if ever.

        Does not wait until it is on disk, as the page waits for nothing.
        """
        now, look = self._clock(), (viewer.email, client_id)
        with self._lock:
            self._looking = {each: known for each, known in self._looking.items() if now - known[0] < ONE_LOOK}
            if look in self._looking:
                return self._looking[look][1]
            before: datetime | None = self._store.execute(SQL["before"], [client_id, VIEWED, viewer.email, now])[0][0]
            self._looking[look] = now, before
        self._writer.submit(
            lambda transaction: write_audit(
                transaction, actor=viewer.email, action=VIEWED, subject=client_id, detail={}, now=now
            )
        )
        return before

    def of(self, client_id: str, most: int) -> list[ClientView]:
        """The latest looks at this client's page, the latest first."""
        return [ClientView(*row) for row in self._store.execute(SQL["of"], [client_id, VIEWED, most])]
