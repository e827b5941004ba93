"""One row of the roster, as imports and administrators change it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Member:
    """One row of `members`. `answers` is a JSON object's text or None; times are naive UTC."""

    email: str
    display_name: str
    role: str
    status: str
    coach_email: str | None = None
    skool_member_id: str | None = None
    tier: str | None = None
    joined_at: datetime | None = None
    answers: str | None = None
    source: str = "skool"
