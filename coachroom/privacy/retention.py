"""Words go by themselves once they are old: day by day, in small steps, when nobody is in a room.

    words ──older than they are kept──▶ turns, record, what was written, a human coach's hints and the provider's copy
                                        deleted; facts frozen

The mark stands in the session's row: pages say when the words went, and whatever comes late of them is refused. Facts
stay as they are: a session waits until they are made. The sessions of one day (UTC) go together on the day on which
they are old enough, so that one compaction a day takes their bytes away. What was remembered or noted of them is the
client's, and stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from coachroom.clock import Clock
from coachroom.live.joins import forget_visit_words
from coachroom.metrics.kept_facts import freeze_facts
from coachroom.privacy.erasures import Erasures
from coachroom.privacy.session_data import calls_of, delete_session_rows
from coachroom.recording.erased_calls import add_erased_calls
from coachroom.recording.records import settle_records
from coachroom.recording.session_states import SessionStates
from coachroom.rooms.rooms import Rooms
from coachroom.rounds import round_is_over
from coachroom.settings import Settings
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.privacy", "retention.sql")
# Of one look. The next one goes on.
MAX_SESSIONS_A_LOOK = 200
# So long is waited for a quiet time.
WAITS_FOR_QUIET = timedelta(days=1)
WORDS = frozenset({"conversations", "provider_records", "written_steps", "briefings"})


@dataclass(frozen=True)
class KeptFor:
    """How long words are kept after their session; None: for ever."""

    transcripts: timedelta | None = None
    briefings: timedelta | None = None

    @classmethod
    def of(cls, settings: Settings) -> KeptFor:
        """As it is set."""
        transcripts, briefings = settings.keep_transcripts_days, settings.keep_briefings_days
        return cls(
            None if transcripts is None else timedelta(days=transcripts),
            None if briefings is None else timedelta(days=briefings),
        )


class Retention:
    """Deletes what is older than it is kept. Safe to use from many threads."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        *,
        rooms: Rooms,
        states: SessionStates,
        erasures: Erasures,
        kept_for: KeptFor,
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._rooms = rooms
        self._states = states
        self._erasures = erasures
        self.kept_for = kept_for

    def expire_due(self, *, quiet: bool) -> int:
        """Deletes the words of some sessions, those that ended first, until the round is over; of how many.

        Where it is not `quiet`, only what was due a day ago.
        """
        now = self._clock() if quiet else self._clock() - WAITS_FOR_QUIET
        return self._expire_transcripts(now) + (0 if round_is_over() else self._expire_briefings(now))

    def _expire_transcripts(self, now: datetime) -> int:
        if self.kept_for.transcripts is None:
            return 0
        due = self._store.execute(SQL["due"], [_end_of_day(now) - self.kept_for.transcripts, MAX_SESSIONS_A_LOOK])
        if due:
            # Before anything is deleted, so that a crash leaves nothing in the file unnoticed.
            self._erasures.note_deletion(self._clock())
        return sum(self._expire(session_id) for (session_id,) in due if not round_is_over())

    def _expire(self, session_id: str) -> bool:
        now = self._clock()

        def work(transaction: Transaction) -> bool:
            # What became known meanwhile is made into facts first.
            if not transaction.execute(SQL["may_expire"], [session_id]):
                return False
            if not self._rooms.expire_turns(transaction, session_id, now):
                return False
            calls = calls_of(transaction, session_id)
            add_erased_calls(transaction, calls, now)
            delete_session_rows(transaction, session_id, calls, only=WORDS)
            forget_visit_words(transaction, session_id)
            settle_records(transaction, session_id)
            freeze_facts(transaction, [session_id])
            return True

        with self._states.hold(session_id) as state:
            expired = self._writer.submit(work).result()
            state.forget()
        return expired

    def _expire_briefings(self, now: datetime) -> int:
        if self.kept_for.briefings is None:
            return 0
        due = self._store.execute(
            SQL["due_briefings"], [_end_of_day(now) - self.kept_for.briefings, MAX_SESSIONS_A_LOOK]
        )
        if not due:
            return 0
        self._erasures.note_deletion(self._clock())
        for (session_id,) in due:
            self._writer.submit(
                lambda transaction, session=session_id: delete_session_rows(  # type: ignore[misc]
                    transaction, session, [], only={"briefings"}
                )
            ).result()
        return len(due)


def _end_of_day(now: datetime) -> datetime:
    return datetime(now.year, now.month, now.day) + timedelta(days=1)
