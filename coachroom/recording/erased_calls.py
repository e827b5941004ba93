"""Calls of which nothing is kept here: the provider deletes its copy too, however long it takes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from coachroom.clock import Clock, doubled
from coachroom.errors import NO_ANSWER_CAUSE, UNKNOWN_CALL_CAUSE, AgentUnavailableError
from coachroom.rounds import round_is_over
from coachroom.store.statements import load_statements
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

if TYPE_CHECKING:
    # Commands that ask no provider do without its client, which takes a while to load.
    from coachroom.elevenlabs.client import ElevenLabs

log = logging.getLogger(__name__)

SQL = load_statements("coachroom.recording", "erased_calls.sql")

FIRST_WAIT = timedelta(seconds=20)
MAX_WAIT = timedelta(days=1)
MAX_A_ROUND = 20
# A call whose client vanished ends at the provider within this time; before that it is no record to delete.
CALL_ENDS_WITHIN = timedelta(minutes=2)
# That the provider knows of no such call counts after so many tries: at first it may be about to make its record.
ASKED_BEFORE = 3


def add_erased_calls(transaction: Transaction, calls: Sequence[str], now: datetime) -> None:
    """Within the caller's transaction: these calls are to be deleted at the provider, and nothing of them returns."""
    transaction.execute(SQL["add"], [list(calls), now])


def add_calls_of_session(transaction: Transaction, session_id: str, now: datetime, *, over: bool) -> None:
    """Within the caller's transaction: as `add_erased_calls`, for the session's calls that have ended.

    `over`: the session is over, so that its other calls end too.
    """
    transaction.execute(SQL["add_of_session"], [session_id, now, over, now + CALL_ENDS_WITHIN])


def add_unreported_calls(transaction: Transaction, session_id: str, at_time: datetime) -> None:
    """Within the caller's transaction: as `add_erased_calls`, for its calls of which no page said how they ended."""
    transaction.execute(SQL["add_unreported"], [session_id, at_time])


def ask_again(transaction: Transaction, conversation_id: str, now: datetime) -> None:
    """Within the caller's transaction: the provider has a copy still, or again."""
    transaction.execute(SQL["ask_again"], [conversation_id, now])


def is_erased(transaction: Transaction, conversation_id: str) -> bool:
    """Whether nothing of the call is to be kept."""
    return bool(transaction.execute(SQL["is_erased"], [conversation_id]))


def calls_to_delete(source: Store | Transaction) -> int:
    """How many such calls the provider has not deleted yet."""
    return int(source.execute(SQL["waiting"])[0][0])


class ErasedCalls:
    """What the provider still has of what is kept nowhere here."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, provider: ElevenLabs | None) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._provider = provider

    def waiting(self) -> int:
        """How many calls the provider has not deleted yet."""
        return calls_to_delete(self._store)

    def delete_due(self) -> int:
        """Asks the provider to delete the calls that are due, until the round is over; how many are gone now."""
        if self._provider is None:
            return 0
        gone = 0
        for conversation_id, tries in self._store.execute(SQL["due"], [self._clock(), MAX_A_ROUND]):
            if round_is_over():
                break
            cause = _delete(self._provider, conversation_id)
            deleted = cause is None or (cause == UNKNOWN_CALL_CAUSE and tries >= ASKED_BEFORE)
            gone += deleted
            wait = doubled(FIRST_WAIT, tries, MAX_WAIT)
            self._settle(conversation_id, tries + 1, None if deleted else self._clock() + wait)
            if cause == NO_ANSWER_CAUSE:
                break
        return gone

    def _settle(self, conversation_id: str, tries: int, next_try_at: datetime | None) -> None:
        row = [conversation_id, tries, next_try_at]
        self._writer.submit(lambda transaction: transaction.execute(SQL["settle"], row)).result()


def _delete(provider: ElevenLabs, conversation_id: str) -> str | None:
    """Why the provider has not deleted the call; None where it has."""
    try:
        provider.delete_record(conversation_id)
    except AgentUnavailableError as error:
        log.warning("call %s is not deleted at the provider yet (%s)", conversation_id, error.cause)
        return error.cause
    return None
