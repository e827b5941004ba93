"""Calls that failed and why: each is logged once, and the recent ones are counted for administrators."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from coachroom.clock import Clock
from coachroom.elevenlabs.refusals import CallEnding, Refusal, refusal_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

log = logging.getLogger(__name__)

# A page may try again as often as it likes; nobody needs to read of more.
MAX_REFUSALS_IN_SESSION = 50

SQL = load_statements("coachroom.recording", "failed_calls.sql")


@dataclass(frozen=True)
class CauseOfFailure:
    """Why `calls` calls failed, the last of them at `latest`."""

    refusal: Refusal
    calls: int
    latest: datetime


@dataclass(frozen=True)
class RecentCalls:
    """The latest `calls`, and why some of them failed, the most frequent cause first."""

    calls: int
    causes: tuple[CauseOfFailure, ...]


class FailedCalls:
    """Stores calls for which there was no address, and counts failures."""

    def __init__(self, store: Store, writer: Writer, clock: Clock) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    def no_address(self, session_id: str, cause: str) -> None:
        """No address for a call was handed out. However often the page tries again, a session has each cause once."""
        ending, now = CallEnding(cause), self._clock()
        self._writer.submit(
            lambda transaction: store_refusal(transaction, session_id, f"address.{cause}", ending, now)
        ).result()

    def recent(self, most: int) -> RecentCalls:
        """The latest calls, up to `most`, of all clients."""
        rows = self._store.execute(SQL["recent_calls"], [most])
        moments: defaultdict[Refusal, list[datetime]] = defaultdict(list)
        for at_time, refused, *how in rows:
            ending = CallEnding(*how)
            if refused or ending.failed:
                moments[refusal_of(ending)].append(at_time)
        causes = [CauseOfFailure(refusal, len(times), max(times)) for refusal, times in moments.items()]
        return RecentCalls(len(rows), tuple(sorted(causes, key=lambda cause: -cause.calls)))


def store_refusal(
    transaction: Transaction, session_id: str, refusal_id: str, ending: CallEnding, at_time: datetime
) -> None:
    """Within the caller's transaction: a call that failed before it had an id; the first report counts."""
    given = [session_id, refusal_id, at_time, ending.why, ending.close_code, ending.close_reason]
    if transaction.execute(SQL["refuse_call"], [*given, MAX_REFUSALS_IN_SESSION]):
        log_once(transaction, session_id, ending)


def log_once(transaction: Transaction, session_id: str, ending: CallEnding) -> None:
    """One line for who runs the app, after the failure was stored: a session that tries again has no second one."""
    given = [session_id, ending.why, ending.close_code, ending.close_reason]
    if transaction.execute(SQL["failures_alike"], given) != [(1,)]:
        return
    cause = refusal_of(ending)
    # What a page reports may hold line breaks.
    said = f"{ending.close_code}: {ending.close_reason!r}" if ending.close_code else repr(ending.why)
    log.warning("a call failed: %s (%s); %s", cause.what, said, cause.way_out)
