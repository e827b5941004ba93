"""What clients and administrators see of the budget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coachroom.app import current
from coachroom.app.container import Services
from coachroom.people.demo import seed_demo_people
from coachroom.rooms.states import EndReason, Session
from tests.budget.test_budgets import address, begin, quotas
from tests.services import OIDC, HandClock, enter, opened, store_of, writer_of
from tests.ui.pages import ADMIN, ANA, ANALYST, COACH, components, see, titles, words

MID_MAY = datetime(2026, 5, 12, 12)
# Three full days with 30 minutes of calls each, of which one call is Ben's, then today.
FULL_DAYS = 11


@pytest.fixture
def clock() -> HandClock:
    return HandClock(MID_MAY)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    small = quotas(client=(40, 8, 9), day=(60, 20, 30), month=(600, 200, 300))
    with opened(tmp_path, clock, self_view="local", **OIDC, **small) as services:
        seed_demo_people(writer_of(services), clock())
        current.install(services)
        yield services


def talked(services: Services, clock: HandClock, minutes: float, client: str = "demo-ana") -> Session:
    """A session that is over, with one call of so many minutes."""
    session = enter(services, client)
    address(services, session)
    begin(services, session, f"conv_{clock.now:%d%H%M}")
    clock.forward(minutes * 60)
    services.sessions.end(session.id, EndReason.CLIENT)
    return session


def in_lobby(services: Services) -> str:
    app = see(ANA, "Room.py", room=services.rooms.create("demo-ana").id)
    return "\n".join([*titles(app), *components(app), words(app)])


def test_with_enough_left_the_lobby_says_nothing_of_it(services: Services, clock: HandClock) -> None:
    talked(services, clock, 9)
    seen = in_lobby(services)
    assert "lobby" in seen
    assert "left today" not in seen


def test_the_lobby_says_in_time_how_much_is_left_and_when_there_is_more(services: Services, clock: HandClock) -> None:
    talked(services, clock, 29.5)
    seen = in_lobby(services)
    assert "lobby" in seen
    assert "You have 10 minutes with the coach left today. The next day starts at midnight." in seen


def test_the_lobby_says_that_few_calls_are_left(services: Services, clock: HandClock) -> None:
    for _ in range(7):
        talked(services, clock, 1)
    assert "You have 1 more call with the coach left today." in in_lobby(services)


def test_with_nothing_left_the_lobby_says_when_there_is_more_and_who_is_there(
    services: Services, clock: HandClock
) -> None:
    for minutes in (30, 10):
        talked(services, clock, minutes)
    seen = in_lobby(services)
    assert "lobby" not in seen
    assert "The coach is back later" in seen
    assert "You have used your time with the coach for today. The next day starts at midnight." in seen
    assert "write to your human coach, Carla Mendes, on Skool" in seen


def test_a_client_without_a_human_coach_is_told_of_the_community(services: Services, clock: HandClock) -> None:
    store_of(services).execute("UPDATE members SET coach_email = NULL WHERE email = $1", [ANA])
    for minutes in (30, 10):
        talked(services, clock, minutes)
    assert "write to a human coach of your community on Skool" in in_lobby(services)


def test_the_next_day_the_lobby_is_open_again(services: Services, clock: HandClock) -> None:
    for minutes in (30, 10):
        talked(services, clock, minutes)
    clock.now = MID_MAY.replace(day=13, hour=0)
    assert "lobby" in in_lobby(services)


def test_a_session_that_the_budget_ended_says_so(services: Services, clock: HandClock) -> None:
    talked(services, clock, 30)
    session = enter(services, "demo-ana")
    begin(services, session, "conv_last")
    clock.forward(600)
    for session_id, cause in services.rooms.overdue():
        services.sessions.end(session_id, cause)
    app = see(ANA, "Session.py", session=session.id)
    assert "The time with the coach that was left for now was used up." in words(app)


# -- administrators ----------------------------------------------------------------------------------


@pytest.fixture
def some_days(services: Services, clock: HandClock) -> Services:
    """33 minutes of calls over the full days of the month, and 10 today."""
    for day, minutes, client in ((1, 20, "demo-ana"), (5, 8, "demo-ben"), (11, 5, "demo-ana"), (12, 10, "demo-ben")):
        clock.now = MID_MAY.replace(day=day)
        talked(services, clock, minutes, client)
    return services


@pytest.mark.usefixtures("some_days")
def test_the_administrators_home_shows_use_what_is_left_and_a_forecast() -> None:
    seen = words(see(ADMIN))
    # 33 minutes in 11 days are 3 a day: today has 10 already, 19 days are to come.
    assert "**Minutes:** 10 today (50 left), 43 this month (557 left); about 100 by its end" in seen
    assert "**Calls:** 1 today (19 left), 4 this month (196 left); about 9 by its end" in seen
    assert "**Signed addresses:** 1 today (29 left), 4 this month (296 left)" in seen
    assert f"the mean of the month's {FULL_DAYS} full days so far" in seen
    assert "The time with the coach is within the community's budget." in seen


@pytest.mark.usefixtures("some_days")
def test_only_the_administrator_sees_who_used_most() -> None:
    assert "**Most minutes this month:** Ana Silva (25), Ben Okafor (18)" in words(see(ADMIN))
    for email in (COACH, ANALYST, ANA):
        assert "this month" not in words(see(email))


def test_there_is_no_forecast_in_the_first_days_of_a_month(services: Services, clock: HandClock) -> None:
    clock.now = datetime(2026, 5, 3, 12)
    talked(services, clock, 20)
    seen = words(see(ADMIN))
    assert "by its end" not in seen
    assert "A forecast for the month follows when 3 days of it are over." in seen


def test_a_budget_that_is_nearly_used_is_marked(services: Services, clock: HandClock) -> None:
    talked(services, clock, 30)
    talked(services, clock, 18, "demo-ben")
    seen = words(see(ADMIN))
    assert "**Look:** 80\N{NO-BREAK SPACE}% of the community's minutes for today are used." in seen


def test_a_month_that_will_not_suffice_is_marked(services: Services, clock: HandClock) -> None:
    for day in range(1, 12):
        clock.now = MID_MAY.replace(day=day)
        for client in ("demo-ana", "demo-ben"):
            talked(services, clock, 14, client)
    clock.now = MID_MAY.replace(day=12)
    assert "At this pace the community's minutes for this month are used up before it ends." in words(see(ADMIN))


def test_what_is_unlimited_is_shown_without_what_is_left(tmp_path: Path, clock: HandClock) -> None:
    unlimited = dict.fromkeys(quotas(client=(1, 1, 1), day=(1, 1, 1), month=(1, 1, 1)), "unlimited")
    with opened(tmp_path / "unlimited", clock, **OIDC, **unlimited) as services:
        seed_demo_people(writer_of(services), clock() - timedelta(days=1))
        current.install(services)
        talked(services, clock, 20)
        assert "**Minutes:** 20 today, 20 this month; about 20 by its end" in words(see(ADMIN))
