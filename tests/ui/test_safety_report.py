"""A client or their human coach reports a session as not safe, and administrators read it on System."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.rooms.states import EndReason
from coachroom.ui.formatting import day_and_time, plain
from tests.services import ANA as ANA_ID
from tests.services import NOON, HandClock, enter, opened
from tests.ui.pages import ADMIN, ANA, COACH, see, words


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path, HandClock(NOON)) as services:
        current.install(services)
        yield services


def press(app: AppTest, key: str) -> AppTest:
    app.button(key=key).click().run()
    assert not app.exception, app.exception
    return app


def test_a_client_reports_a_session_and_an_administrator_reads_it_until_it_is_taken_back(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    assert "not safe" not in words(see(ADMIN, "System.py"))
    app = see(ANA, "Session.py", session=session.id)
    app.text_area(key="not_safe").input("It <pressed> me.")
    press(app, "send_safety_report")
    assert services.safety_reports.latest(2)[0].client_id == ANA_ID
    assert "you reported that this session was not safe" in words(app)
    read = words(see(ADMIN, "System.py"))
    assert "Reports that a session was not safe" in read
    assert f"The session of {day_and_time(session.start_time)}." in read
    assert "It <pressed> me." in read
    press(app, "take_report_back")
    assert services.safety_reports.latest(2) == []
    assert "Report it" in [button.label for button in app.button]
    assert "not safe" not in words(see(ADMIN, "System.py"))


def test_words_of_danger_in_a_report_open_the_help(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    app.text_area(key="not_safe").input("I want to kill myself.")
    press(app, "send_safety_report")
    assert app.session_state["help_needed"] == 1


def test_a_human_coach_reports_a_session_of_their_client_and_an_administrator_reads_who(services: Services) -> None:
    session = enter(services)
    services.sessions.end(session.id, EndReason.CLIENT)
    app = see(COACH, "Clients.py", client=ANA_ID)
    words_of = next(field for field in app.text_area if field.label == "What happened? (optional)")
    words_of.input("It <pressed> her.")
    next(button for button in app.button if button.label == "Report it").click().run()
    assert not app.exception, app.exception
    assert "you reported that the session of" in words(app)
    read = words(see(ADMIN, "System.py"))
    assert f"**{plain(COACH)}** reported it on {day_and_time(NOON)}, as the human coach of **{plain(ANA)}**" in read
    assert "It <pressed> her." in read
    assert "her." not in words(see(ANA, "Session.py", session=session.id)), "the client is not told"
    press(app, f"take_report_back_{session.id}")
    assert "not safe" not in words(see(ADMIN, "System.py"))
