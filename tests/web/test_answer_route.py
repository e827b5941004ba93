"""One tap says how a due next step went: without signing in, once, and no look counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import httpx
import pytest

from coachroom.clock import utc_now
from coachroom.coaching.actions import ActionStatus, remove_action
from coachroom.coaching.step_answers import StepAnswer
from tests.services import ANA, BEN, store_of, writer_of
from tests.web.serving import Served

TITLE = "Write the letter"


@pytest.fixture
def today() -> date:
    return utc_now().date()


@pytest.fixture
def step(served: Served, today: date) -> Iterator[str]:
    id = served.services.coaching.actions.add(ANA, TITLE, due_on=today)
    yield id
    writer_of(served.services).submit(lambda transaction: remove_action(transaction, id)).result()


def link(served: Served, day: date, client: str = ANA, now: datetime | None = None) -> str:
    return served.origin + served.services.tokens.issue_answer(client, day, now or utc_now())


def answers(served: Served) -> list[tuple[str, str]]:
    return store_of(served.services).execute("SELECT action_id, answer FROM step_answers ORDER BY answered_at")


def status(served: Served, id: str) -> ActionStatus:
    (found,) = [each for each in served.services.coaching.actions.list_for(ANA) if each.id == id]
    return found.status


def test_a_look_of_a_person_or_a_program_changes_nothing(served: Served, step: str, today: date) -> None:
    for method in ("GET", "HEAD", "GET"):
        answer = httpx.request(method, link(served, today), params=None)
        assert answer.status_code == 200
    assert "Not yet" in answer.text
    assert TITLE not in answer.text
    assert "script" not in answer.text
    assert "script-src" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    # A scanner that follows the link with an answer in it presses nothing either.
    httpx.get(f"{link(served, today)}&step={step}&answer=done")
    assert answers(served) == []
    assert status(served, step) is ActionStatus.OPEN


@pytest.mark.parametrize(
    ("answer", "became"),
    [("done", ActionStatus.DONE), ("partly", ActionStatus.OPEN), ("not_yet", ActionStatus.OPEN)],
)
def test_one_press_answers_once(served: Served, step: str, today: date, answer: str, became: ActionStatus) -> None:
    first = httpx.post(link(served, today), data={"step": step, "answer": answer})
    assert first.status_code == 200
    assert "Thank you." in first.text
    assert answers(served) == [(step, answer)]
    assert status(served, step) is became
    again = httpx.post(link(served, today), data={"step": step, "answer": "not_yet"})
    assert again.status_code == 409
    assert "You have answered this already" in again.text
    assert answers(served) == [(step, answer)]
    assert StepAnswer(answer).words in httpx.get(link(served, today)).text


def test_a_link_of_another_or_another_day_answers_nothing(served: Served, step: str, today: date) -> None:
    for url in (link(served, today, BEN), link(served, today - timedelta(days=1))):
        assert httpx.post(url, data={"step": step, "answer": "done"}).status_code == 409
    assert answers(served) == []


@pytest.mark.parametrize("spoiled", ["", "x", "W10.x", "é"])
def test_a_tampered_link_does_nothing(served: Served, step: str, today: date, spoiled: str) -> None:
    good = link(served, today)
    for url in (f"{served.origin}/answer?token={spoiled}", good.replace("token=", "token=A"), good[:-1]):
        for ask in (httpx.get(url), httpx.post(url, data={"step": step, "answer": "done"})):
            assert ask.status_code == 404
            assert "sign in to your coaching room" in ask.text
    unsubscribe = served.services.tokens.issue_unsubscribe("ana.silva@example.com", "step_due").partition("=")[2]
    assert httpx.get(f"{served.origin}/answer?token={unsubscribe}").status_code == 404
    assert answers(served) == []


def test_a_link_is_good_for_seven_days(served: Served, step: str, today: date) -> None:
    old = link(served, today, now=utc_now() - timedelta(days=7))
    assert httpx.get(old).status_code == 404
    assert httpx.post(old, data={"step": step, "answer": "done"}).status_code == 404
    nearly = link(served, today, now=utc_now() - timedelta(days=7) + timedelta(minutes=5))
    assert httpx.get(nearly).status_code == 200
    assert answers(served) == []


def test_an_answer_that_is_none_is_refused(served: Served, step: str, today: date) -> None:
    for form in ({"step": step}, {"step": step, "answer": "perhaps"}, {}):
        assert httpx.post(link(served, today), data=form).status_code == 400
    assert httpx.post(link(served, today), data={"step": "x", "answer": "done"}).status_code == 409
    assert httpx.post(link(served, today), content=b"x" * 5000).status_code == 413
    assert answers(served) == []


def test_a_step_that_is_settled_on_the_page_is_not_asked_about(served: Served, step: str, today: date) -> None:
    served.services.coaching.actions.done(ANA, step)
    page = httpx.get(link(served, today)).text
    assert "settled already" in page
    assert "<form" not in page
    assert httpx.post(link(served, today), data={"step": step, "answer": "partly"}).status_code == 409
    assert answers(served) == []
