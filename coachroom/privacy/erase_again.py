"""Deletes again what a restored backup or an import brought back of clients who were erased and of their sessions."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from coachroom.privacy.erase import finish_erasures
from coachroom.privacy.erasures import Erasures
from coachroom.privacy.finish_deletions import finish_deletions
from coachroom.store.store import Transaction


def erase_again(transaction: Transaction, erasures: Erasures, now: datetime, facts_zone: ZoneInfo | None) -> int:
    """Within the transaction, before anything of it is served; how many clients they were. Raises StoreError.

    File and table of the list take over what the other has. `facts_zone`: where facts stay as nobody's, the time
    zone of their day.
    """
    erasures.even_out(transaction)
    erased = finish_erasures(transaction, erasures, now, facts_zone=facts_zone)
    finish_deletions(transaction, erasures, now, facts_zone)
    return erased
