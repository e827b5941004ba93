"""A coach's question for the next session, on the coach's page of the client and on the client's own pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.coaching.coach_questions import CoachQuestionStatus
from tests.charts.community import NOW
from tests.services import OIDC, HandClock, opened, store_of
from tests.ui.community import put_community
from tests.ui.pages import ANA, COACH, see, words
from tests.ui.test_dashboards import everything, opened_page

CLIENT = "demo-ana"
WORDS = "What would you do if *nobody* watched?"


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    put_community(tmp_path, 20, 200, NOW)
    with opened(tmp_path, HandClock(NOW), **OIDC) as services:
        current.install(services)
        yield services


def propose(services: Services) -> str:
    """As the coach does on their page; the question's id."""
    app = opened_page(see(COACH), "Clients", client=CLIENT)
    app.text_input(key="question_words_0").input(WORDS)
    app.text_input(key="question_why_0").input("You spoke of courage")
    next(button for button in app.button if button.label == "Suggest this question").click().run()
    assert not app.exception
    assert "“You spoke of courage”: waits for the client's word" in words(app)
    (question,) = services.coaching.coach_questions.of(CLIENT)
    return question.id


def coach_reads() -> str:
    return words(opened_page(see(COACH), "Clients", client=CLIENT))


def test_the_client_reads_who_suggests_what_and_what_happens_before_they_answer(services: Services) -> None:
    assert "Questions from your human coach" not in words(see(ANA, "Goals.py"))
    propose(services)
    page = words(see(ANA, "Goals.py"))
    assert "**Carla Mendes suggests a question for your next session** (“You spoke of courage”)" in page
    assert r"you do if \*nobody\* watched" in page
    assert "the AI coach asks it once in your next session" in page
    assert "**1 thing waits for your word**" in everything(see(ANA))


def test_the_client_says_yes_and_thinks_better_of_it(services: Services) -> None:
    question = propose(services)
    mine = see(ANA, "Goals.py")
    mine.button(key=f"ask_{question}").click().run()
    assert "You said yes" in words(mine)
    assert "taken: the AI coach asks it in the next session" in coach_reads()
    assert "waits for your word" not in everything(see(ANA))
    mine.button(key=f"no_{question}").click().run()
    assert "You said no: it is not asked." in words(mine)
    assert "not wanted" in coach_reads()
    assert "suggests a question" not in words(see(ANA, "Goals.py")), "and it is gone when they come again"


def test_both_read_in_which_session_it_was_asked(services: Services) -> None:
    propose(services)
    sql = "UPDATE coach_questions SET status = 'asked', session_id = 's', told_at = $1"
    store_of(services).execute(sql, [NOW])
    day = f"{NOW.day} {NOW:%b %Y}"
    assert f"Asked in the session of {day}." in words(see(ANA, "Goals.py"))
    assert f"asked in the session of {day}" in coach_reads()


def test_an_answer_from_an_old_page_changes_nothing(services: Services) -> None:
    question = propose(services)
    old = see(ANA, "Goals.py")
    services.coaching.coach_questions.decline(CLIENT, question)
    old.button(key=f"ask_{question}").click().run()
    assert "answered or asked already" in everything(old)
    assert services.coaching.coach_questions.of(CLIENT)[0].status is CoachQuestionStatus.DECLINED


def test_who_is_not_their_coach_any_more_proposes_nothing_from_an_old_page(services: Services) -> None:
    app = opened_page(see(COACH), "Clients", client=CLIENT)
    app.text_input(key="question_words_0").input(WORDS)
    store_of(services).execute("UPDATE members SET coach_email = NULL WHERE client_id = $1", [CLIENT])
    next(button for button in app.button if button.label == "Suggest this question").click().run()
    assert services.coaching.coach_questions.of(CLIENT) == []
