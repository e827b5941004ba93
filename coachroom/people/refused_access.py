"""Refused access and failed sign-ins in the audit log, so that somebody who tries doors is seen and fills no disk."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum

from coachroom.clock import Clock
from coachroom.people.audit import write_audit
from coachroom.store.writer import Writer

PERIOD = timedelta(hours=1)
# Rows of one period; later refusals are only counted.
MAX_ROWS = 100
MAX_ACTOR_CHARS = 200

NOT_WRITTEN = "access_refused_more"


class Refused(StrEnum):
    """What was refused; the audit log's action."""

    SIGN_IN = "sign_in_refused"
    PAGE = "page_refused"
    ROOM = "room_refused"
    DOWNLOAD = "download_refused"
    LIVE = "live_refused"


class RefusedAccess:
    """Writes a row for each actor, action and subject once a period, and at most MAX_ROWS rows a period."""

    def __init__(self, writer: Writer, clock: Clock) -> None:
        self._writer = writer
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._times: Counter[tuple[str, Refused, str]] = Counter()
        self._not_written = 0

    def note(self, what: Refused, *, actor: str, subject: str) -> None:
        """Writes down that `actor` (an e-mail, or "somebody") was refused `subject`; returns at once."""
        who = actor[:MAX_ACTOR_CHARS]
        with self._lock:
            now = self._clock()
            before = self._next_period(now) if now - self._began >= PERIOD else 0
            known = (who, what, subject) in self._times
            full = not known and len(self._times) >= MAX_ROWS
            self._not_written += full
            if not full:
                self._times[who, what, subject] += 1
        if before:
            self._write("coachroom", NOT_WRITTEN, "audit_log", now, times=before)
        if not known and not full:
            self._write(who, what, subject, now)

    def _next_period(self, now: datetime) -> int:
        not_written, self._began, self._not_written = self._not_written, now, 0
        self._times.clear()
        return not_written

    def _write(self, actor: str, action: str, subject: str, now: datetime, **detail: int) -> None:
        self._writer.submit(
            lambda transaction: write_audit(
                transaction, actor=actor, action=action, subject=subject, detail=detail, now=now
            )
        )
