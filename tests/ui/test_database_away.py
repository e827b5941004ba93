"""Where the database does not answer, a page says so in our words, and help is there all the same."""

from __future__ import annotations

import pytest

from coachroom.app.container import Services
from coachroom.errors import NotBegunError
from coachroom.people.sign_ins import SignIns
from tests.ui.pages import ADMIN, ANA, ANALYST, COACH, buttons, data, see, titles, words

AWAY = "nothing can be looked up or stored"


def no_answer(*_: object) -> None:
    raise NotBegunError("no connection")


@pytest.mark.parametrize("email", [ANA, COACH, ANALYST, ADMIN])
def test_a_page_that_cannot_know_who_is_here_says_so_and_offers_help(services: Services, email: str) -> None:
    app = see(email)
    with pytest.MonkeyPatch.context() as away:
        away.setattr(SignIns, "check", no_answer)
        app.run()
        assert not app.exception
        assert [AWAY in error.value for error in app.error] == [True]
        assert titles(app) == []
        assert buttons(app) == ["again"]
        assert data(app, "help_now")["lines"]
    app.button(key="again").click().run()
    assert AWAY not in words(app)
    assert titles(app) != []


def test_what_a_button_asks_for_while_the_database_is_away_is_said_not_to_be_done(services: Services) -> None:
    app = see(ANA, "Goals.py")
    button = next(each for each in app.button if each.label == "Add this goal")
    next(each for each in app.text_input if each.label == "What do you want to reach?").input("Sleep well")
    with pytest.MonkeyPatch.context() as away:
        away.setattr(SignIns, "check", no_answer)
        button.click().run()
        assert not app.exception
        assert [AWAY in error.value for error in app.error] == [True]
    app.button(key="again").click().run()
    assert ["could not do this" in error.value for error in app.error] == [True]
    assert services.coaching.goals.list_for("demo-ana") == []
