"""Seats of sessions where two replicas share a database, each with its own memory of who is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import NoReturn

import pytest

from coachroom.app.container import Services
from coachroom.app.sessions import Sessions
from coachroom.errors import StatementError
from coachroom.recording.calls import agent_hung_up
from coachroom.rooms.presence import Presence
from coachroom.rooms.reaper import Reaper
from coachroom.rooms.rooms import Rooms
from coachroom.rooms.states import EndReason, SessionStatus
from coachroom.store.replica import News, NewsKind, Replica
from coachroom.store.store import Transaction
from tests.services import ANA, BEN, NOON, HandClock, delivery, status, store_of, writer_of


@dataclass(frozen=True)
class Heard(Replica):
    """A replica whose news are kept here."""

    news: list[News] = field(default_factory=list)

    def tell(self, transaction: Transaction, kind: NewsKind, subject: str) -> None:
        self.news.append(News(kind, self.name, subject))


class House:
    """One replica over the shared database."""

    def __init__(self, services: Services, name: str) -> None:
        self.services = services
        self.replica = Heard(name, shared=True)
        self.presence = Presence()
        self.rooms = Rooms(
            store_of(services),
            writer_of(services),
            services.clock,
            services.rooms.limits,
            after_end=services.rooms.after_end,
            agent_hung_up=agent_hung_up,
            replica=self.replica,
        )
        self.sessions = Sessions(
            self.rooms, self.presence, services.records, services.facts, services.clock, replica=self.replica
        )
        self.alive: set[str] = set()
        self.ended: list[str] = []
        self.lost: list[str | None] = []
        self.reaper: Reaper = self.sessions.reaper(
            self.alive.__contains__, lambda session, _: self.ended.append(session.id), self.lost.append
        )

    def enter(self, tab: str, client: str = ANA) -> str:
        """The client enters their room in this tab, which is open from then on."""
        self.rooms.give_consent(client)
        session, _ = self.sessions.enter(self.rooms.create(client).id, client, tab)
        self.alive.add(tab)
        return session.id


@pytest.fixture
def one(services: Services) -> House:
    store_of(services).shared = True
    return House(services, "one")


@pytest.fixture
def other(one: House) -> House:
    return House(one.services, "other")


def talk(house: House, session_id: str) -> None:
    house.services.intake.receive(session_id, delivery(status(1, "connected"), sent_at=NOON))


def is_open(house: House, session_id: str) -> bool:
    session = house.rooms.session(session_id)
    return session is not None and not session.status.over


def pass_time(clock: HandClock, seconds: float, *houses: House) -> None:
    end = clock.now + timedelta(seconds=seconds)
    while clock.now < end:
        clock.forward(1)
        for house in houses:
            house.reaper.look()


def unattended_since(house: House, session_id: str, seconds: float) -> None:
    """As if the last replica had looked after it so long ago, by the database's clock."""
    sql = "UPDATE sessions SET seat_seen_at = now() AT TIME ZONE 'UTC' - $2 * INTERVAL '1 second' WHERE id = $1"
    store_of(house.services).execute(sql, [session_id, seconds])


def refuse(*_: object, **__: object) -> NoReturn:
    raise StatementError("the server closed the connection")


def look_for(clock: HandClock, house: House, seconds: float) -> int:
    """As a replica that leads does; how many sessions it ended."""
    ended, until = house.sessions.end_unattended(), clock.now + timedelta(seconds=seconds)
    while clock.now < until:
        clock.forward(2)
        ended += house.sessions.end_unattended()
    return ended


def test_the_seat_goes_to_whichever_replica_the_client_entered_at_last(one: House, other: House) -> None:
    session = one.enter("tab-1")
    assert one.sessions.has_seat(session, "tab-1")
    assert other.enter("tab-2") == session
    assert not one.sessions.has_seat(session, "tab-1")
    assert other.sessions.has_seat(session, "tab-2")
    assert other.replica.news == [News(NewsKind.TAKEN, "other", session)]


def test_a_replica_that_hears_of_it_gives_the_seat_up_and_names_the_tab(one: House, other: House) -> None:
    session = one.enter("tab-1")
    assert one.sessions.check_seats(session) == []
    other.enter("tab-2")
    assert one.sessions.check_seats(session) == ["tab-1"]
    assert len(one.presence) == 0
    assert one.sessions.check_seats(session) == []


def test_a_replica_that_hears_of_nothing_notices_it_by_itself(one: House, other: House, clock: HandClock) -> None:
    session = one.enter("tab-1")
    other.enter("tab-2")
    pass_time(clock, 6, one, other)
    assert one.lost == ["tab-1"]
    assert is_open(one, session)


def test_the_replica_that_lost_the_seat_never_ends_the_session(one: House, other: House, clock: HandClock) -> None:
    session = one.enter("tab-1")
    other.enter("tab-2")
    one.alive.clear()
    pass_time(clock, 200, one, other)
    assert is_open(one, session)
    other.alive.clear()
    pass_time(clock, 62, one, other)
    assert not is_open(one, session)
    assert (one.ended, other.ended) == ([], [session])


def test_a_client_who_comes_back_to_the_first_replica_keeps_the_seat(
    one: House, other: House, clock: HandClock
) -> None:
    session = one.enter("tab-1")
    other.enter("tab-2")
    one.enter("tab-3")
    pass_time(clock, 6, one, other)
    assert one.sessions.has_seat(session, "tab-3")
    assert (one.lost, other.lost) == ([], ["tab-2"])


def test_a_seat_that_was_given_anew_is_not_taken_away_for_the_old_one(one: House) -> None:
    session = one.enter("tab-1")
    before = one.presence.seats()[session]
    one.enter("tab-2")
    assert one.presence.lose(session, before) is None
    assert one.presence.holder(session) == "tab-2"


def test_a_replica_that_starts_ends_nobodys_session_and_waits_for_its_own_clients(
    one: House, other: House, clock: HandClock
) -> None:
    mine, theirs = one.enter("tab-1"), other.enter("tab-2", BEN)
    clock.forward(120)
    again = House(one.services, "one")
    again.sessions.recover()
    assert is_open(one, mine) and is_open(one, theirs)
    assert list(again.presence.seats()) == [mine]
    pass_time(clock, 62, again)
    assert not is_open(one, mine)
    assert is_open(one, theirs)


def test_sessions_of_a_replica_that_died_end_after_the_grace_period(
    one: House, other: House, clock: HandClock
) -> None:
    session = one.enter("tab-1")
    talk(one, session)
    assert look_for(clock, other, 30) == 0
    unattended_since(one, session, 60)
    assert look_for(clock, other, 30) == 0
    unattended_since(one, session, 71)
    assert look_for(clock, other, 18) == 0
    assert look_for(clock, other, 2) == 1
    ended = other.rooms.session(session)
    assert ended is not None
    assert (ended.status, ended.end_reason) == (SessionStatus.ABANDONED, EndReason.SERVER_STOPPED)
    assert other.replica.news == [News(NewsKind.ENDED, "other", session)]


def test_a_session_whose_client_came_back_elsewhere_does_not_end(one: House, other: House, clock: HandClock) -> None:
    session = one.enter("tab-1")
    unattended_since(one, session, 3600)
    other.enter("tab-2")
    assert look_for(clock, other, 30) == 0
    assert is_open(one, session)


def test_a_session_that_a_replica_looks_after_is_attended_though_its_client_is_away(
    one: House, other: House, clock: HandClock
) -> None:
    session = one.enter("tab-1")
    one.alive.clear()
    unattended_since(one, session, 3600)
    pass_time(clock, 6, one)
    assert look_for(clock, other, 30) == 0


def test_sessions_go_on_whose_replica_could_not_reach_the_database_for_longer_than_the_grace(
    one: House, other: House, clock: HandClock
) -> None:
    session = one.enter("tab-1")
    unattended_since(one, session, 300)
    assert look_for(clock, other, 15) == 0
    pass_time(clock, 6, one)
    assert look_for(clock, other, 30) == 0
    assert is_open(one, session)


@pytest.mark.parametrize("failing", ["execute", "transaction"])
def test_after_the_database_was_away_every_replica_has_time_to_note_its_seats_again(
    one: House, other: House, clock: HandClock, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    session = one.enter("tab-1")
    unattended_since(one, session, 300)
    assert look_for(clock, other, 18) == 0
    with monkeypatch.context() as away:
        away.setattr(store_of(one.services), failing, refuse)
        clock.forward(2)
        with pytest.raises(StatementError):
            other.sessions.end_unattended()
    assert look_for(clock, other, 18) == 0
    assert is_open(one, session)


def test_what_a_replica_saw_when_it_led_before_counts_no_more(one: House, other: House, clock: HandClock) -> None:
    session = one.enter("tab-1")
    unattended_since(one, session, 300)
    assert look_for(clock, other, 18) == 0
    clock.forward(60)
    assert look_for(clock, other, 18) == 0
    assert is_open(one, session)


def test_a_session_that_an_administrator_ends_elsewhere_is_over_here(one: House, other: House) -> None:
    session = one.enter("tab-1")
    other.sessions.end(session, EndReason.ADMINISTRATOR)
    assert other.replica.news == [News(NewsKind.ENDED, "other", session)]
    assert one.sessions.check_seats(session) == ["tab-1"]


def test_news_are_read_as_they_were_told_and_those_of_a_later_version_are_none() -> None:
    news = News(NewsKind.ENDED, "host-17", "session-1")
    assert News.read(news.to_text()) == news
    assert News.read("renamed host-17 session-1") is None
    assert News.read("") is None


def test_how_the_camera_was_switched_is_known_at_every_replica_for_this_session_alone(
    one: House, other: House
) -> None:
    session = one.enter("tab-1")
    assert other.rooms.camera_on(session) is None
    one.rooms.note_camera(session, on=False)
    other.enter("tab-2")
    assert other.rooms.camera_on(session) is False
    other.rooms.note_camera(session, on=True)
    assert one.rooms.camera_on(session) is True
    one.sessions.end(session, EndReason.CLIENT)
    assert one.rooms.camera_on(one.enter("tab-3")) is None
