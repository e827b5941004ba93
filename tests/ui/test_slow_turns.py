"""An administrator reads which turns were answered late, and which part took the time; never what was said."""

from __future__ import annotations

import pandas as pd
import pytest

from coachroom.app.container import Services
from coachroom.rooms.states import EndReason
from coachroom.ui.dashboard.slow_turns import ANSWERING, LISTENING, UNKNOWN, took
from tests.services import ANA, HandClock, delivery, enter, said, status, writer_of
from tests.ui.pages import ADMIN, see
from tests.ui.test_dashboards import everything, opened_page


@pytest.fixture
def answered(services: Services, clock: HandClock) -> None:
    session = enter(services)
    now = clock()
    events = [
        status(1, "connected", now),
        said(2, "My secret", "client", now),
        said(3, "I see.", "agent", now),
        {
            "n": 4,
            "kind": "delay",
            "turn": 3,
            "felt_ms": 2400,
            "transcript_ms": 1900,
            "answer_ms": 500,
            "cut_in": False,
        },
        said(5, "Go on.", "agent", now),
        {
            "n": 6,
            "kind": "delay",
            "turn": 5,
            "felt_ms": 1500,
            "transcript_ms": 900,
            "answer_ms": 600,
            "cut_in": False,
        },
    ]
    services.intake.receive(session.id, delivery(*events, sent_at=now))
    clock.forward(90)
    services.sessions.end(session.id, EndReason.CLIENT)
    clock.forward(120)
    add = "INSERT INTO members (email, display_name, role, status, client_id, source, created_at, updated_at) "
    values = "VALUES ('ana@example.com', 'Ana', 'client', 'active', $1, 'manual', $2, $2)"
    writer_of(services).submit(lambda transaction: transaction.execute(add + values, [ANA, now])).result()


@pytest.mark.usefixtures("answered")
def test_the_administrator_is_told_the_slow_turn_and_what_took_the_time() -> None:
    page = opened_page(see(ADMIN), "Clients", client=ANA)
    page.toggle(key="slow_turns").set_value(True).run()
    assert not page.exception
    assert f"1 answer took longer than 1.5 s: 1 by {LISTENING}." in everything(page)
    assert "secret" not in everything(page)


def test_what_took_the_time_is_the_longer_part() -> None:
    rows = pd.DataFrame({"transcript_ms": [900.0, 300.0, None], "answer_ms": [700.0, 1400.0, None]})
    assert list(took(rows)) == [LISTENING, ANSWERING, UNKNOWN]
