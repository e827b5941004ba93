"""Under Quality stands how often the coach was reminded to say less; analysts do not see it."""

from __future__ import annotations

import pytest

from coachroom.app.container import Services
from coachroom.clock import to_iso
from coachroom.metrics.talk_reminders import TalkReminders
from coachroom.rooms.states import EndReason
from coachroom.ui.dashboard.reminders import sentence
from tests.services import HandClock, delivery, enter, said, status
from tests.ui.pages import ADMIN, ANALYST, COACH, see, words


@pytest.fixture
def reminded(services: Services, clock: HandClock) -> None:
    session = enter(services)
    now = clock()
    services.intake.receive(
        session.id,
        delivery(
            status(1, "connected", now),
            said(2, "I say a lot about everything.", "agent", now),
            said(3, "Yes.", "client", now),
            {"n": 4, "kind": "reminder", "at": to_iso(now)},
            sent_at=now,
        ),
    )
    clock.forward(90)
    services.sessions.end(session.id, EndReason.CLIENT)
    clock.forward(60)


@pytest.mark.usefixtures("reminded")
@pytest.mark.parametrize(("person", "shown"), [(COACH, True), (ADMIN, True), (ANALYST, False)])
def test_how_often_the_coach_was_reminded_stands_beside_its_share_of_the_words(person: str, shown: bool) -> None:
    page = words(see(person, "Quality.py"))
    assert ("The coach was reminded 1 time in 1 session to ask more and say less" in page) == shown


def test_no_reminder_is_said_too() -> None:
    assert sentence(TalkReminders(0, 0)).startswith("The coach was never reminded")
    assert "5 times in 3 sessions" in sentence(TalkReminders(5, 3)).replace("\u00a0", " ")
