"""Who was refused what is in the audit log, however often somebody tries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coachroom.people.refused_access import MAX_ROWS, NOT_WRITTEN, PERIOD, Refused, RefusedAccess
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.writer import Writer
from tests.services import NOON, HandClock


class Log:
    """The audit log of a database in memory, and who writes refusals into it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.store = DuckStore(None)
        migrate(self.store, NOON)
        self.writer = Writer(self.store)
        self.refused = RefusedAccess(self.writer, self.clock)

    def rows(self) -> list[tuple[str, str, str]]:
        self.writer.submit(lambda _: None).result()
        return self.store.execute("SELECT actor, action, subject FROM audit_log ORDER BY id")

    def close(self) -> None:
        self.writer.close()
        self.store.close()


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.close()


def test_a_refusal_is_written_once_an_hour(log: Log) -> None:
    for _ in range(50):
        log.refused.note(Refused.PAGE, actor="ana@example.com", subject="Members")
    log.refused.note(Refused.PAGE, actor="ben@example.com", subject="Members")
    assert log.rows() == [
        ("ana@example.com", "page_refused", "Members"),
        ("ben@example.com", "page_refused", "Members"),
    ]
    log.clock.forward(PERIOD.total_seconds())
    log.refused.note(Refused.PAGE, actor="ana@example.com", subject="Members")
    assert len(log.rows()) == 3


def test_many_names_fill_no_disk_and_are_counted(log: Log) -> None:
    for number in range(3 * MAX_ROWS):
        log.refused.note(Refused.SIGN_IN, actor=f"{number}@example.com" + "x" * 10_000, subject="sign-in")
    assert len(log.rows()) == MAX_ROWS
    assert max(len(actor) for actor, _, _ in log.rows()) == 200
    log.clock.forward(PERIOD.total_seconds())
    log.refused.note(Refused.SIGN_IN, actor="ana@example.com", subject="sign-in")
    assert [action for _, action, _ in log.rows()][MAX_ROWS:] == [NOT_WRITTEN, "sign_in_refused"]
    (detail,) = log.store.execute("SELECT detail FROM audit_log WHERE action = $1", [NOT_WRITTEN])
    assert "200" in str(detail)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 90)), max_size=400))
@settings(max_examples=20, deadline=None)
def test_whatever_comes_a_period_has_a_bounded_number_of_rows(tries: list[tuple[int, int]]) -> None:
    log = Log()
    try:
        for who, minutes in tries:
            log.clock.forward(60 * minutes)
            log.refused.note(Refused.ROOM, actor=str(who), subject="room")
        hours = sum(minutes for _, minutes in tries) // 60 + 1
        assert len(log.rows()) <= hours * (MAX_ROWS + 1)
        assert len(log.refused._times) <= MAX_ROWS
    finally:
        log.close()
