"""What a human coach writes and says in a session, on its record."""

from __future__ import annotations

from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.elevenlabs.call_record import CallRecord, CallTurn
from coachroom.live.coach_words import keep_coach_words
from coachroom.live.states import Act, Join, JoinEnd
from coachroom.rooms.states import EndReason, Sender, Session
from tests.services import CALL, NOON, HandClock, delivery, enter, said, status

COACH = "carla.mendes@example.com"


def admitted(services: Services, session: Session) -> Join:
    join = services.joins.ask(session.id, COACH, "You asked for me.", ensure_allowed=lambda *_: None)
    return services.joins.answer(join.id, session.client_id, admit=True)


@pytest.fixture
def talking(services: Services) -> Session:
    """A session whose call has begun."""
    session = enter(services)
    services.intake.receive(
        session.id, delivery(status(1, "connected"), said(2, "Hello Ana.", "agent"), sent_at=NOON)
    )
    return services.rooms.session(session.id) or session


def act(services: Services, join: Join, id: str, kind: Act, text: str | None = None) -> None:
    """The coach does something in it, and what they wrote is kept."""
    keep_coach_words(services.intake, join, services.joins.act(join.id, id, kind, text))


def record_of(services: Services, session: Session) -> list[tuple[str, str, Any]]:
    turns = services.intake.turns(session.id)
    return [(turn.sender.value, turn.message, turn.context.get("written")) for turn in turns]


def test_hints_messages_and_the_summary_stand_in_the_record_where_they_were_written(
    services: Services, clock: HandClock, talking: Session
) -> None:
    join = admitted(services, talking)
    for n, (kind, text) in enumerate(
        [(Act.HINT, "Ask about work."), (Act.SAY, "Hello Ana!"), (Act.HOLD, None), (Act.HAND_BACK, "A walk a day.")]
    ):
        clock.forward(10)
        act(services, join, f"a{n}", kind, text)
    clock.forward(10)
    reported = said(3, "I will walk.", at=clock.now)
    services.intake.receive(talking.id, delivery(reported, sent_at=clock.now))
    assert record_of(services, talking) == [
        ("agent", "Hello Ana.", None),
        ("coach", "Ask about work.", "hint"),
        ("coach", "Hello Ana!", "message"),
        ("coach", "A walk a day.", "summary"),
        ("client", "I will walk.", None),
    ]


def test_an_act_that_comes_twice_is_one_turn(services: Services, talking: Session) -> None:
    join = admitted(services, talking)
    act(services, join, "a", Act.HINT, "Ask about work.")
    act(services, join, "a", Act.HINT, "Ask about work.")
    assert record_of(services, talking).count(("coach", "Ask about work.", "hint")) == 1


def test_what_is_spoken_to_both_is_the_coachs_only_while_they_talk_to_both(
    services: Services, clock: HandClock, talking: Session
) -> None:
    join = admitted(services, talking)

    def speak(n: int) -> str:
        clock.forward(20)
        words = f"Words number {n}"
        services.intake.receive(talking.id, delivery(said(n, words, "coach", at=clock.now), sent_at=clock.now))
        return {message: sender for sender, message, _ in record_of(services, talking)}[words]

    assert speak(3) == "client"
    act(services, join, "b", Act.BOTH)
    assert speak(4) == "coach"
    act(services, join, "c", Act.LISTENING)
    assert speak(5) == "client"
    act(services, join, "d", Act.BOTH)
    services.joins.end(join.id, JoinEnd.COACH)
    assert speak(6) == "client"


def test_the_providers_record_doubles_nobody_and_gives_nobodys_words_to_the_client(
    services: Services, clock: HandClock, talking: Session
) -> None:
    join = admitted(services, talking)
    act(services, join, "b", Act.BOTH)
    clock.forward(5)
    act(services, join, "h", Act.HINT, "What did you notice?")
    clock.forward(2)
    coachs = said(3, "What did you notice?", "coach", at=clock.now)
    services.intake.receive(talking.id, delivery(coachs, sent_at=clock.now))
    clock.forward(20)
    services.sessions.end(talking.id, EndReason.CLIENT)
    lines = ((Sender.AGENT, "Hello Ana."), (Sender.CLIENT, "What did you notice?"), (Sender.CLIENT, "That I slept."))
    turns = tuple(CallTurn(sender, text, 4.0 * n, False, "") for n, (sender, text) in enumerate(lines))
    record = CallRecord(CALL, NOON, settled=True, turns=turns)
    services.records.receive(record)
    services.records.rebuild_waiting()
    assert record_of(services, talking) == [
        ("agent", "Hello Ana.", None),
        ("coach", "What did you notice?", "hint"),
        ("coach", "What did you notice?", None),
        ("client", "That I slept.", None),
    ]
    [filled_in] = [turn for turn in services.intake.turns(talking.id) if turn.context["source"] == "reconcile"]
    assert not filled_in.is_clients_own


def test_what_a_coach_writes_off_the_record_is_kept_nowhere(services: Services, talking: Session) -> None:
    join = admitted(services, talking)
    hint = services.joins.act(join.id, "a", Act.HINT, "Ask about work.")
    services.off_record.take(talking)
    keep_coach_words(services.intake, join, hint)
    assert record_of(services, talking) == []
    assert services.joins.acts(join.id) == []
