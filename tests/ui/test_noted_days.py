"""Analysts and administrators note days; everybody who sees numbers sees them marked."""

from __future__ import annotations

from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from coachroom.app.container import Services
from coachroom.errors import NotAllowedError
from coachroom.ui.dashboard.noted_days import add, remove
from tests.charts.community import NOW, add_community
from tests.services import HandClock
from tests.ui.pages import ADMIN, ANALYST, COACH, see, words

DAY = date(2026, 4, 15)


def said(app: AppTest) -> str:
    """The page's words as they are read: what others wrote is escaped."""
    return words(app).replace("\\", "")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


def test_an_analyst_notes_a_day_and_it_is_named_under_each_chart(services: Services) -> None:
    add_community(services)
    app = see(ANALYST, "Explore.py", metric="Satisfied clients")
    app.date_input(key="noted_day_0").set_value(DAY)
    app.text_input(key="noted_words_0").set_value("new *prompt*")
    (press,) = [button for button in app.button if button.label == "Note this day"]
    press.click().run()
    assert not app.exception
    (note,) = services.day_notes.list()
    assert (note.day, note.words) == (DAY, "new *prompt*")
    assert said(app).count("Marked days: A, 15 Apr 2026: new *prompt*.") == 1
    assert said(see(COACH, "Satisfaction.py")).count("Marked days: A, 15 Apr 2026") == 3
    again = see(ADMIN, "Explore.py")
    again.button(key=f"remove_note_{note.id}").click().run()
    assert services.day_notes.list() == ()


def test_a_note_without_words_is_refused_beside_the_form(services: Services) -> None:
    add_community(services)
    app = see(ANALYST, "Explore.py")
    (press,) = [button for button in app.button if button.label == "Note this day"]
    press.click().run()
    assert "Say in a few words what happened" in words(app)
    assert services.day_notes.list() == ()


def test_a_note_without_a_day_is_refused_beside_the_form(services: Services) -> None:
    add_community(services)
    app = see(ANALYST, "Explore.py")
    app.date_input(key="noted_day_0").set_value(None)
    app.text_input(key="noted_words_0").set_value("new prompt")
    (press,) = [button for button in app.button if button.label == "Note this day"]
    press.click().run()
    assert "Choose the day" in words(app)
    assert services.day_notes.list() == ()


def test_a_coach_can_neither_note_a_day_nor_remove_a_note(services: Services) -> None:
    note = services.day_notes.add(ADMIN, DAY, "new prompt")
    person = services.people.find(COACH)
    assert person is not None
    with pytest.raises(NotAllowedError):
        add(person, DAY, "x")
    with pytest.raises(NotAllowedError):
        remove(person, note.id)
    assert services.day_notes.list() == (note,)
