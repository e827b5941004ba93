"""Who left, whose time is up: rounds of the reaper under a clock set by hand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.errors import StatementError
from coachroom.rooms.reaper import Reaper
from coachroom.rooms.states import EndReason, Session
from tests.services import ANA, BEN, NOON, HandClock, delivery, enter, opened, status, store_of


class Tabs:
    """The browser tabs whose socket is alive, and what the reaper said about them."""

    def __init__(self, services: Services) -> None:
        self.alive: set[str] = {"tab-1"}
        self.ended: list[tuple[str, str | None]] = []
        self.lost: list[str | None] = []
        self.reaper: Reaper = services.sessions.reaper(self.alive.__contains__, self._on_end, self.lost.append)

    def _on_end(self, session: Session, tab: str | None) -> None:
        self.ended.append((session.id, tab))


@pytest.fixture
def tabs(services: Services) -> Tabs:
    return Tabs(services)


def talk(services: Services) -> Session:
    """Ana is in a session with the coach since noon."""
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    return session


def kept(services: Services, session: Session) -> tuple[str, str | None, float | None]:
    """Status, reason and length in seconds, as they are on disk."""
    now = services.rooms.session(session.id)
    assert now is not None
    return (
        now.status.value,
        now.end_reason,
        (now.end_time - NOON).total_seconds() if now.end_time else None,
    )


def pass_time(tabs: Tabs, clock: HandClock, seconds: float, step: float = 0.5) -> None:
    end = clock.now + timedelta(seconds=seconds)
    while clock.now < end:
        clock.forward(step)
        tabs.reaper.look()


def test_a_client_who_is_present_stays(services: Services, clock: HandClock, tabs: Tabs) -> None:
    session = talk(services)
    pass_time(tabs, clock, 600, step=5)
    assert kept(services, session) == ("active", None, None)
    assert tabs.ended == []


def test_presence_is_on_record_every_few_seconds(services: Services, clock: HandClock, tabs: Tabs) -> None:
    session = talk(services)
    for _ in range(100):
        clock.forward(0.5)
        tabs.reaper.look()
        now = services.rooms.session(session.id)
        assert now is not None
        assert clock.now - now.last_seen_at <= timedelta(seconds=5)


def test_a_reload_within_the_grace_period_keeps_the_session(services: Services, clock: HandClock, tabs: Tabs) -> None:
    session = talk(services)
    pass_time(tabs, clock, 10)
    tabs.alive.clear()
    pass_time(tabs, clock, 59)
    again, other = services.sessions.enter(session.room_id, ANA, "tab-after-reload")
    assert again.id == session.id
    assert other == "tab-1"
    tabs.alive.add("tab-after-reload")
    pass_time(tabs, clock, 120)
    assert kept(services, session) == ("active", None, None)


def test_who_vanished_has_abandoned_the_session_when_last_seen(
    services: Services, clock: HandClock, tabs: Tabs
) -> None:
    session = talk(services)
    pass_time(tabs, clock, 42.5)
    tabs.alive.clear()
    pass_time(tabs, clock, 60)
    assert tabs.ended == []
    pass_time(tabs, clock, 1)
    assert kept(services, session) == ("abandoned", "left", 42.5)
    assert tabs.ended == [(session.id, "tab-1")]
    pass_time(tabs, clock, 120)
    assert len(tabs.ended) == 1


def test_a_short_grace_period_does_not_move_the_time_a_client_was_last_seen(tmp_path: Path, clock: HandClock) -> None:
    with opened(tmp_path, clock, grace_seconds=1) as services:
        tabs = Tabs(services)
        session = talk(services)
        pass_time(tabs, clock, 12.5)
        tabs.alive.clear()
        pass_time(tabs, clock, 2)
        assert kept(services, session) == ("abandoned", "left", 12.5)


def test_a_client_who_leaves_after_the_coachs_goodbye_has_completed_the_session(
    services: Services, clock: HandClock, tabs: Tabs
) -> None:
    session = talk(services)
    pass_time(tabs, clock, 20)
    services.intake.receive(
        session.id, delivery(status(2, "disconnected", clock.now, reason="agent"), sent_at=clock.now)
    )
    pass_time(tabs, clock, 4)
    tabs.alive.clear()
    pass_time(tabs, clock, 62)
    assert kept(services, session) == ("completed", "agent", 24.0)


def test_who_called_again_after_the_goodbye_and_then_vanished_has_not(
    services: Services, clock: HandClock, tabs: Tabs
) -> None:
    session = talk(services)
    clock.forward(10)
    services.intake.receive(
        session.id,
        delivery(
            status(2, "disconnected", clock.now - timedelta(seconds=5), reason="agent"),
            status(3, "connected", clock.now, "conv_0002"),
            sent_at=clock.now,
        ),
    )
    pass_time(tabs, clock, 10)
    tabs.alive.clear()
    pass_time(tabs, clock, 62)
    assert kept(services, session) == ("abandoned", "left", 20.0)


def test_leaving_for_another_page_ends_the_session_after_the_grace_period(
    services: Services, clock: HandClock, tabs: Tabs
) -> None:
    session = talk(services)
    pass_time(tabs, clock, 10)
    services.presence.leave("tab-1", clock.now)
    pass_time(tabs, clock, 61)
    assert kept(services, session) == ("abandoned", "left", 10.0)
    assert tabs.ended == [(session.id, None)]


def test_time_is_up_for_somebody_who_is_still_there(services: Services, clock: HandClock, tabs: Tabs) -> None:
    session = talk(services)
    pass_time(tabs, clock, 30 * 60 - 5, step=5)
    assert tabs.ended == []
    pass_time(tabs, clock, 5, step=1)
    assert kept(services, session) == ("completed", "time_limit", 1800.0)
    assert tabs.ended == [(session.id, "tab-1")]


def test_the_end_asks_for_the_transcript(services: Services, clock: HandClock, tabs: Tabs) -> None:
    talk(services)
    tabs.alive.clear()
    pass_time(tabs, clock, 62)
    assert store_of(services).execute("SELECT record FROM agent_conversations") == [("pending",)]


def test_each_room_is_its_own(services: Services, clock: HandClock, tabs: Tabs) -> None:
    ana = talk(services)
    ben = enter(services, BEN, "tab-of-ben")
    pass_time(tabs, clock, 62)
    assert kept(services, ana)[0] == "active"
    assert kept(services, ben) == ("abandoned", "left", 0.0)


def test_rooms_that_nobody_entered_are_closed_every_minute(services: Services, clock: HandClock, tabs: Tabs) -> None:
    tabs.reaper.look()
    services.rooms.create(ANA)
    clock.forward(24 * 3600)
    tabs.reaper.look()
    assert store_of(services).execute("SELECT status FROM rooms") == [("closed",)]


def test_a_round_that_fails_is_made_up_for_by_the_next(services: Services, clock: HandClock, tabs: Tabs) -> None:
    session = talk(services)
    pass_time(tabs, clock, 10)
    tabs.alive.clear()
    pass_time(tabs, clock, 60)
    store_of(services).execute("ALTER TABLE rooms RENAME TO rooms_away")
    with pytest.raises(StatementError):
        pass_time(tabs, clock, 1)
    assert services.presence.holder(session.id) == "tab-1"
    store_of(services).execute("ALTER TABLE rooms_away RENAME TO rooms")
    pass_time(tabs, clock, 1)
    assert kept(services, session) == ("abandoned", "left", 10.0)
    assert tabs.ended == [(session.id, "tab-1")]


def test_a_session_that_ended_otherwise_leaves_no_seat_behind(
    services: Services, clock: HandClock, tabs: Tabs
) -> None:
    session = talk(services)
    services.rooms.end(session.id, EndReason.CLIENT)
    tabs.alive.clear()
    pass_time(tabs, clock, 62)
    assert services.presence.holder(session.id) is None
    assert tabs.ended == []


def talk_until_the_server_stops(folder: Path, clock: HandClock) -> Session:
    """After half a minute."""
    with opened(folder, clock) as services:
        session = talk(services)
        pass_time(Tabs(services), clock, 30)
        return session


def test_a_restart_ends_no_session_whose_client_comes_back(tmp_path: Path, clock: HandClock) -> None:
    session = talk_until_the_server_stops(tmp_path, clock)
    clock.forward(20)
    with opened(tmp_path, clock) as services:
        tabs = Tabs(services)
        tabs.alive.add("tab-2")
        pass_time(tabs, clock, 50)
        assert kept(services, session) == ("active", None, None)
        back, _ = services.sessions.enter(session.room_id, ANA, "tab-2")
        assert back.id == session.id
        pass_time(tabs, clock, 100)
        assert kept(services, session) == ("active", None, None)


def test_who_does_not_come_back_after_a_restart_was_last_seen_before_it(tmp_path: Path, clock: HandClock) -> None:
    session = talk_until_the_server_stops(tmp_path, clock)
    clock.forward(20)
    with opened(tmp_path, clock) as services:
        tabs = Tabs(services)
        pass_time(tabs, clock, 60)
        assert kept(services, session) == ("active", None, None)
        pass_time(tabs, clock, 1)
        assert kept(services, session) == ("abandoned", "left", 25.5)


def test_a_start_ends_what_nobody_saw_for_longer_than_the_grace_period(tmp_path: Path, clock: HandClock) -> None:
    session = talk_until_the_server_stops(tmp_path, clock)
    clock.forward(71)
    with opened(tmp_path, clock) as services:
        assert kept(services, session) == ("abandoned", "server_stopped", 25.5)


def test_the_session_of_a_member_who_is_removed_ends_in_the_next_round(
    services: Services, clock: HandClock, tabs: Tabs
) -> None:
    session, other = talk(services), enter(services, BEN, "tab-2")
    tabs.alive.add("tab-2")
    clock.forward(60)
    store_of(services).execute("UPDATE members SET status = 'removed' WHERE client_id = $1", [ANA])
    tabs.reaper.look()
    assert tabs.ended == [(session.id, "tab-1")]
    assert kept(services, session) == ("completed", EndReason.ADMINISTRATOR, 60)
    assert kept(services, other)[0] == "waiting"
