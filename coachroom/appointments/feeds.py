"""The secret address at which somebody's calendar program reads their appointments."""

from __future__ import annotations

import hashlib
from datetime import datetime

from coachroom.clock import Clock, new_secret_id
from coachroom.store.statements import load_statements
from coachroom.store.store import Store
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.appointments", "feeds.sql")


class CalendarFeeds:
    """Safe to use from many threads. Only a hash of each secret is kept: whoever lost theirs makes a new one."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def make(self, email: str) -> str:
        """A new secret for this member; the one before opens nothing any more."""
        key = new_secret_id()
        row = [email, _hash(key), self._clock()]
        self._writer.submit(lambda transaction: transaction.execute(SQL["put"], row)).result()
        return key

    def forget(self, email: str) -> None:
        """There is no address any more."""
        self._writer.submit(lambda transaction: transaction.execute(SQL["forget"], [email])).result()

    def email_of(self, key: str) -> str | None:
        """The active member whose secret this is."""
        return next((str(email) for (email,) in self._store.execute(SQL["email_of"], [_hash(key)])), None)

    def made_at(self, email: str) -> datetime | None:
        """When this member's secret was made; None where there is none."""
        return next((made_at for (made_at,) in self._store.execute(SQL["made_at"], [email])), None)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
