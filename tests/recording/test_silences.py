"""Long silences, as the page reports them."""

from __future__ import annotations

from typing import Any

from coachroom.app.container import Services
from coachroom.clock import to_iso
from tests.services import NOON, delivery, enter, status, store_of


def silence(n: int, seconds: float, broken_by: str) -> dict[str, Any]:
    return {"n": n, "kind": "silence", "at": to_iso(NOON), "seconds": seconds, "broken_by": broken_by}


def test_a_silence_is_kept_once_with_who_broke_it(services: Services) -> None:
    session = enter(services)
    talk = (status(1, "connected"), silence(2, 10.5, "client"), silence(3, 31, "agent"), silence(4, 12, "nobody"))
    for _ in range(2):
        services.intake.receive(session.id, delivery(*talk, sent_at=NOON))
    assert store_of(services).execute("SELECT id, ended_at, seconds, broken_by FROM silences ORDER BY id") == [
        ("page-1.2", NOON, 10.5, "client"),
        ("page-1.3", NOON, 31.0, "agent"),
        ("page-1.4", NOON, 12.0, "nobody"),
    ]
