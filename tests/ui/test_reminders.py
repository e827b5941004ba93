"""Reminders on a client's pages: what they tick is kept, and a tap at the end of a session says when to come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.coaching.step_answers import StepAnswer
from coachroom.notifications.message import MessageKind
from coachroom.people.demo import seed_demo_people
from coachroom.reminders.choices import SPARING, Reminder
from coachroom.reminders.quiet_hours import QuietHours
from coachroom.rooms.states import EndReason
from tests.notifications.mail_house import MailHouse
from tests.reminders.houses import reminding
from tests.services import ANA as ANA_ID
from tests.services import OIDC, HandClock, writer_of
from tests.ui.pages import ANA, COACH, buttons, see, words
from tests.ui.test_own_pages import labels, press, submit
from tests.ui.visits import talking, with_visits


@pytest.fixture
def services(tmp_path: Path, clock: HandClock, house: MailHouse) -> Iterator[Services]:
    with reminding(tmp_path, clock, house, self_view="local", **OIDC) as running:
        seed_demo_people(writer_of(running), clock())
        current.install(running)
        yield running


def test_a_client_chooses_and_finds_it_so_again(services: Services) -> None:
    app = see(ANA, "Profile.py")
    assert app.checkbox(key="remind_mail_day").value
    assert not app.checkbox(key="remind_mail_step").value
    app.checkbox(key="remind_mail_step").set_value(True)
    app.checkbox(key="remind_mail_day").set_value(False)
    app.selectbox(key="quiet_from").set_value("22:00")
    app.selectbox(key="most_a_week").set_value(5)
    app.checkbox(key="coach_reads_answers").set_value(True)
    submit(app, "Save these reminders")
    wanted = replace(
        SPARING,
        by_mail=frozenset({Reminder.HOUR, Reminder.STEP, Reminder.BACK}),
        quiet=QuietHours(22, 8),
        most_a_week=5,
        coach_reads_answers=True,
    )
    assert services.reminders.choices(ANA_ID) == wanted
    assert see(ANA, "Profile.py").checkbox(key="remind_mail_step").value


def test_mails_that_were_stopped_by_their_link_are_not_ticked_and_begin_again_when_ticked(services: Services) -> None:
    services.outbox.unsubscribe(ANA, MessageKind.APPOINTMENT_REMINDER)
    app = see(ANA, "Profile.py")
    assert not app.checkbox(key="remind_mail_day").value
    submit(app, "Save these reminders")
    assert services.outbox.is_unsubscribed(ANA, MessageKind.APPOINTMENT_REMINDER)
    app.checkbox(key="remind_mail_hour").set_value(True)
    submit(app, "Save these reminders")
    assert not services.outbox.is_unsubscribed(ANA, MessageKind.APPOINTMENT_REMINDER)


def test_where_nothing_can_be_sent_nothing_is_offered(tmp_path: Path, clock: HandClock) -> None:
    with with_visits(tmp_path, clock) as silent:
        session = talking(silent)
        silent.sessions.end(session.id, EndReason.CLIENT)
        silent.coaching.actions.add(ANA_ID, "Write the letter", due_on=clock.now.date())
        assert "Reminders" not in words(see(ANA, "Profile.py"))
        assert "Do you want to come back?" not in words(see(ANA, "Session.py", session=session.id))
        assert "Be reminded" not in labels(see(ANA, "Goals.py"))


def test_a_tap_at_the_end_of_a_session_says_when_to_come_back(services: Services, clock: HandClock) -> None:
    session = talking(services)
    clock.forward(600)
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    assert [key for key in buttons(app) if key.startswith("back_")] == ["back_1", "back_3", "back_7"]
    press(app, "back_3")
    chosen = services.come_back.of(ANA_ID)
    assert chosen is not None
    assert (chosen.day, chosen.session_id) == (clock.now.date() + timedelta(days=3), session.id)
    assert "You are reminded on Monday, 4 May 2026, unless you come sooner." in words(app)
    press(app, "back_none")
    assert services.come_back.of(ANA_ID) is None


def test_an_earlier_session_does_not_ask(services: Services, clock: HandClock) -> None:
    sessions = []
    for _ in range(2):
        sessions.append(talking(services))
        clock.forward(600)
        services.sessions.end(sessions[-1].id, EndReason.CLIENT)
        clock.forward(600)
    first, last = (words(see(ANA, "Session.py", session=each.id)) for each in sessions)
    assert "Do you want to come back?" not in first
    assert "Do you want to come back?" in last


def test_the_page_of_goals_says_what_was_answered_and_offers_reminders(services: Services, clock: HandClock) -> None:
    day = clock.now.date()
    step = services.coaching.actions.add(ANA_ID, "Write the letter", due_on=day)
    services.coaching.step_answers.answer(ANA_ID, step, day, StepAnswer.PARTLY)
    app = see(ANA, "Goals.py")
    assert "on 1 May 2026 you said: partly done" in words(app)
    assert "Be reminded on the day they are due" in labels(app)
    services.reminders.choose(ANA_ID, replace(SPARING, by_mail=frozenset({Reminder.STEP})))
    assert "Be reminded on the day they are due" not in labels(see(ANA, "Goals.py"))


@pytest.mark.parametrize("ticked", [True, False])
def test_the_human_coach_reads_an_answer_only_where_the_client_ticked_so(
    services: Services, clock: HandClock, ticked: bool
) -> None:
    day = clock.now.date()
    step = services.coaching.actions.add(ANA_ID, "Write the letter", due_on=day)
    services.coaching.step_answers.answer(ANA_ID, step, day, StepAnswer.NOT_YET)
    services.reminders.choose(ANA_ID, replace(SPARING, coach_reads_answers=ticked))
    brief = words(see(COACH, "Clients.py", client=ANA_ID, brief="yes"))
    assert "Write the letter" in brief
    assert ("they said: not yet done" in brief) is ticked
