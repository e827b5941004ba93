"""A room's life on a real database file."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.services import Services
from coachroom.errors import NotAllowed, RoomNotFound
from coachroom.rooms.rooms import LONGEST_COMMENT, Feedback
from coachroom.rooms.states import EndReason, RoomStatus, Session, SessionStatus
from tests.services import ANA, BEN, NOON, HandClock, delivery, enter, opened, status

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


def connect(house: Services, session: Session) -> None:
    house.intake.receive(session.id, delivery(status(1, "connected", house.clock()), sent_at=house.clock()))


def test_a_room_has_an_address_nobody_can_guess(house: Services) -> None:
    room = house.rooms.create(ANA)
    assert len(room.id) == 32
    assert room.id.replace("-", "").replace("_", "").isalnum()
    assert (room.status, room.created_at, room.expires_at) == (RoomStatus.OPEN, NOON, NOON + timedelta(hours=24))
    assert room.id != house.rooms.create(BEN).id


def test_pressing_create_twice_makes_one_room(house: Services) -> None:
    assert house.rooms.create(ANA) == house.rooms.create(ANA)
    assert len({room.id for room in at_once(lambda: house.rooms.create(BEN))}) == 1
    assert house.store.rows("SELECT count(*) FROM rooms") == [(2,)]


@pytest.mark.parametrize("room_id", UNKNOWN)
def test_a_room_that_never_was_is_not_found(house: Services, room_id: str) -> None:
    house.rooms.create(ANA)
    with pytest.raises(RoomNotFound):
        house.rooms.find(room_id, ANA)
    with pytest.raises(RoomNotFound):
        house.rooms.enter(room_id, ANA)


def test_foreign_ended_expired_and_unknown_rooms_answer_alike(house: Services, clock: HandClock) -> None:
    foreign = house.rooms.create(BEN)
    ended = house.rooms.create(ANA)
    house.rooms.give_consent(ANA)
    house.rooms.end(house.rooms.enter(ended.id, ANA).id, EndReason.CLIENT)
    expired = house.rooms.create(ANA)
    clock.forward(24 * 3600)
    answers = set()
    for room_id in (foreign.id, ended.id, expired.id, "never"):
        for ask in (house.rooms.find, house.rooms.enter):
            with pytest.raises(RoomNotFound) as error:
                ask(room_id, ANA)
            answers.add(str(error.value))
    assert len(answers) == 1
    assert house.store.rows("SELECT count(*) FROM sessions") == [(1,)]


def test_nobody_enters_without_having_agreed(house: Services) -> None:
    room = house.rooms.create(ANA)
    with pytest.raises(NotAllowed, match="accept the notice"):
        house.rooms.enter(room.id, ANA)
    assert house.rooms.visit_in(room.id) is None


def test_who_may_not_know_of_a_room_does_not_learn_of_it_by_a_missing_consent(house: Services) -> None:
    room = house.rooms.create(ANA)
    with pytest.raises(RoomNotFound):
        house.rooms.enter(room.id, BEN)


def test_entering_from_eight_threads_makes_one_session(house: Services) -> None:
    room = house.rooms.create(ANA)
    house.rooms.give_consent(ANA)
    assert len({session.id for session in at_once(lambda: house.rooms.enter(room.id, ANA))}) == 1
    assert house.store.rows("SELECT count(*) FROM sessions") == [(1,)]


def test_coming_back_comes_back_to_the_same_session(house: Services, clock: HandClock) -> None:
    first = enter(house)
    connect(house, first)
    clock.forward(90)
    again = house.rooms.enter(first.room_id, ANA)
    assert (again.id, again.status, again.start_time) == (first.id, SessionStatus.ACTIVE, NOON)
    assert house.rooms.visit_in(first.room_id) == again
    assert len(house.rooms.sessions_of(ANA)) == 1


def test_a_room_closes_when_its_session_ends_and_the_next_press_makes_a_new_one(house: Services) -> None:
    session = enter(house)
    ended = house.rooms.end(session.id, EndReason.CLIENT)
    assert ended is not None
    assert ended.end_time == NOON
    assert house.rooms.create(ANA).id != session.room_id
    assert house.store.rows("SELECT status, closed_at FROM rooms WHERE id = $1", [session.room_id]) == [
        ("closed", NOON)
    ]


def test_ending_twice_ends_once_and_the_first_cause_counts(house: Services, clock: HandClock) -> None:
    session = enter(house)
    connect(house, session)
    assert house.rooms.end(session.id, EndReason.TIME_LIMIT) is not None
    clock.forward(5)
    assert house.rooms.end(session.id, EndReason.CLIENT) is None
    assert house.rooms.end("no such session", EndReason.CLIENT) is None
    kept = house.rooms.session(session.id)
    assert kept is not None
    assert (kept.status, kept.end_reason, kept.end_time) == (SessionStatus.COMPLETED, "time_limit", NOON)


def test_ending_from_eight_threads_ends_once(house: Services) -> None:
    session = enter(house)
    ends = at_once(lambda: house.rooms.end(session.id, EndReason.CLIENT))
    assert sum(end is not None for end in ends) == 1


def test_a_room_that_is_in_use_does_not_expire_under_its_client(house: Services, clock: HandClock) -> None:
    room = house.rooms.create(ANA)
    clock.forward(24 * 3600 - 1)
    session = enter(house)
    assert session.room_id == room.id
    # Ten minutes of trouble with the microphone first: the conversation begins late and has its full time.
    clock.forward(600)
    connect(house, session)
    clock.forward(29 * 60)
    house.rooms.close_expired()
    assert house.rooms.find(room.id, ANA).id == room.id
    assert house.rooms.create(ANA).id == room.id
    assert house.rooms.enter(room.id, ANA).id == session.id
    assert house.rooms.overdue() == []


def test_rooms_that_nobody_entered_close_at_the_time_they_expired(house: Services, clock: HandClock) -> None:
    room = house.rooms.create(ANA)
    clock.forward(25 * 3600)
    house.rooms.close_expired()
    assert house.store.rows("SELECT status, closed_at FROM rooms") == [("closed", room.expires_at)]


def test_time_counts_from_when_the_coach_was_reached(house: Services, clock: HandClock) -> None:
    session = enter(house)
    clock.forward(60)
    connect(house, session)
    clock.forward(30 * 60 - 1)
    assert house.rooms.overdue() == []
    clock.forward(1)
    assert house.rooms.overdue() == [session.id]


def test_a_client_who_never_reaches_the_coach_is_not_there_for_ever(house: Services, clock: HandClock) -> None:
    session = enter(house)
    clock.forward(30 * 60)
    assert house.rooms.overdue() == [session.id]


def test_when_somebody_was_seen_moves_forward_only_and_ends_with_the_session(house: Services) -> None:
    session = enter(house)

    def seen(seconds: float) -> timedelta:
        house.rooms.seen({session.id: NOON + timedelta(seconds=seconds), "no such session": NOON}).result()
        kept = house.rooms.session(session.id)
        assert kept is not None
        return (kept.last_seen_at - NOON).total_seconds()

    assert seen(10) == 10
    assert seen(5) == 10
    house.rooms.end(session.id, EndReason.CLIENT)
    assert seen(20) == 10


def test_sessions_belong_to_their_client(house: Services, clock: HandClock) -> None:
    first = enter(house)
    house.end(first.id, EndReason.CLIENT)
    clock.forward(1)
    second = enter(house)
    enter(house, BEN, "tab-2")
    assert [session.id for session in house.rooms.sessions_of(ANA)] == [second.id, first.id]
    assert [session.id for session in house.rooms.sessions_of(ANA, most=1)] == [second.id]
    assert house.rooms.own_session(first.id, ANA).id == first.id
    for stranger in (BEN, "", "nobody"):
        with pytest.raises(RoomNotFound):
            house.rooms.own_session(first.id, stranger)


def test_the_last_rating_counts_and_hostile_comments_are_kept_as_they_are(house: Services) -> None:
    session = enter(house)
    assert house.rooms.feedback_of(session.id) is None
    house.rooms.rate(session, 2, "  ")
    assert house.rooms.feedback_of(session.id) == Feedback(2, None)
    hostile = "<img src=x onerror=alert(1)> '; DROP TABLE feedback; -- \x00 \u202e"
    house.rooms.rate(session, None, hostile)
    assert house.rooms.feedback_of(session.id) == Feedback(None, hostile)
    house.rooms.rate(session, 5, "x" * 5_000)
    assert house.rooms.feedback_of(session.id) == Feedback(5, "x" * LONGEST_COMMENT)


def test_after_a_crash_open_sessions_are_closed_where_they_were_last_seen(tmp_path: Path) -> None:
    clock = HandClock()
    with opened(tmp_path, clock) as house:
        talking, reached_nobody = enter(house), enter(house, BEN, "tab-2")
        waiting = enter(house, "demo-chiara", "tab-3")
        clock.forward(2)
        connect(house, talking)
        house.intake.receive(reached_nobody.id, delivery(status(1, "failed", clock.now, None), sent_at=clock.now))
        house.rooms.seen({talking.id: clock.forward(60), waiting.id: clock.now}).result()
        # Nothing more is told to the store, as when the process is killed.
    clock.forward(3600)
    with opened(tmp_path, clock) as house:
        found = {session.id: session for session in map(house.rooms.session, (s.id for s in (talking, waiting)))}
        failed = house.rooms.session(reached_nobody.id)
    seen = NOON + timedelta(seconds=62)
    assert failed is not None
    assert (failed.status, failed.end_reason, failed.end_time) == (SessionStatus.FAILED, "agent_unreachable", NOON)
    for session in (talking, waiting):
        kept = found[session.id]
        assert (kept.status, kept.end_reason, kept.end_time) == (SessionStatus.ABANDONED, "server_stopped", seen)
    with opened(tmp_path, clock) as house:
        assert house.store.rows("SELECT count(*) FROM rooms WHERE status = 'open'") == [(0,)]
        assert house.rooms.session(talking.id) == found[talking.id]


def test_a_crash_right_after_the_call_began_leaves_no_session_that_ends_before_it_starts(tmp_path: Path) -> None:
    clock = HandClock()
    with opened(tmp_path, clock) as house:
        session = enter(house)
        clock.forward(3)
        connect(house, session)
    with opened(tmp_path, clock) as house:
        kept = house.rooms.session(session.id)
    assert kept is not None
    assert kept.end_time == kept.start_time == NOON + timedelta(seconds=3)
