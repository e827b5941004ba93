"""Which row is made, for whom, in which session and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class NewRow:
    """`session_id` is None for what the client enters on a page; `at_time` is naive UTC."""

    id: str
    client_id: str
    session_id: str | None
    at_time: datetime
