"""The agent is reminded to say less where it says too much, at most once in five minutes, and that is counted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.clock import to_iso
from coachroom.metrics.parameters import Parameters
from coachroom.metrics.talk_reminders import TalkReminders, talk_reminders
from coachroom.recording.talk_share import talks_too_much
from coachroom.recording.turn import Turn
from coachroom.rooms.states import EndReason, Sender, Session
from tests.services import NOON, HandClock, delivery, enter, said, status, store_of

A, C = Sender.AGENT, Sender.CLIENT


def turn(sender: Sender, words: int) -> Turn:
    return Turn(1, "e.1", " ".join(["word"] * words), sender, NOON)


@given(st.lists(st.tuples(st.sampled_from(list(Sender)), st.integers(0, 30)), max_size=25))
def test_too_much_is_more_than_sixty_percent_of_the_words_in_the_last_ten_turns(
    lines: list[tuple[Sender, int]],
) -> None:
    last = [(sender, words) for sender, words in lines if words and sender in (A, C)][-10:]
    agent, everybody = sum(words for sender, words in last if sender is A), sum(words for _, words in last)
    expected = len(last) == 10 and agent / everybody > 0.6
    assert talks_too_much([turn(*line) for line in lines]) == expected


def test_exactly_sixty_percent_is_not_too_much() -> None:
    pair = [turn(A, 6), turn(C, 4)] * 5
    assert not talks_too_much(pair)
    assert talks_too_much([turn(A, 100), *pair[1:]])
    assert not talks_too_much([turn(A, 1000), *pair])


def talk(words: int, count: int = 10, first: int = 2) -> list[dict[str, Any]]:
    """Turns in which the agent says so many words each time, and the client four."""
    return [
        said(n, " ".join(["word"] * (4 if n % 2 else words)), "client" if n % 2 else "agent")
        for n in range(first, first + count)
    ]


def reminder(n: int, at: Any = NOON) -> dict[str, Any]:
    return {"n": n, "kind": "reminder", "at": to_iso(at)}


@pytest.fixture
def session(services: Services) -> Session:
    session = enter(services)
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    return session


def test_a_reminder_is_due_until_it_was_given_and_again_after_five_minutes(
    services: Services, session: Session, clock: HandClock
) -> None:
    receive = services.intake.receive
    assert not receive(session.id, delivery(*talk(6), sent_at=NOON)).reminder_due
    assert receive(session.id, delivery(*talk(9, 4, 20), sent_at=NOON)).reminder_due
    assert receive(session.id, delivery(*talk(9, 4, 20), sent_at=NOON)).reminder_due, "it was not given yet"
    for _ in range(2):
        assert not receive(session.id, delivery(reminder(24), sent_at=NOON)).reminder_due
    assert not receive(session.id, delivery(*talk(9, 2, 26), sent_at=NOON)).reminder_due
    now = clock.forward(301)
    assert receive(session.id, delivery(*talk(9, 2, 28), sent_at=now)).reminder_due
    receive(session.id, delivery(reminder(30, now), sent_at=now))
    services.sessions.end(session.id, EndReason.CLIENT)
    until = clock.forward(60)
    counted = talk_reminders(store_of(services), Parameters(as_of=until))
    assert counted == TalkReminders(2, 1)
    assert talk_reminders(store_of(services), Parameters(as_of=until, start=until)) == TalkReminders(0, 0)


def test_silence_and_tags_are_no_share(services: Services, session: Session) -> None:
    quiet = [said(n, "...", "client") for n in range(2, 12)]
    assert not services.intake.receive(session.id, delivery(*quiet, sent_at=NOON)).reminder_due
    tagged = [
        said(n, "[warmly] [slowly] yes" if n % 2 else "yes yes", "agent" if n % 2 else "client")
        for n in range(12, 24)
    ]
    assert not services.intake.receive(session.id, delivery(*tagged, sent_at=NOON)).reminder_due


def test_a_session_that_is_over_asks_for_no_reminder(services: Services, session: Session) -> None:
    services.sessions.end(session.id, EndReason.CLIENT)
    assert not services.intake.receive(session.id, delivery(*talk(20), sent_at=NOON)).reminder_due
