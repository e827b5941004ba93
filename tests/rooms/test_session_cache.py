"""A session is read once, and never from memory while or after it changes."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from coachroom.app.container import Services
from coachroom.rooms.session_cache import MAX_SESSIONS_IN_MEMORY, SessionCache
from coachroom.rooms.states import EndReason, Session, SessionStatus
from tests.services import NOON, enter, writer_of

WAITING = Session("s", "r", "c", NOON, None, SessionStatus.WAITING, None, NOON)
MINUTE = timedelta(minutes=1)
ACTIVE = replace(WAITING, status=SessionStatus.ACTIVE)


class Disk:
    """What is on disk, and how often it was asked for."""

    def __init__(self, session: Session | None) -> None:
        self.session = session
        self.reads = 0

    def read(self, session_id: str) -> Session | None:
        self.reads += 1
        return self.session


def test_a_session_is_read_once() -> None:
    cache, disk = SessionCache(), Disk(WAITING)
    assert [cache.get("s", disk.read) for _ in range(3)] == [WAITING] * 3
    assert disk.reads == 1


def test_a_session_that_is_not_there_is_asked_for_again() -> None:
    cache, disk = SessionCache(), Disk(None)
    assert cache.get("s", disk.read) is None
    disk.session = WAITING
    assert cache.get("s", disk.read) == WAITING


def test_while_a_change_is_on_its_way_and_after_it_the_disk_is_asked() -> None:
    cache, disk = SessionCache(), Disk(WAITING)
    cache.get("s", disk.read)
    cache.begin_change("s")
    assert cache.get("s", disk.read) == WAITING
    disk.session = ACTIVE
    assert cache.get("s", disk.read) == ACTIVE
    cache.end_change("s")
    assert cache.get("s", disk.read) == ACTIVE
    assert disk.reads == 4


def test_a_read_that_began_before_a_change_is_not_kept_after_it() -> None:
    cache, disk = SessionCache(), Disk(WAITING)

    def slow(session_id: str) -> Session | None:
        found = disk.read(session_id)
        cache.begin_change("s")
        disk.session = ACTIVE
        cache.end_change("s")
        return found

    assert cache.get("s", slow) == WAITING
    assert cache.get("s", disk.read) == ACTIVE


def test_a_client_who_is_seen_again_costs_no_read() -> None:
    cache, disk = SessionCache(), Disk(WAITING)
    cache.get("s", disk.read)
    cache.note_seen({"s": NOON + MINUTE, "never read": NOON})
    assert cache.get("s", disk.read) == replace(WAITING, last_seen_at=NOON + MINUTE)
    cache.note_seen({"s": NOON})
    assert cache.get("s", disk.read) == replace(WAITING, last_seen_at=NOON + MINUTE)
    assert (disk.reads, len(cache)) == (1, 1)


def test_a_read_that_began_before_a_client_was_seen_is_not_kept() -> None:
    cache, disk = SessionCache(), Disk(WAITING)

    def slow(session_id: str) -> Session | None:
        found = disk.read(session_id)
        disk.session = replace(WAITING, last_seen_at=NOON + MINUTE)
        cache.note_seen({"s": NOON + MINUTE})
        return found

    assert cache.get("s", slow) == WAITING
    assert cache.get("s", disk.read) == disk.session


def test_a_session_that_is_over_keeps_when_its_client_was_last_seen() -> None:
    over = replace(WAITING, status=SessionStatus.ABANDONED)
    cache, disk = SessionCache(), Disk(over)
    cache.get("s", disk.read)
    cache.note_seen({"s": NOON + MINUTE})
    assert cache.get("s", disk.read) == over


def test_changes_of_another_session_keep_no_read_from_being_kept() -> None:
    cache, disk = SessionCache(), Disk(WAITING)

    def read_meanwhile(session_id: str) -> Session | None:
        cache.begin_change("another")
        cache.end_change("another")
        return disk.read(session_id)

    cache.get("s", read_meanwhile)
    assert cache.get("s", disk.read) == WAITING
    assert disk.reads == 1


def test_two_changes_at_once_both_have_to_be_over() -> None:
    cache, disk = SessionCache(), Disk(WAITING)
    cache.begin_change("s")
    cache.begin_change("s")
    cache.end_change("s")
    cache.get("s", disk.read)
    cache.get("s", disk.read)
    assert disk.reads == 2


def test_memory_is_bounded() -> None:
    cache = SessionCache()
    for number in range(MAX_SESSIONS_IN_MEMORY + 20):
        cache.get(f"s{number}", Disk(replace(WAITING, id=f"s{number}")).read)
    assert len(cache) == MAX_SESSIONS_IN_MEMORY


@pytest.mark.parametrize("cause", [EndReason.CLIENT, EndReason.TIME_LIMIT])
def test_an_end_is_seen_at_once_by_a_reader_that_had_read_the_session_before(
    services: Services, cause: EndReason
) -> None:
    session = enter(services)
    assert services.rooms.session(session.id) == session
    services.rooms.end(session.id, cause)
    ended = services.rooms.session(session.id)
    assert ended is not None
    assert ended.status.over


def test_a_transaction_that_fails_leaves_the_session_as_it_is_on_disk(services: Services) -> None:
    session = enter(services)

    def fails(transaction: object) -> None:
        services.rooms.activate(transaction, session.id, NOON)  # type: ignore[arg-type]
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        writer_of(services).submit(fails).result()
    assert services.rooms.session(session.id) == session
    assert not services.rooms._sessions._changing


def test_readers_beside_a_writer_never_see_an_older_state_again(services: Services) -> None:
    session = enter(services)
    seen: list[SessionStatus] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            found = services.rooms.session(session.id)
            assert found is not None
            seen.append(found.status)

    reader = threading.Thread(target=read)
    reader.start()
    writer_of(services).submit(lambda transaction: services.rooms.activate(transaction, session.id, NOON)).result()
    services.rooms.end(session.id, EndReason.CLIENT)
    stop.set()
    reader.join()
    order = [SessionStatus.WAITING, SessionStatus.ACTIVE, SessionStatus.COMPLETED]
    places = [order.index(status) for status in seen]
    assert places == sorted(places)
    assert services.rooms.session(session.id).status is SessionStatus.COMPLETED  # type: ignore[union-attr]
