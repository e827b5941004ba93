"""Long silences within a call: how long each was, and who broke it."""

from __future__ import annotations

from datetime import datetime

from coachroom.recording.events import SilenceHeard
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.recording", "silences.sql")
# The longest session has fewer.
MAX_SILENCES_A_SESSION = 1_000


def add_silence(
    transaction: Transaction, session_id: str, epoch: str, silence: SilenceHeard, ended_at: datetime
) -> None:
    """Within the caller's transaction: nobody was heard until `ended_at`. The same silence again changes nothing."""
    row = [session_id, f"{epoch}.{silence.n}", ended_at, silence.seconds, silence.broken_by.value]
    transaction.execute(SQL["add_silence"], [*row, MAX_SILENCES_A_SESSION])
