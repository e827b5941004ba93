"""A room's life on a real database file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.errors import NotAllowedError, RoomNotFoundError
from coachroom.rooms.states import EndReason, RoomStatus, Session, SessionStatus
from tests.services import ANA, BEN, NOON, HandClock, delivery, enter, opened, status, store_of

UNKNOWN = [
    "",
    "no-such-room",
    "'; DROP TABLE rooms; --",
    "\x00",
    "<script>alert(1)</script>",
    "\u202eroom",
    "r" * 100_000,
    "../../etc/passwd",
]


def at_once(work, times: int = 8) -> list:
    """What `work` returns in as many threads that begin together."""
    gate = threading.Barrier(times)

    def one(_: int):
        gate.wait(10)
        return work()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def connect(services: Services, session: Session) -> None:
    services.intake.receive(session.id, delivery(status(1, "connected", services.clock()), sent_at=services.clock()))


def test_a_room_has_an_address_nobody_can_guess(services: Services) -> None:
    room = services.rooms.create(ANA)
    assert len(room.id) == 32
    assert room.id.replace("-", "").replace("_", "").isalnum()
    assert (room.status, room.created_at, room.expires_at) == (RoomStatus.OPEN, NOON, NOON + timedelta(hours=24))
    assert room.id != services.rooms.create(BEN).id


def test_pressing_create_twice_makes_one_room(services: Services) -> None:
    assert services.rooms.create(ANA) == services.rooms.create(ANA)
    assert len({room.id for room in at_once(lambda: services.rooms.create(BEN))}) == 1
    assert store_of(services).execute("SELECT count(*) FROM rooms") == [(2,)]


@pytest.mark.parametrize("room_id", UNKNOWN)
def test_a_room_that_never_was_is_not_found(services: Services, room_id: str) -> None:
    services.rooms.create(ANA)
    with pytest.raises(RoomNotFoundError):
        services.rooms.find(room_id, ANA)
    with pytest.raises(RoomNotFoundError):
        services.rooms.enter(room_id, ANA)


def test_foreign_ended_expired_and_unknown_rooms_answer_alike(services: Services, clock: HandClock) -> None:
    foreign = services.rooms.create(BEN)
    ended = services.rooms.create(ANA)
    services.rooms.give_consent(ANA)
    services.rooms.end(services.rooms.enter(ended.id, ANA).id, EndReason.CLIENT)
    expired = services.rooms.create(ANA)
    clock.forward(24 * 3600)
    answers = set()
    for room_id in (foreign.id, ended.id, expired.id, "never"):
        for ask in (services.rooms.find, services.rooms.enter):
            with pytest.raises(RoomNotFoundError) as error:
                ask(room_id, ANA)
            answers.add(str(error.value))
    assert len(answers) == 1
    assert store_of(services).execute("SELECT count(*) FROM sessions") == [(1,)]


def test_nobody_enters_without_having_agreed(services: Services) -> None:
    room = services.rooms.create(ANA)
    with pytest.raises(NotAllowedError, match="accept the notice"):
        services.rooms.enter(room.id, ANA)
    assert services.rooms.open_session_in(room.id) is None


def test_who_may_not_know_of_a_room_does_not_learn_of_it_by_a_missing_consent(services: Services) -> None:
    room = services.rooms.create(ANA)
    with pytest.raises(RoomNotFoundError):
        services.rooms.enter(room.id, BEN)


def test_entering_from_eight_threads_makes_one_session(services: Services) -> None:
    room = services.rooms.create(ANA)
    services.rooms.give_consent(ANA)
    assert len({session.id for session in at_once(lambda: services.rooms.enter(room.id, ANA))}) == 1
    assert store_of(services).execute("SELECT count(*) FROM sessions") == [(1,)]


def test_coming_back_comes_back_to_the_same_session(services: Services, clock: HandClock) -> None:
    first = enter(services)
    connect(services, first)
    clock.forward(90)
    again = services.rooms.enter(first.room_id, ANA)
    assert (again.id, again.status, again.start_time) == (first.id, SessionStatus.ACTIVE, NOON)
    assert services.rooms.open_session_in(first.room_id) == again
    assert len(services.rooms.sessions_of(ANA)) == 1


def test_a_room_closes_when_its_session_ends_and_the_next_press_makes_a_new_one(services: Services) -> None:
    session = enter(services)
    ended = services.rooms.end(session.id, EndReason.CLIENT)
    assert ended is not None
    assert ended.end_time == NOON
    assert services.rooms.create(ANA).id != session.room_id
    assert store_of(services).execute("SELECT status, closed_at FROM rooms WHERE id = $1", [session.room_id]) == [
        ("closed", NOON)
    ]


def test_ending_twice_ends_once_and_the_first_cause_counts(services: Services, clock: HandClock) -> None:
    session = enter(services)
    connect(services, session)
    assert services.rooms.end(session.id, EndReason.TIME_LIMIT) is not None
    clock.forward(5)
    assert services.rooms.end(session.id, EndReason.CLIENT) is None
    assert services.rooms.end("no such session", EndReason.CLIENT) is None
    kept = services.rooms.session(session.id)
    assert kept is not None
    assert (kept.status, kept.end_reason, kept.end_time) == (SessionStatus.COMPLETED, "time_limit", NOON)


def test_ending_from_eight_threads_ends_once(services: Services) -> None:
    session = enter(services)
    ends = at_once(lambda: services.rooms.end(session.id, EndReason.CLIENT))
    assert sum(end is not None for end in ends) == 1


def test_a_room_that_is_in_use_does_not_expire_under_its_client(services: Services, clock: HandClock) -> None:
    room = services.rooms.create(ANA)
    clock.forward(24 * 3600 - 1)
    session = enter(services)
    assert session.room_id == room.id
    # Ten minutes of trouble with the microphone first: the conversation begins late and has its full time.
    clock.forward(600)
    connect(services, session)
    clock.forward(29 * 60)
    services.rooms.close_expired()
    assert services.rooms.find(room.id, ANA).id == room.id
    assert services.rooms.create(ANA).id == room.id
    assert services.rooms.enter(room.id, ANA).id == session.id
    assert services.rooms.overdue() == []


def test_rooms_that_nobody_entered_close_at_the_time_they_expired(services: Services, clock: HandClock) -> None:
    room = services.rooms.create(ANA)
    clock.forward(25 * 3600)
    services.rooms.close_expired()
    assert store_of(services).execute("SELECT status, closed_at FROM rooms") == [("closed", room.expires_at)]


def test_time_counts_from_when_the_coach_was_reached(services: Services, clock: HandClock) -> None:
    session = enter(services)
    clock.forward(60)
    connect(services, session)
    clock.forward(30 * 60 - 1)
    assert services.rooms.overdue() == []
    clock.forward(1)
    assert services.rooms.overdue() == [(session.id, EndReason.TIME_LIMIT)]


def test_a_client_who_never_reaches_the_coach_is_not_there_for_ever(services: Services, clock: HandClock) -> None:
    session = enter(services)
    clock.forward(30 * 60)
    assert services.rooms.overdue() == [(session.id, EndReason.TIME_LIMIT)]


def test_when_somebody_was_seen_moves_forward_only_and_ends_with_the_session(services: Services) -> None:
    session = enter(services)

    def seen(seconds: float) -> timedelta:
        services.rooms.seen({session.id: NOON + timedelta(seconds=seconds), "no such session": NOON})
        kept = services.rooms.session(session.id)
        assert kept is not None
        return (kept.last_seen_at - NOON).total_seconds()

    assert seen(10) == 10
    assert seen(5) == 10
    services.rooms.end(session.id, EndReason.CLIENT)
    assert seen(20) == 10


def test_sessions_belong_to_their_client(services: Services, clock: HandClock) -> None:
    first = enter(services)
    services.sessions.end(first.id, EndReason.CLIENT)
    clock.forward(1)
    second = enter(services)
    enter(services, BEN, "tab-2")
    assert [session.id for session in services.rooms.sessions_of(ANA)] == [second.id, first.id]
    assert [session.id for session in services.rooms.sessions_of(ANA, most=1)] == [second.id]
    assert services.rooms.own_session(first.id, ANA).id == first.id
    for stranger in (BEN, "", "nobody"):
        with pytest.raises(RoomNotFoundError):
            services.rooms.own_session(first.id, stranger)


def test_after_a_crash_open_sessions_are_closed_where_they_were_last_seen(tmp_path: Path) -> None:
    clock = HandClock()
    with opened(tmp_path, clock) as services:
        talking, reached_nobody = enter(services), enter(services, BEN, "tab-2")
        waiting = enter(services, "demo-chiara", "tab-3")
        clock.forward(2)
        connect(services, talking)
        services.intake.receive(reached_nobody.id, delivery(status(1, "failed", clock.now, None), sent_at=clock.now))
        services.rooms.seen({talking.id: clock.forward(60), waiting.id: clock.now})
        # Nothing more is told to the store, as when the process is killed.
    clock.forward(3600)
    with opened(tmp_path, clock) as services:
        found = {session.id: session for session in map(services.rooms.session, (s.id for s in (talking, waiting)))}
        failed = services.rooms.session(reached_nobody.id)
    seen = NOON + timedelta(seconds=62)
    assert failed is not None
    assert (failed.status, failed.end_reason, failed.end_time) == (SessionStatus.FAILED, "agent_unreachable", NOON)
    for session in (talking, waiting):
        kept = found[session.id]
        assert (kept.status, kept.end_reason, kept.end_time) == (SessionStatus.ABANDONED, "server_stopped", seen)
    with opened(tmp_path, clock) as services:
        assert store_of(services).execute("SELECT count(*) FROM rooms WHERE status = 'open'") == [(0,)]
        assert services.rooms.session(talking.id) == found[talking.id]


def test_a_crash_right_after_the_call_began_leaves_no_session_that_ends_before_it_starts(tmp_path: Path) -> None:
    clock = HandClock()
    with opened(tmp_path, clock) as services:
        session = enter(services)
        clock.forward(3)
        connect(services, session)
    clock.forward(3600)
    with opened(tmp_path, clock) as services:
        kept = services.rooms.session(session.id)
    assert kept is not None
    assert kept.end_time == kept.start_time == NOON + timedelta(seconds=3)
