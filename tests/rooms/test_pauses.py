"""A pause: the clock and the bill stop, nobody counts as absent, and a room waits for its client for so long."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.metrics.facts import compute_facts
from coachroom.rooms.states import EndReason, PauseCause, Session, SessionStatus
from tests.services import CALL, NOON, HandClock, delivery, enter, opened, status, store_of

MINUTE = 60


class Page:
    """What a room page reports, each event once and with its number."""

    def __init__(self, services: Services, clock: HandClock) -> None:
        self.services, self.clock, self.n = services, clock, 0
        self.session = enter(services)
        self.sent: list[dict] = []

    def report(self, state: str, call: str | None = CALL, **more: object) -> Session:
        self.n += 1
        self.sent.append(status(self.n, state, self.clock.now, call, **more))
        return self.send(self.sent[-1])

    def send(self, event: dict) -> Session:
        receipt = self.services.intake.receive(self.session.id, delivery(event, sent_at=self.clock.now))
        return receipt.session

    def talk(self, call: str = CALL) -> Session:
        self.services.budgets.start_call(self.now)
        return self.report("connected", call)

    def pause(self, call: str = CALL, cause: PauseCause = PauseCause.PAUSED) -> Session:
        return self.report("disconnected", call, reason=cause.value)

    @property
    def now(self) -> Session:
        found = self.services.rooms.session(self.session.id)
        assert found is not None
        return found


@pytest.fixture
def page(services: Services, clock: HandClock) -> Page:
    return Page(services, clock)


def facts(services: Services, session: Session) -> dict[str, object]:
    """Of a session that is over: seconds of talk, pauses, those by the system, seconds paused."""
    names = "SELECT duration_seconds, pauses, interruptions, paused_seconds FROM session_facts WHERE session_id = $1"
    services.facts.make_due()
    assert compute_facts(store_of(services), [session.id])
    (row,) = store_of(services).execute(names, [session.id])
    return dict(zip(("talk", "pauses", "interruptions", "paused"), row, strict=True))


def test_in_a_pause_the_time_of_the_session_stands_still(services: Services, clock: HandClock, page: Page) -> None:
    limit = services.rooms.limits.session
    page.talk()
    ends_at = services.rooms.ends_at(page.now)
    assert ends_at is not None
    clock.forward(10 * MINUTE)
    paused = page.pause()
    assert services.rooms.ends_at(paused) is None
    assert services.rooms.paused_until(paused) == clock.now + timedelta(minutes=30)
    clock.forward(25 * MINUTE)
    assert services.rooms.time_left(paused, clock.now) == limit - timedelta(minutes=10)
    assert services.rooms.overdue() == []
    back = page.talk("conv_2")
    assert services.rooms.paused_until(back) is None
    assert services.rooms.ends_at(back) == ends_at + timedelta(minutes=25)
    clock.forward(20 * MINUTE)
    assert services.rooms.overdue() == [(page.session.id, EndReason.TIME_LIMIT)]


def test_paused_time_is_no_duration_but_a_fact_of_its_own(services: Services, clock: HandClock, page: Page) -> None:
    page.talk()
    clock.forward(5 * MINUTE)
    page.pause()
    clock.forward(10 * MINUTE)
    page.talk("conv_2")
    clock.forward(2 * MINUTE)
    page.pause("conv_2", PauseCause.INTERRUPTED)
    clock.forward(3 * MINUTE)
    services.sessions.end(page.session.id, EndReason.CLIENT)
    ended = page.now
    assert (ended.status, ended.end_reason) == (SessionStatus.COMPLETED, EndReason.CLIENT)
    assert ended.end_time == NOON + timedelta(minutes=20)
    assert facts(services, ended) == {"talk": 420, "pauses": 2, "interruptions": 1, "paused": 780}


def test_who_does_not_come_back_from_a_pause_has_left_where_it_began(
    services: Services, clock: HandClock, page: Page
) -> None:
    page.talk()
    clock.forward(4 * MINUTE)
    page.pause()
    clock.forward(30 * MINUTE - 1)
    assert services.rooms.overdue() == []
    clock.forward(1)
    assert services.rooms.overdue() == [(page.session.id, EndReason.PAUSE_OVER)]
    services.sessions.end(page.session.id, EndReason.PAUSE_OVER)
    ended = page.now
    assert (ended.status, ended.end_reason) == (SessionStatus.ABANDONED, EndReason.PAUSE_OVER)
    assert ended.end_time == NOON + timedelta(minutes=4)
    assert facts(services, ended) == {"talk": 240, "pauses": 1, "interruptions": 0, "paused": 0}


def test_the_same_report_twice_is_one_pause(services: Services, clock: HandClock, page: Page) -> None:
    page.talk()
    clock.forward(MINUTE)
    page.pause()
    began, paused = page.sent
    clock.forward(MINUTE)
    page.send(paused | {"at": "2026-05-01T12:01:00"})
    assert page.send(began).paused_at == NOON + timedelta(minutes=1)
    page.talk("conv_2")
    clock.forward(MINUTE)
    assert page.send(paused).paused_at is None
    assert page.now.paused == timedelta(minutes=1)


def test_a_session_that_has_not_begun_cannot_be_paused(services: Services, page: Page) -> None:
    assert page.report("disconnected", None, reason="paused").paused_at is None
    assert services.rooms.paused_until(page.now) is None


def test_a_pause_takes_up_nothing_of_the_budget(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, client_minutes_per_day=40) as services:
        page = Page(services, clock)
        page.talk()
        clock.forward(10 * MINUTE)
        page.pause()
        assert services.budgets.community_use().today.minutes == 10
        clock.forward(20 * MINUTE)
        assert services.budgets.community_use().today.minutes == 10
        grant, _ = services.budgets.start_call(page.now)
        assert grant.longest == timedelta(minutes=20)


@pytest.fixture
def alive() -> set[str]:
    return {"tab-1"}


def test_who_pauses_may_be_away_and_has_the_grace_period_afterwards(
    services: Services, clock: HandClock, page: Page, alive: set[str]
) -> None:
    reaper = services.sessions.reaper(alive.__contains__, lambda session, tab: None)

    def pass_time(seconds: float) -> None:
        for _ in range(round(seconds)):
            clock.forward(1)
            reaper.look()

    page.talk()
    pass_time(10)
    page.pause()
    alive.clear()
    pass_time(20 * MINUTE)
    assert page.now.status is SessionStatus.ACTIVE
    page.talk("conv_2")
    reaper.look()
    assert page.now.status is SessionStatus.ACTIVE
    pass_time(2 * MINUTE)
    assert (page.now.status, page.now.end_reason) == (SessionStatus.ABANDONED, EndReason.LEFT)


def test_a_pause_outlasts_a_restart(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock) as services:
        page = Page(services, clock)
        page.talk()
        clock.forward(MINUTE)
        page.pause()
    clock.forward(10 * MINUTE)
    with opened(tmp_path, clock) as services:
        found = services.rooms.session(page.session.id)
        assert found is not None
        assert found.status is SessionStatus.ACTIVE
        assert found.paused_at == NOON + timedelta(minutes=1)
        room: datetime | None = services.rooms.paused_until(found)
        assert room == NOON + timedelta(minutes=31)
