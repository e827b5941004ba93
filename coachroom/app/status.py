"""Whether this process can store what is said."""

from __future__ import annotations

from coachroom.store.store import Store, ping
from coachroom.store.writer import Writer


class StoreStatus:
    """The state of the database and of the one writer."""

    def __init__(self, store: Store, writer: Writer) -> None:
        self._store = store
        self._writer = writer

    def ping(self) -> None:
        """Asks the database for nothing. Raises StoreError where it does not answer."""
        ping(self._store)

    @property
    def failure(self) -> str | None:
        """Why the database answers nothing any more until it is opened anew; None as long as it answers."""
        return self._store.failure

    @property
    def accepts_writes(self) -> bool:
        """False once the process is stopping, or the database has failed."""
        return self._writer.alive and self._store.failure is None

    @property
    def writes_waiting(self) -> int:
        """How many writes wait for the next commit."""
        return self._writer.waiting

    @property
    def writes_failed(self) -> int:
        """How many writes the database has not taken since the start."""
        return self._writer.failed
