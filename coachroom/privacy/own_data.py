"""A client's own data: the app's door to taking it away and to erasing it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from zoneinfo import ZoneInfo

from coachroom.clock import Clock
from coachroom.notifications.data_notice import put_data_notice
from coachroom.notifications.outbox import Outbox
from coachroom.people.audit import write_audit
from coachroom.people.people import Person
from coachroom.privacy.client_data import count_rows, ids_of
from coachroom.privacy.client_export import Circumstances, write_export
from coachroom.privacy.erase import erase_client
from coachroom.privacy.erasures import Erasures
from coachroom.recording.session_states import SessionStates
from coachroom.rooms.rooms import Rooms
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer


class OwnData:
    """Safe to use from many threads."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        rooms: Rooms,
        clock: Clock,
        erasures: Erasures,
        *,
        states: SessionStates,
        facts_zone: ZoneInfo | None,
        outbox: Outbox,
        origin: str,
        before_erasing: Callable[[Transaction, str], None],
    ) -> None:
        """`before_erasing` is called with the client's id in the transaction that erases them."""
        self._before_erasing = before_erasing
        self._outbox = outbox
        self._origin = origin
        self._store = store
        self._writer = writer
        self._rooms = rooms
        self._states = states
        self._clock = clock
        self._erasures = erasures
        self.facts_zone = facts_zone

    def export(self, client_id: str, circumstances: Circumstances) -> bytes:
        """The ZIP of `write_export`, as of one moment. Raises CoachroomError where there is no such client."""
        with self._store.transaction() as transaction:
            return write_export(transaction, ids_of(transaction, client_id), circumstances, self._clock())

    def note_export(self, person: Person) -> None:
        """Their data is about to be taken away: it goes into the audit log, and they are told by mail."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            write_audit(
                transaction,
                actor=person.email,
                action="own_data.export",
                subject=str(person.client_id),
                detail={},
                now=now,
            )
            put_data_notice(
                self._outbox, transaction, email=person.email, name=person.name, origin=self._origin, now=now
            )

        self._writer.submit(work).result()

    def count(self, client_id: str) -> dict[str, int]:
        """How many rows of each table `erase` would delete, where there are any. Changes nothing."""
        counts = count_rows(self._store, ids_of(self._store, client_id))
        return {table: rows for table, rows in counts.items() if rows}

    def erase(self, client_id: str, actor: str) -> dict[str, int]:
        """Erases a client whose sessions are over; how many rows there were, by table. Raises CoachroomError."""
        counts = None
        while counts is None:
            counts = self._erase(client_id, actor)
        return counts

    def _erase(self, client_id: str, actor: str) -> dict[str, int] | None:
        """None where a session began meanwhile: nothing is erased."""
        now = self._clock()
        known = ids_of(self._store, client_id).sessions

        def work(transaction: Transaction) -> dict[str, int] | None:
            ids = ids_of(transaction, client_id)
            if not set(ids.sessions) <= set(known):
                return None
            self._rooms.forget(transaction, ids.sessions)
            self._before_erasing(transaction, ids.client)
            return erase_client(transaction, self._erasures, ids, actor=actor, now=now, facts_zone=self.facts_zone)

        # What is being stored of a session is stored before it is erased, and what comes later finds no session.
        with ExitStack() as held:
            states = [held.enter_context(self._states.hold(session_id)) for session_id in sorted(known)]
            counts = self._writer.submit(work).result()
            for state in states:
                state.forget()
        return counts
