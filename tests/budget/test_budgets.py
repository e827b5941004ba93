"""The budget as it is spent: by calls that begin, wait, break and end, by several tabs at once, day after day."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.budget.amounts import Kind, Period
from coachroom.errors import AgentUnavailableError, BudgetSpentError
from coachroom.rooms.states import EndReason, Session
from tests.services import ANA, BEN, HandClock, delivery, enter, opened, status, store_of

ADDRESS = "wss://127.0.0.1/call"


@pytest.fixture
def budgeted(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    """A client has 40 minutes, 4 calls and 3 addresses a day; the community a little more, and twice that a month."""
    with opened(tmp_path, clock, **quotas(client=(40, 4, 3), day=(50, 6, 5), month=(100, 12, 10))) as services:
        yield services


def quotas(**by_period: tuple[int, int, int]) -> dict[str, int]:
    names = {"client": "client_{}_per_day", "day": "community_{}_per_day", "month": "community_{}_per_month"}
    kinds = ("minutes", "calls", "addresses")
    return {
        names[period].format(kind): quota
        for period, given in by_period.items()
        for kind, quota in zip(kinds, given, strict=True)
    }


def address(services: Services, session: Session) -> str:
    return services.budgets.hand_out_address(session, lambda: ADDRESS)


def begin(services: Services, session: Session, call: str) -> timedelta:
    """A call starts and connects; returns how long it may last."""
    grant, _ = services.budgets.start_call(services.rooms.session(session.id) or session)
    report(services, session, "connected", call)
    return grant.longest


def report(services: Services, session: Session, state: str, call: str | None) -> None:
    now = services.clock()
    event = status(1, state, at=now, call=call)
    epoch = f"{call}-{state}-{now:%H-%M-%S}"
    services.intake.receive(session.id, delivery(event, epoch=epoch, sent_at=now))


def left(services: Services, kind: Kind, client: str = ANA) -> tuple[Period, float]:
    return services.budgets.allowance(client).least(kind)


def refused(work: Callable[[], Any]) -> BudgetSpentError:
    with pytest.raises(BudgetSpentError) as caught:
        work()
    return caught.value


# -- addresses ---------------------------------------------------------------------------------------


def test_a_client_gets_the_addresses_of_a_day_and_no_more(budgeted: Services) -> None:
    session = enter(budgeted)
    assert [address(budgeted, session) for _ in range(3)] == [ADDRESS] * 3
    assert str(refused(lambda: address(budgeted, session))) == (
        "You have used your time with the coach for today. The next day starts at midnight (UTC)."
    )


def test_the_community_gets_the_addresses_of_a_day_and_no_more(budgeted: Services) -> None:
    ana, ben = enter(budgeted), enter(budgeted, BEN, "tab-2")
    for session in (ana, ana, ana, ben, ben):
        address(budgeted, session)
    error = refused(lambda: address(budgeted, ben))
    assert str(error).startswith("Your community has used its time with the coach for today.")
    assert budgeted.budgets.refused == {
        Period.CLIENT_DAY: 0,
        Period.COMMUNITY_DAY: 1,
        Period.COMMUNITY_MONTH: 0,
    }


def test_an_address_that_nobody_connects_at_costs_no_call(budgeted: Services) -> None:
    address(budgeted, enter(budgeted))
    assert left(budgeted, Kind.ADDRESSES) == (Period.CLIENT_DAY, 2)
    assert left(budgeted, Kind.CALLS) == (Period.CLIENT_DAY, 4)
    assert left(budgeted, Kind.MINUTES) == (Period.CLIENT_DAY, 40)


def test_an_address_that_the_provider_refuses_is_not_counted(budgeted: Services) -> None:
    session = enter(budgeted)

    def refuse() -> str:
        raise AgentUnavailableError("Not now.", cause="busy", retry_after=5)

    for _ in range(5):
        with pytest.raises(AgentUnavailableError):
            budgeted.budgets.hand_out_address(session, refuse)
    assert left(budgeted, Kind.ADDRESSES) == (Period.CLIENT_DAY, 3)


def test_no_address_is_handed_out_where_no_call_could_begin_at_it(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    for call in ("conv_1", "conv_2", "conv_3", "conv_4"):
        begin(budgeted, session, call)
        clock.forward(1)
        report(budgeted, session, "disconnected", call)
    refused(lambda: address(budgeted, session))
    assert left(budgeted, Kind.ADDRESSES) == (Period.CLIENT_DAY, 3)


def test_a_restart_resets_nothing(tmp_path: Path, clock: HandClock) -> None:
    given = quotas(client=(40, 4, 3), day=(50, 6, 5), month=(100, 12, 10))
    for spent in range(3):
        with opened(tmp_path, clock, **given) as services:
            assert left(services, Kind.ADDRESSES) == (Period.CLIENT_DAY, 3 - spent)
            session = enter(services)
            address(services, session)
            begin(services, session, f"conv_{spent}")
    with opened(tmp_path, clock, **given) as services:
        refused(lambda: address(services, enter(services)))
        assert left(services, Kind.CALLS) == (Period.CLIENT_DAY, 1)


# -- calls and minutes -------------------------------------------------------------------------------


def test_a_call_counts_with_all_it_may_take_and_after_its_end_with_what_it_took(
    budgeted: Services, clock: HandClock
) -> None:
    session = enter(budgeted)
    assert begin(budgeted, session, "conv_1") == timedelta(minutes=30)
    assert left(budgeted, Kind.MINUTES) == (Period.CLIENT_DAY, 10)
    clock.forward(90)
    report(budgeted, session, "disconnected", "conv_1")
    assert left(budgeted, Kind.MINUTES) == (Period.CLIENT_DAY, 38.5)


def test_a_call_whose_end_nobody_reports_ends_with_its_session(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    begin(budgeted, session, "conv_1")
    clock.forward(120)
    budgeted.sessions.end(session.id, EndReason.CLIENT)
    assert left(budgeted, Kind.MINUTES) == (Period.CLIENT_DAY, 38)


def test_a_report_long_after_the_end_takes_no_more_than_was_granted(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    begin(budgeted, session, "conv_1")
    clock.forward(5 * 3600)
    report(budgeted, session, "disconnected", "conv_1")
    assert left(budgeted, Kind.MINUTES) == (Period.CLIENT_DAY, 10)


def test_a_reload_takes_over_what_the_call_before_was_granted(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    begin(budgeted, session, "conv_1")
    clock.forward(600)
    assert begin(budgeted, session, "conv_2") == timedelta(minutes=20)
    assert left(budgeted, Kind.MINUTES) == (Period.CLIENT_DAY, 10)


def test_the_last_minutes_of_a_day_make_the_session_shorter(budgeted: Services, clock: HandClock) -> None:
    first = enter(budgeted)
    begin(budgeted, first, "conv_1")
    clock.forward(1800)
    budgeted.sessions.end(first.id, EndReason.TIME_LIMIT)

    second = enter(budgeted)
    grant, renewed_at = budgeted.budgets.start_call(second)
    assert (grant.longest, grant.limited_by) == (timedelta(minutes=10), Period.CLIENT_DAY)
    assert renewed_at == datetime(2026, 5, 2)
    clock.forward(5)
    report(budgeted, second, "connected", "conv_2")
    session = budgeted.rooms.session(second.id)
    assert session is not None
    assert budgeted.rooms.ends_at(session) == clock.now + timedelta(minutes=10)
    clock.forward(599)
    assert budgeted.rooms.overdue() == []
    clock.forward(1)
    assert budgeted.rooms.overdue() == [(second.id, EndReason.BUDGET)]


def test_after_such_a_call_the_session_has_its_own_end_again(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    begin(budgeted, session, "conv_1")
    clock.forward(60)
    report(budgeted, session, "disconnected", "conv_1")
    again = budgeted.rooms.session(session.id)
    assert again is not None
    assert again.call_ends_at is None
    assert budgeted.rooms.ends_at(again) == again.start_time + timedelta(minutes=30)


def test_less_than_a_minute_is_nothing(budgeted: Services, clock: HandClock) -> None:
    for call, minutes in (("conv_1", 29), ("conv_2", 10.5)):
        session = enter(budgeted)
        begin(budgeted, session, call)
        clock.forward(minutes * 60)
        budgeted.sessions.end(session.id, EndReason.CLIENT)
    session = enter(budgeted)
    assert "for today" in str(refused(lambda: budgeted.budgets.start_call(session)))


def test_a_call_that_failed_costs_nothing(budgeted: Services) -> None:
    session = enter(budgeted)
    for _ in range(6):
        budgeted.budgets.start_call(session)
        report(budgeted, session, "failed", None)
    assert left(budgeted, Kind.CALLS) == (Period.CLIENT_DAY, 4)


def test_a_failure_that_is_reported_twice_gives_up_no_later_start(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    budgeted.budgets.start_call(session)
    failure = status(1, "failed", at=clock.now, call=None)
    budgeted.intake.receive(session.id, delivery(failure, sent_at=clock.now))
    clock.forward(2)
    budgeted.budgets.start_call(session)
    budgeted.intake.receive(session.id, delivery(failure, sent_at=clock.now))
    assert left(budgeted, Kind.CALLS) == (Period.CLIENT_DAY, 3)


def test_a_start_of_which_nothing_is_heard_lapses(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    for _ in range(4):
        budgeted.budgets.start_call(session) if left(budgeted, Kind.MINUTES)[1] else None
        clock.forward(61)
    assert left(budgeted, Kind.CALLS) == (Period.CLIENT_DAY, 4)
    clock.forward(3600)
    budgeted.budgets.start_call(session)
    assert store_of(budgeted).execute("SELECT count(*) FROM call_grants") == [(1,)]


def test_the_wait_in_the_queue_costs_no_minutes(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    begin(budgeted, session, "conv_1")
    report(budgeted, session, "queued", "conv_1")
    clock.forward(600)
    report(budgeted, session, "connected", "conv_1")
    clock.forward(60)
    report(budgeted, session, "disconnected", "conv_1")
    assert left(budgeted, Kind.MINUTES) == (Period.CLIENT_DAY, 39)


def test_a_call_that_only_waited_costs_no_minutes(budgeted: Services, clock: HandClock) -> None:
    session = enter(budgeted)
    begin(budgeted, session, "conv_1")
    report(budgeted, session, "queued", "conv_1")
    clock.forward(600)
    report(budgeted, session, "disconnected", "conv_1")
    assert left(budgeted, Kind.MINUTES) == (Period.CLIENT_DAY, 40)


def test_a_call_that_was_never_granted_costs_the_others_nothing(budgeted: Services) -> None:
    session = enter(budgeted)
    for each in range(20):
        report(budgeted, session, "connected", f"conv_{each}")
    assert left(budgeted, Kind.CALLS, BEN) == (Period.CLIENT_DAY, 4)
    assert budgeted.budgets.allowance(BEN).left[Period.COMMUNITY_DAY].calls == 6


# -- days --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("UTC", "2026-05-01T23:59", "2026-05-02T00:00"),
        ("Europe/Berlin", "2026-03-29T21:59", "2026-03-29T22:00"),
        ("Europe/Berlin", "2026-10-25T22:59", "2026-10-25T23:00"),
        ("America/Los_Angeles", "2026-11-02T07:59", "2026-11-02T08:00"),
    ],
)
def test_the_next_day_starts_at_midnight_of_the_community(tmp_path: Path, zone: str, before: str, after: str) -> None:
    clock = HandClock(datetime.fromisoformat(before))
    given = quotas(client=(40, 1, 1), day=(50, 6, 5), month=(100, 12, 10))
    with opened(tmp_path, clock, reporting_timezone=zone, **given) as services:
        session = enter(services)
        address(services, session)
        begin(services, session, "conv_1")
        refused(lambda: address(services, session))
        assert services.budgets.today().ends_at == datetime.fromisoformat(after)
        clock.now = datetime.fromisoformat(after)
        address(services, session)
        # A call that began yesterday counts for yesterday.
        assert left(services, Kind.MINUTES) == (Period.CLIENT_DAY, 40)
        assert services.budgets.allowance(ANA).left[Period.COMMUNITY_MONTH].minutes == 70


def test_a_month_is_more_than_its_days(budgeted: Services, clock: HandClock) -> None:
    for _ in range(2):
        for client in (ANA, BEN):
            session = enter(budgeted, client)
            address(budgeted, session)
            address(budgeted, session)
            address(budgeted, session) if client == ANA else None
        clock.forward(24 * 3600)
    error = refused(lambda: address(budgeted, enter(budgeted)))
    assert str(error) == (
        "Your community has used its time with the coach for this month. "
        "The next month starts on 1 June at midnight (UTC)."
    )
    clock.now = datetime(2026, 6, 1)
    address(budgeted, enter(budgeted))


def test_what_is_unlimited_is_never_spent(tmp_path: Path, clock: HandClock) -> None:
    unlimited = dict.fromkeys(quotas(client=(1, 1, 1), day=(1, 1, 1), month=(1, 1, 1)), "unlimited")
    with opened(tmp_path, clock, **unlimited) as services:
        session = enter(services)
        assert {address(services, session) for _ in range(200)} == {ADDRESS}
        assert begin(services, session, "conv_1") == services.rooms.limits.session


# -- at once -----------------------------------------------------------------------------------------


def test_many_tabs_at_once_get_no_more_addresses_than_there_are(budgeted: Services) -> None:
    sessions = [enter(budgeted, client, f"tab of {client}") for client in (ANA, BEN)]
    assert got_at_once(lambda turn: address(budgeted, sessions[turn % 2]), 40) == 5


def test_many_tabs_at_once_start_no_more_calls_than_there_are(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, **quotas(client=(240, 4, 9), day=(400, 6, 9), month=(400, 12, 9))) as services:
        sessions = [enter(services, client, f"tab of {client}") for client in (ANA, BEN)]
        assert got_at_once(lambda turn: services.budgets.start_call(sessions[turn % 2]), 40) == 6


def test_two_tabs_at_once_do_not_both_get_the_last_minutes(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, **quotas(client=(10, 4, 9), day=(10, 6, 9), month=(10, 12, 9))) as services:
        session = enter(services)
        assert got_at_once(lambda _: services.budgets.start_call(session), 20) == 1


def got_at_once(ask: Callable[[int], object], times: int) -> int:
    """How many of so many threads that ask at once got what they asked for."""
    ready, got = threading.Barrier(times), []

    def work(turn: int) -> None:
        ready.wait()
        try:
            got.append(ask(turn))
        except BudgetSpentError:
            return

    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(got)


def test_how_long_a_line_takes_to_be_free_is_told_by_calls_of_late(services: Services, clock: HandClock) -> None:
    assert services.budgets.wait_for_line() is None
    for minutes in (10, 20, 12):
        session = enter(services)
        begin(services, session, f"conv_{minutes}")
        clock.forward(minutes * 60)
        report(services, session, "disconnected", f"conv_{minutes}")
        services.sessions.end(session.id, EndReason.CLIENT)
    assert services.budgets.wait_for_line() is None
    begin(services, enter(services), "conv_now")
    clock.forward(9 * 60)
    assert services.budgets.wait_for_line() == 3
    clock.forward(9 * 60)
    assert services.budgets.wait_for_line() == 1
