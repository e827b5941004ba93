"""Which browser tab shows its pages to which sign-in, so that none stays open after the sign-in's end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

# So long the last look around is believed, by those who ask many times a second.
LATELY = timedelta(seconds=3)


class OpenPages:
    """The open tabs, each with the sign-in it last ran a page for. Safe to use from many threads."""

    def __init__(self) -> None:
        self._sign_ins: dict[str, str] = {}
        self._good: frozenset[str] = frozenset()
        self._looked_at = datetime.min
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sign_ins)

    def show(self, tab: str, sign_in_id: str) -> None:
        """Notes that the tab has just been shown a page for this sign-in."""
        with self._lock:
            self._sign_ins[tab] = sign_in_id

    def lately_good(self, sign_in_id: str, now: datetime) -> bool:
        """Whether a page is open for this sign-in, which was good at the last look, a moment ago."""
        with self._lock:
            return sign_in_id in self._good and now - self._looked_at < LATELY

    def take_out(
        self, is_alive: Callable[[str], bool], good: Callable[[Iterable[str]], set[str]], now: datetime
    ) -> list[str]:
        """Takes out the tabs that are gone and those whose sign-in is over; the latter, which still show a page.

        `good` says which of several sign-ins still open doors.
        """
        with self._lock:
            shown = dict(self._sign_ins)
        alive = {tab: sign_in for tab, sign_in in shown.items() if is_alive(tab)}
        still_good = good(set(alive.values())) if alive else set()
        over = [tab for tab, sign_in in alive.items() if sign_in not in still_good]
        with self._lock:
            self._good, self._looked_at = frozenset(still_good), now
            for tab in [*(shown.keys() - alive.keys()), *over]:
                # A page that ran meanwhile, for a new sign-in, stays.
                if self._sign_ins.get(tab) == shown[tab]:
                    del self._sign_ins[tab]
        return over
