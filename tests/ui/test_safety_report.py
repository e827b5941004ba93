"""A client reports a session as not safe on its page, and administrators read it on System."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.rooms.states import EndReason
from coachroom.ui.formatting import day_and_time
from tests.services import ANA as ANA_ID
from tests.services import NOON, HandClock, enter, opened
from tests.ui.pages import ADMIN, ANA, see, words


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
