"""Whatever two clients do, and in whatever order, nobody gets more than there is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.budget.budgets import GRANT_LAPSES
from coachroom.errors import BudgetSpentError
from coachroom.rooms.states import Session
from tests.budget.test_budgets import quotas, report
from tests.services import ANA, BEN, HandClock, enter, opened

CLIENT, DAY, MONTH = (20, 3, 4), (30, 5, 6), (60, 9, 10)
ROUNDING = timedelta(milliseconds=1)
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 61, 300, 1_000, 4 * 3600, 20 * 3600])),
    st.tuples(
        st.sampled_from(["address", "start", "connect", "fail", "hang_up", "reload"]), st.sampled_from([ANA, BEN])
    ),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, HandClock]]:
    """Services whose clock only goes forward: each example begins in a month of its own."""
    clock = HandClock(datetime(2026, 1, 31, 12))
    given_quotas = quotas(client=CLIENT, day=DAY, month=MONTH)
    folder = tmp_path_factory.mktemp("interleavings")
    with opened(folder, clock, reporting_timezone="Europe/Berlin", session_minutes=15, **given_quotas) as services:
        yield services, clock


@dataclass
class Call:
    """A call as it really was, with the day on which it was let start."""

    client: str
    session: str
    day: date
    granted_at: datetime
    id: str | None = None
    began: datetime | None = None
    ended: datetime | None = None

    def lasted(self, now: datetime) -> timedelta:
        return (self.ended or now) - self.began if self.began else timedelta()


@dataclass
class Model:
    """What the clients really had. Their pages are honest, but may fall silent."""

    services: Services
    clock: HandClock
    calls: list[Call] = field(default_factory=list)
    addresses: list[tuple[str, date]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def wait(self, seconds: int) -> None:
        """Time goes by; a session that is over ends its calls, as the reaper has it, at the very moment."""
        until = self.clock.now + timedelta(seconds=seconds)
        while self.clock.now < until:
            ends = [end for session in self._open() if (end := self.services.rooms.ends_at(session))]
            waiting = [session.start_time + self.services.rooms.limits.session for session in self._open()]
            self.clock.now = min([until, *ends, *waiting])
            for session_id, cause in self.services.rooms.overdue():
                self.services.sessions.end(session_id, cause)
                self._end_calls(session_id)

    def address(self, client: str) -> None:
        session = enter(self.services, client)
        day = self.services.budgets.today().calendar_date
        self.services.budgets.hand_out_address(session, lambda: "wss://127.0.0.1")
        self.addresses.append((client, day))

    def start(self, client: str) -> None:
        session = self._current(client)
        self.services.budgets.start_call(session)
        # A page that starts another call has no call any more.
        if not [call for call in self._of(session.id) if call.granted_at == self.clock.now and call.began]:
            self._end_calls(session.id)
        today = self.services.budgets.today().calendar_date
        self.calls.append(Call(client, session.id, today, self.clock.now))

    def reload(self, client: str) -> None:
        """The page is gone without a word, and a new one starts a call."""
        self._end_calls(self._current(client).id)
        self.start(client)

    def connect(self, client: str) -> None:
        session = self._current(client)
        waiting = [call for call in self._of(session.id) if call.id is None]
        if waiting and self.clock.now - waiting[-1].granted_at < GRANT_LAPSES:
            call = waiting[-1]
            call.id, call.began = f"conv_{next(self.numbers)}_{self.clock.now:%y%m}", self.clock.now
            report(self.services, session, "connected", call.id)

    def fail(self, client: str) -> None:
        session = self._current(client)
        waiting = [call for call in self._of(session.id) if call.id is None]
        if waiting:
            self.calls.remove(waiting[-1])
            report(self.services, session, "failed", None)

    def hang_up(self, client: str) -> None:
        session = self._current(client)
        for call in self._of(session.id):
            if call.began and not call.ended:
                call.ended = self.clock.now
                report(self.services, session, "disconnected", call.id)

    def check(self) -> None:
        """Nobody had more than their budget."""
        had = [call for call in self.calls if call.began]
        for day in {call.day for call in had} | {day for _, day in self.addresses}:
            for client in (ANA, BEN):
                self._within(CLIENT, [c for c in had if (c.day, c.client) == (day, client)], [(client, day)])
            self._within(DAY, [c for c in had if c.day == day], [(ANA, day), (BEN, day)])
        for month in {day.replace(day=1) for day in [call.day for call in had] + [day for _, day in self.addresses]}:
            of_month = [each for each in self.addresses if each[1].replace(day=1) == month]
            self._within(MONTH, [c for c in had if c.day.replace(day=1) == month], of_month)

    def _within(self, quota: tuple[int, int, int], calls: list[Call], addresses: list[tuple[str, date]]) -> None:
        minutes, most_calls, most_addresses = quota
        assert (
            sum((call.lasted(self.clock.now) for call in calls), timedelta()) <= timedelta(minutes=minutes) + ROUNDING
        )
        assert len(calls) <= most_calls
        assert sum(each in addresses for each in self.addresses) <= most_addresses

    def _current(self, client: str) -> Session:
        session = enter(self.services, client)
        return self.services.rooms.session(session.id) or session

    def _open(self) -> list[Session]:
        found = [self.services.rooms.session(session_id) for session_id in {call.session for call in self.calls}]
        return [session for session in found if session and not session.status.over]

    def _of(self, session_id: str) -> list[Call]:
        return [call for call in self.calls if call.session == session_id]

    def _end_calls(self, session_id: str) -> None:
        for call in self._of(session_id):
            if call.began and not call.ended:
                call.ended = self.clock.now


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(STEPS, max_size=40))
def test_nobody_gets_more_than_there_is(
    running: tuple[Services, HandClock], steps: list[tuple[str, int | str]]
) -> None:
    services, clock = running
    for client in (ANA, BEN):
        services.sessions.end(enter(services, client).id, "client")
    clock.now = datetime(clock.now.year + clock.now.month // 12, clock.now.month % 12 + 1, 27, 21)
    model = Model(services, clock)
    for step, given_to in steps:
        with suppress(BudgetSpentError):
            getattr(model, step)(given_to)
        model.check()
