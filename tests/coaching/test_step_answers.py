"""What clients answer about due next steps: once for each step and day, and done settles it as on the page Goals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from coachroom.app.container import Services
from coachroom.coaching.actions import ActionStatus
from coachroom.coaching.session_notes import delete_notes
from coachroom.coaching.step_answers import AlreadyAnsweredError, StepAnswer
from coachroom.coaching.validation import InvalidInputError
from tests.services import ANA, BEN, HandClock, store_of, writer_of


@pytest.fixture
def day(clock: HandClock) -> date:
    return clock.now.date()


@pytest.fixture
def step(services: Services, day: date) -> str:
    return services.coaching.actions.add(ANA, "Write the letter", due_on=day)


def status(services: Services) -> ActionStatus:
    return services.coaching.actions.list_for(ANA)[0].status


@pytest.mark.parametrize("answer", list(StepAnswer))
def test_an_answer_is_kept_with_its_time(
    services: Services, clock: HandClock, day: date, step: str, answer: StepAnswer
) -> None:
    services.coaching.step_answers.answer(ANA, step, day, answer)
    (kept,) = services.coaching.step_answers.latest(ANA, 5)
    assert (kept.action_id, kept.answer, kept.answered_at) == (step, answer, clock.now)
    assert status(services) is (ActionStatus.DONE if answer is StepAnswer.DONE else ActionStatus.OPEN)
    assert services.coaching.step_answers.latest(BEN, 5) == []


def test_of_many_presses_at_once_one_counts(services: Services, day: date, step: str) -> None:
    def press(number: int) -> bool:
        try:
            services.coaching.step_answers.answer(ANA, step, day, list(StepAnswer)[number % 3])
        except AlreadyAnsweredError:
            return False
        # Done settles it, and a later press finds it so.
        except InvalidInputError:
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(press, range(24))) == 1
    assert len(services.coaching.step_answers.latest(ANA, 50)) == 1


def test_nobody_answers_for_another_or_for_another_day(services: Services, day: date, step: str) -> None:
    for client, due in ((BEN, day), (ANA, day + timedelta(days=1))):
        with pytest.raises(InvalidInputError, match="no such next step"):
            services.coaching.step_answers.answer(client, step, due, StepAnswer.DONE)
    assert status(services) is ActionStatus.OPEN


def test_what_is_settled_is_not_answered(services: Services, day: date, step: str) -> None:
    services.coaching.actions.drop(ANA, step, "No time")
    with pytest.raises(InvalidInputError, match="settled already"):
        services.coaching.step_answers.answer(ANA, step, day, StepAnswer.DONE)
    assert status(services) is ActionStatus.DROPPED


def test_answers_go_with_the_steps_of_a_session_that_is_taken_away(services: Services, day: date, step: str) -> None:
    services.coaching.step_answers.answer(ANA, step, day, StepAnswer.PARTLY)
    writer_of(services).submit(
        lambda transaction: transaction.execute("UPDATE actions SET session_id = 's' WHERE id = $1", [step])
    )
    writer_of(services).submit(lambda transaction: delete_notes(transaction, "s")).result()
    assert store_of(services).execute("SELECT count(*) FROM step_answers") == [(0,)]
