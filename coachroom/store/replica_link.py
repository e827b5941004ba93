"""A replica's own connection to the shared database: news of the other replicas, and who of them leads.

One replica at a time leads: it does what is to be done once, as sending mails. The lead is a lock that PostgreSQL
gives to a connection. A process that dies, stands still or is cut off loses its connection and so the lead, which
another one takes within seconds. A replica believes that it leads for less long than PostgreSQL would wait for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from coachroom.errors import StoreError
from coachroom.store.migrate import MovedAwayError, moved_away, moved_sentence
from coachroom.store.replica import SQL, News, Replica
from coachroom.store.store import Transaction

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)

# Advisory locks have two numbers: these are ours, the second is that of the schema.
LEADER_LOCK = 1_131_307_111
ALONE_LOCK = 1_131_307_112
NAME_LOCK = 1_131_307_113
LOOK_SECONDS = 1.0
# How soon it is noticed that the link is to be closed.
STEP_SECONDS = 0.1
# How long one believes to lead after PostgreSQL has last answered; how long PostgreSQL waits for a silent one.
LEASE_SECONDS = 5.0
SILENT = "15s"
RETRY_SECONDS = 2.0
STOP_SECONDS = 5.0
# Longer than PostgreSQL keeps the locks of a connection of our own that broke.
SHUT_OUT_SECONDS = 25.0
CLOCK_TOLERANCE = timedelta(seconds=0.1)


class Connects(Protocol):
    """A store that gives connections beside its pool."""

    @property
    def name(self) -> str: ...

    def connection(self) -> AbstractContextManager[psycopg.Connection[Any]]: ...


class NotAloneError(StoreError):
    """What runs in one process alone was to run beside another replica."""


class NameTakenError(StoreError):
    """Two replicas of one name would take each other's seats for their own."""


class ReplicaLink:
    """Safe to use from many threads. `alone`: why this process can have no other one beside it, as a sentence."""

    def __init__(self, store: Connects, replica: Replica, *, alone: str | None = None) -> None:
        """Connects, and is listening from then on. Raises StoreError with one sentence."""
        self._store = store
        self._replica = replica
        self._alone = alone
        self._leads_until = 0.0
        self._answered_at = 0.0
        self._refused_at: float | None = None
        # Why this replica can take no part any more: while its connection was lost, another
        # one came, or the database was moved away.
        self.shut_out: StoreError | None = None
        self._clock = (datetime.min, 0.0)
        self._stop = threading.Event()
        self._on_news: Callable[[News], None] = lambda _: None
        self._on_gap: Callable[[], None] = lambda: None
        first = ExitStack()
        try:
            connection = self._open(first)
        except BaseException:
            first.close()
            raise
        self._thread = threading.Thread(target=self._run, args=(first, connection), name="replica-link", daemon=True)
        self._thread.start()

    @property
    def leads(self) -> bool:
        """Whether this replica is the one that leads."""
        return time.monotonic() < self._leads_until

    @property
    def silent_s(self) -> float:
        """For how many seconds the database has answered nothing."""
        return time.monotonic() - self._answered_at

    def now(self) -> datetime:
        """The database's time as naive UTC, one clock for all replicas: that of a machine may be wrong or jump."""
        then, at = self._clock
        return then + timedelta(seconds=time.monotonic() - at)

    def listen(self, on_news: Callable[[News], None], on_gap: Callable[[], None]) -> None:
        """From now on `on_news` is told what others did, and `on_gap` that news may have been missed."""
        self._on_news, self._on_gap = on_news, on_gap
        on_gap()

    def close(self) -> None:
        """Gives up the lead and hears no more news."""
        self._stop.set()
        self._thread.join(STOP_SECONDS)

    def _run(self, held: ExitStack, connection: psycopg.Connection[Any] | None) -> None:
        reported = False
        while not self._stop.is_set():
            try:
                with held:
                    if connection is None:
                        connection = self._open(held)
                        self._call(self._on_gap)
                    reported = False
                    self._follow(connection)
            except Exception as error:
                self._note_refusal(error)
                if not reported:
                    log.warning("The connection to the other replicas is lost, which is tried again: %s", error)
                reported = True
            self._leads_until, connection, held = 0.0, None, ExitStack()
            self._stop.wait(RETRY_SECONDS)

    def _note_refusal(self, error: Exception) -> None:
        if isinstance(error, MovedAwayError):
            self.shut_out = error
        if isinstance(error, NotAloneError | NameTakenError):
            now = time.monotonic()
            self._refused_at = self._refused_at or now
            if now - self._refused_at >= SHUT_OUT_SECONDS:
                self.shut_out = error

    def _open(self, held: ExitStack) -> psycopg.Connection[Any]:
        connection = held.enter_context(self._store.connection())
        connection.execute(SQL["end_when_silent"], [SILENT])
        if not _value(connection, SQL["try_to_have_the_name"], NAME_LOCK, self._replica.name):
            raise NameTakenError(
                f"Another coachroom by the name {self._replica.name} has this database open: give each its own "
                "COACHROOM_REPLICA, or leave it out."
            )
        statement = "try_to_be_one_of_several" if self._alone is None else "try_to_be_alone"
        if not _value(connection, SQL[statement], ALONE_LOCK):
            raise NotAloneError(
                self._alone
                or "Another coachroom has this database open that can have no other beside it: one with the practice "
                "coach, in which human coaches join sessions, or that moves it. Stop it first."
            )
        self._refuse_moved(connection)
        self._set_clock(connection)
        channel = _value(connection, SQL["channel"])
        connection.execute('LISTEN "' + channel.replace('"', '""') + '"')
        self._refused_at = None
        return connection

    def _refuse_moved(self, connection: psycopg.Connection[Any]) -> None:
        left = moved_away(
            Transaction(lambda sql, values: connection.execute(sql, list(values) or None).fetchall()),
        )
        if left is not None:
            raise MovedAwayError(moved_sentence(self._store.name, left))

    def _follow(self, connection: psycopg.Connection[Any]) -> None:
        leads = False
        while not self._stop.is_set():
            asked_at = time.monotonic()
            # Asked again while one leads, a lock of a connection would count up.
            leads = (
                _value(connection, "SELECT TRUE") if leads else _value(connection, SQL["try_to_lead"], LEADER_LOCK)
            )
            self._leads_until = asked_at + LEASE_SECONDS if leads else 0.0
            self._set_clock(connection)
            while time.monotonic() < asked_at + LOOK_SECONDS and not self._stop.is_set():
                for each in connection.notifies(timeout=STEP_SECONDS):
                    self._hear(each.payload)
        # The next process may start before the server has noticed that the connection is closed.
        connection.execute(SQL["let_go"])

    def _hear(self, text: str) -> None:
        news = News.read(text)
        if news is not None and news.sender != self._replica.name:
            self._call(lambda: self._on_news(news))

    def _set_clock(self, connection: psycopg.Connection[Any]) -> None:
        asked_at = time.monotonic()
        then = _value(connection, SQL["now"])
        at = (asked_at + time.monotonic()) / 2
        # Not for the milliseconds by which answers differ: no clock should step back by each.
        if abs(then - self.now()) > CLOCK_TOLERANCE:
            self._clock = then, at
        self._answered_at = time.monotonic()

    def _call(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception:
            log.exception("news of another replica could not be followed")


def _value(connection: psycopg.Connection[Any], sql: str, *parameters: object) -> Any:
    row = connection.execute(sql, parameters or None).fetchone()
    return None if row is None else row[0]
