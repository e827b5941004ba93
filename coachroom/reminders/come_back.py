"""The day on which a client wants to be reminded to come back: said with one tap at the end of a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from coachroom.clock import Clock, day_there
from coachroom.people.profiles import zone_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Store
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.reminders", "come_back.sql")
# In so many days, by the words of the choice.
DAYS = {"Tomorrow": 1, "In three days": 3, "Next week": 7}


@dataclass(frozen=True)
class ComeBackDay:
    """`day` is one of the client's own calendar; `session_id`: at whose end they said so."""

    day: date
    session_id: str
    chosen_at: datetime


class ComeBack:
    """Safe to use from many threads. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def of(self, client_id: str) -> ComeBackDay | None:
        """The day that the client chose; None where they chose none, or came since."""
        return next((ComeBackDay(*row) for row in self._store.execute(SQL["of"], [client_id])), None)

    def choose(self, client_id: str, session_id: str, days: int, *, by: str) -> date:
        """The client is reminded in so many days of theirs, in place of what they chose before; on which day."""
        now = self._clock()
        day = day_there(now, zone_of(self._store, client_id)) + timedelta(days=days)
        row = [client_id, session_id, day, by, now]
        self._writer.submit(lambda transaction: transaction.execute(SQL["put"], row)).result()
        return day

    def choose_none(self, client_id: str) -> None:
        """The client is not reminded."""
        self._writer.submit(lambda transaction: transaction.execute(SQL["drop"], [client_id])).result()

    def sweep(self) -> None:
        """Forgets the days of those who came since they chose, or whose day is over."""
        day = self._clock().date() - timedelta(days=2)
        gone = [client for (client,) in self._store.execute(SQL["moot"], [day])]
        if gone:
            self._writer.submit(lambda transaction: transaction.execute(SQL["drop_moot"], [gone, day])).result()
