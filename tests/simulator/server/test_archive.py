from __future__ import annotations

from datetime import UTC, datetime

from coachroom.simulator.call.protocol import Start
from coachroom.simulator.server.archive import Archive, PracticeCall, PracticeTurn, unix

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def record(name: str) -> PracticeCall:
    return PracticeCall(name, "agent", NOON, Start())


def test_the_oldest_conversation_leaves_first() -> None:
    archive = Archive(limit=2)
    for name in ("a", "b", "c"):
        archive.add(record(name))
    assert [one.id for one in archive.newest_first()] == ["c", "b"]
    assert archive.get("a") is None


def test_conversations_in_which_much_was_said_leave_sooner() -> None:
    archive = Archive(text_chars=100)
    for name in ("a", "b", "c"):
        long = record(name)
        long.turns.append(PracticeTurn("user", "x" * 60, 0.0, 1))
        archive.add(long)
    assert [one.id for one in archive.newest_first()] == ["c"]


def test_the_oldest_audio_leaves_first_and_room_comes_back() -> None:
    archive = Archive(audio_bytes=100)
    a, b = record("a"), record("b")
    archive.add(a)
    archive.add(b)
    archive.keep_audio(a, bytes(60))
    archive.keep_audio(b, bytes(60))
    assert (len(a.audio), len(b.audio)) == (0, 60)
    archive.delete("b")
    archive.keep_audio(a, bytes(100))
    assert len(a.audio) == 100


def test_nothing_is_kept_of_a_deleted_conversation() -> None:
    archive, a = Archive(), record("a")
    archive.add(a)
    assert archive.delete("a")
    assert not archive.delete("a")
    archive.keep_audio(a, bytes(10))
    assert not a.audio


def test_a_moment_without_a_zone_is_utc() -> None:
    assert unix(NOON) == unix(NOON.replace(tzinfo=None)) == 1767355200
