"""What this process has made of people's data, and holds for readers: numbers of pages, and files to download.

    deletion, here or at another replica ──▶ files go, numbers are of a new generation
    mirror has been refreshed since      ──▶ the same once more

What is cached of numbers has the generation in its key: what was being made meanwhile, of the rows before, is never
shown. Where numbers are read in a mirror, they are of the rows before for a second, until it has followed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from coachroom.app.downloads import Downloads

log = logging.getLogger(__name__)


class MadeCopies:
    """Safe to use from many threads."""

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads
        self._guard = threading.Lock()
        # Deletions that the mirror may not have followed yet.
        self._unfollowed = 0
        self._on_drop: Callable[[], object] = lambda: None

    @property
    def generation(self) -> int:
        """Another one after each deletion, as files go; for the keys of what is cached."""
        return self._downloads.generation

    def on_drop(self, call: Callable[[], object]) -> None:
        """`call` lets go of what pages have cached."""
        self._on_drop = call

    def drop(self) -> None:
        """Somebody's data was deleted, here or at another replica. Raises nothing."""
        with self._guard:
            self._unfollowed += 1
        self._let_go()

    @contextmanager
    def mirror_refresh(self) -> Iterator[None]:
        """Around a refresh of the mirror: what was deleted before it began is not in the mirror any more."""
        followed = self._unfollowed
        yield
        if followed:
            with self._guard:
                self._unfollowed -= followed
            self._let_go()

    def _let_go(self) -> None:
        self._downloads.withdraw_all()
        try:
            self._on_drop()
        except Exception:
            # What is cached is out of reach by its key, and goes with its time.
            log.exception("numbers of pages could not be let go of")
