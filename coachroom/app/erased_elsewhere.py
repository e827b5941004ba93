"""What other replicas, and backups that were restored beneath this one, mean for the list of erasures.

news of a deletion, or a gap in the news ──▶ what was made of people's data is dropped at once
soon after, and now and then             ──▶ this machine's file takes over what the table has; where the table lacks
                                             what the file has, the database is an older one: it is erased again
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from zoneinfo import ZoneInfo

from coachroom.app.made_copies import MadeCopies
from coachroom.clock import Clock
from coachroom.privacy.erase_again import erase_again
from coachroom.privacy.erasures import Erasures
from coachroom.store.store import Store, Transaction
from coachroom.store.writer import Writer

log = logging.getLogger(__name__)


class ErasedElsewhere:
    """Safe to use from many threads."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        erasures: Erasures,
        copies: MadeCopies,
        *,
        facts_zone: ZoneInfo | None,
        forget_words: Callable[[], None],
    ) -> None:
        """`forget_words`: what is in memory of sessions is read again before it is used."""
        self._store = store
        self._writer = writer
        self._clock = clock
        self._erasures = erasures
        self._copies = copies
        self._facts_zone = facts_zone
        self._forget_words = forget_words
        self._due = threading.Event()

    def hear(self) -> None:
        """Another replica deleted something, or may have: its news could not be heard."""
        self._forget_words()
        self._copies.drop()
        self.make_due()

    def make_due(self) -> None:
        """Some deletions send no news, such as what goes as a session is taken off the record."""
        self._due.set()

    @property
    def due(self) -> bool:
        """Whether to `catch_up`."""
        return self._due.is_set()

    def catch_up(self) -> None:
        """Each of file and table gets what it lacks. Raises StoreError; called again, it goes on."""
        self._due.clear()
        try:
            if self._erasures.unshared(self._store):
                self._erase_again()
            else:
                self._erasures.take_over_shared(self._store)
        except BaseException:
            self.make_due()
            raise

    def _erase_again(self) -> None:
        def work(transaction: Transaction) -> int:
            return erase_again(transaction, self._erasures, self._clock(), self._facts_zone)

        erased = self._writer.submit(work).result()
        self._forget_words()
        if erased:
            log.warning("the database held %d clients again who had been erased: they are erased again", erased)
