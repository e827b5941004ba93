"""What each process mirrors of a database on a server: what a snapshot shows, and who coaches whom."""

from __future__ import annotations

import re
from collections.abc import Mapping

from coachroom.metrics.snapshot_store import VISIBLE
from coachroom.store.mirrored_table import MirroredTable

# Words of staff, which no metric reads.
_LEFT_OUT = {"day_notes", "audit_log"}
# A client is a part of their coach's numbers.
_MORE = {"members": ("coach_email",), "talk_reminders": ("session_id", "id", "reminded_at")}
_KEYS: Mapping[str, tuple[str, ...]] = {
    "session_facts": ("session_id",),
    "client_profiles": ("id",),
    "consents": ("client_id", "version"),
    "feedback": ("session_id",),
    "check_ins": ("session_id",),
    "session_questions": ("session_id", "question"),
    "session_approach": ("session_id",),
    "approach_choices": ("id",),
    "approach_asks": ("client_id", "occasion"),
    "comparisons": ("id",),
    "comparison_draws": ("comparison_id", "client_id"),
    "evaluations": ("session_id",),
    "confidence": ("session_id",),
    "goals": ("id",),
    "goal_checkins": ("id",),
    "actions": ("id",),
    "appointments": ("id",),
    "talk_reminders": ("session_id", "id"),
}
# Those of other columns than texts; nobody's address is in them.
_MADE_KEYS: Mapping[str, tuple[str, ...]] = {
    "members": ("md5(t.email)",),
    "withdrawn_consents": ("t.client_id", "t.version", "CAST(extract(epoch FROM t.given_at) AS text)"),
}
# Their rows go when a client or a session is erased, and then all that belongs to them.
_OF_PEOPLE = {"session_facts", "client_profiles", "members"}


def mirrored_tables() -> tuple[MirroredTable, ...]:
    """The tables, with the columns that metrics read."""
    names = [*(name for name in VISIBLE if name not in _LEFT_OUT), "talk_reminders"]
    return tuple(
        MirroredTable(
            name,
            _MADE_KEYS.get(name) or tuple(f"t.{column}" for column in _KEYS[name]),
            (*_columns(VISIBLE.get(name, "")), *_MORE.get(name, ())),
            of_people=name in _OF_PEOPLE,
        )
        for name in names
    )


def _columns(statement: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", re.sub(r"--.*|\bSELECT\b", "", statement)))
