"""More time near a session's end: once, where the budget holds it, for the call under way too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.budget.amounts import Kind
from coachroom.coaching.validation import InvalidInputError
from coachroom.errors import BudgetSpentError
from coachroom.rooms.states import EndReason, Session
from tests.budget.test_budgets import begin, quotas, report
from tests.services import HandClock, enter, opened

TEN = timedelta(minutes=10)
FIVE = timedelta(minutes=5)


@pytest.fixture
def short(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    """Sessions of ten minutes, five more of them once, and forty minutes a client and day."""
    minutes = quotas(client=(40, 9, 9), day=(40, 9, 9), month=(400, 9, 9))
    with opened(tmp_path, clock, session_minutes=10, extra_minutes=5, **minutes) as services:
        yield services


def running(services: Services, call: str = "conv_1") -> Session:
    session = enter(services)
    begin(services, session, call)
    return now(services, session)


def now(services: Services, session: Session) -> Session:
    found = services.rooms.session(session.id)
    assert found is not None
    return found


def test_a_session_is_made_longer_once_and_only_near_its_end(short: Services, clock: HandClock) -> None:
    session = running(short)
    assert not short.budgets.may_extend(session)
    with pytest.raises(InvalidInputError, match="last three minutes"):
        short.budgets.extend(session)
    ended = short.rooms.ends_at(session)
    assert ended is not None
    clock.forward(8 * 60)
    assert short.budgets.may_extend(session)
    short.budgets.extend(session)
    longer = now(short, session)
    assert short.rooms.ends_at(longer) == ended + FIVE
    clock.forward(6 * 60)
    assert not short.budgets.may_extend(now(short, session))
    with pytest.raises(InvalidInputError):
        short.budgets.extend(now(short, session))


def test_a_session_is_made_longer_as_often_as_is_set_and_no_more(tmp_path: Path, clock: HandClock) -> None:
    minutes = quotas(client=(90, 9, 9), day=(90, 9, 9), month=(400, 9, 9))
    with opened(tmp_path, clock, session_minutes=10, extra_minutes=5, extra_times=10, **minutes) as services:
        session = running(services)
        clock.forward(8 * 60)
        for _ in range(10):
            services.budgets.extend(now(services, session))
            assert not services.budgets.may_extend(now(services, session)), "not before it is near its end again"
            clock.forward(5 * 60)
        assert now(services, session).extra == 10 * FIVE
        with pytest.raises(InvalidInputError, match="up to 10 times"):
            services.budgets.extend(now(services, session))


def test_a_longer_session_ends_when_its_longer_time_is_up(short: Services, clock: HandClock) -> None:
    session = running(short)
    clock.forward(9 * 60)
    short.budgets.extend(session)
    clock.forward(5 * 60)
    assert short.rooms.overdue() == []
    clock.forward(61)
    assert short.rooms.overdue() == [(session.id, EndReason.TIME_LIMIT)]


def test_the_next_call_of_a_longer_session_has_its_time(short: Services, clock: HandClock) -> None:
    session = running(short)
    clock.forward(9 * 60)
    short.budgets.extend(session)
    report(short, session, "disconnected", "conv_1")
    assert begin(short, session, "conv_2") == timedelta(minutes=6)


@pytest.mark.parametrize(("minutes", "allowed"), [(14, False), (15, True)])
def test_the_budget_decides(tmp_path: Path, clock: HandClock, minutes: int, allowed: bool) -> None:
    budget = quotas(client=(40, 9, 9), day=(40, 9, 9), month=(400, 9, 9)) | {"client_minutes_per_day": minutes}
    with opened(tmp_path, clock, session_minutes=10, extra_minutes=5, **budget) as services:
        session = running(services)
        clock.forward(8 * 60)
        assert services.budgets.may_extend(session) is allowed
        if allowed:
            services.budgets.extend(session)
            assert services.rooms.ends_at(now(services, session)) is not None
            return
        with pytest.raises(BudgetSpentError, match="for today"):
            services.budgets.extend(session)
        assert now(services, session).extra == timedelta()


def test_where_no_more_time_is_set_none_is_offered(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, session_minutes=10, extra_minutes=0) as services:
        session = running(services)
        clock.forward(9 * 60)
        assert not services.budgets.may_extend(session)


def test_many_presses_at_once_make_it_longer_once(short: Services, clock: HandClock) -> None:
    session = running(short)
    clock.forward(9 * 60)
    done: list[bool] = []

    def press() -> None:
        try:
            short.budgets.extend(now(short, session))
            done.append(True)
        except InvalidInputError:
            done.append(False)

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done.count(True) == 1
    assert now(short, session).extra == FIVE
    # The call under way took five minutes more of the budget, not forty.
    assert short.budgets.allowance(session.client_id).least(Kind.MINUTES)[1] == 25
