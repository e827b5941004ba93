"""What a client may take away: the app's door to everything that is kept of them."""

from __future__ import annotations

from coachroom.clock import Clock
from coachroom.privacy.client_data import ids_of
from coachroom.privacy.client_export import Circumstances, write_export
from coachroom.store.duck import DuckStore


class OwnData:
    """Safe to use from many threads."""

    def __init__(self, store: DuckStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def export(self, client_id: str, circumstances: Circumstances) -> bytes:
        """The ZIP of `write_export`, as of one moment. Raises CoachroomError where there is no such client."""
        with self._store.transaction() as transaction:
            return write_export(transaction, ids_of(transaction, client_id), circumstances, self._clock())
