"""What a session keeps of the provider's records, and that the client's own word about it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coachroom.app.container import Services
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.memory import MemoryStatus
from coachroom.coaching.proposals import ProposalStatus
from coachroom.elevenlabs.call_record import read_record
from coachroom.recording.records import MAX_UNCLAIMED, MAX_UNCLAIMED_AGE, RecordState
from coachroom.rooms.states import EndReason, Session
from tests.recording.documents import TALK, analysis_document, record_document
from tests.services import ANA, BEN, CALL, NOON, HandClock, delivery, enter, said, status, store_of

FACT = "I work nights at the hospital"
ANALYSIS = analysis_document(
    "She works nights at the hospital.",
    client_facts=FACT,
    actions="call the sleep clinic",
    goal_progress="Sleep better | -1",
    confidence_before=3,
)
MORE = analysis_document(
    "She works nights at the hospital. She will call the sleep clinic.",
    client_facts=FACT,
    actions="call the sleep clinic",
    goal_progress="Sleep better | -1",
    confidence_before=3,
    confidence_after=8,
)


@pytest.fixture
def session(services: Services, clock: HandClock) -> Session:
    """Ana's session: her page reported the call and one message, and it is over."""
    services.coaching.goals.add(ANA, NewGoal("Sleep better"))
    found = enter(services)
    services.intake.receive(found.id, delivery(status(1, "connected"), said(2, TALK[0][1], "agent"), sent_at=NOON))
    clock.forward(60)
    services.sessions.end(found.id, EndReason.CLIENT)
    return found


def receive(services: Services, analysis: dict | None = ANALYSIS, **more: object) -> None:
    services.records.receive(read_record(record_document(TALK, analysis=analysis, **more)))  # type: ignore[arg-type]
    services.records.rebuild_waiting()


def remembered(services: Services) -> list[str | None]:
    """What is remembered, in the order in which it came."""
    return [memory.text for memory in reversed(services.coaching.memory.list_for(ANA))]


def test_all_that_the_analysis_found_is_stored_at_once(services: Services, session: Session) -> None:
    receive(services)
    assert remembered(services) == [FACT, "She works nights at the hospital."]
    assert [each.content.get("title") for each in services.coaching.proposals.open_for(ANA)] == [
        "call the sleep clinic",
        None,
    ]
    assert store_of(services).execute("SELECT result FROM evaluations") == [("success",)]
    assert store_of(services).execute("SELECT before_score, after_score FROM confidence") == [(3, None)]
    services.facts.make_all()
    assert store_of(services).execute("SELECT client_turns, agent_turns FROM session_facts") == [(2, 2)]
    assert services.records.state_of(session.id) is RecordState.COMPLETE
    receive(services, MORE)
    assert remembered(services) == [FACT, "She works nights at the hospital.", "She will call the sleep clinic."]
    assert store_of(services).execute("SELECT before_score, after_score FROM confidence") == [(3, 8)]


def test_a_record_that_knows_less_takes_nothing_away(services: Services, session: Session) -> None:
    receive(services)
    before = store_of(services).execute("SELECT * FROM memories ORDER BY id")
    receive(services, None)
    services.records.receive(read_record(record_document(TALK[:1], status="in-progress")))
    assert services.records.rebuild_waiting() == 0
    assert store_of(services).execute("SELECT * FROM memories ORDER BY id") == before


def test_what_the_client_edited_stays_in_their_words(services: Services, session: Session) -> None:
    receive(services)
    (fact,) = [memory for memory in services.coaching.memory.list_for(ANA) if memory.text == FACT]
    services.coaching.memory.edit(ANA, fact.id, "I used to work nights.")
    receive(services, MORE)
    assert "I used to work nights." in remembered(services)
    assert FACT not in remembered(services)


def test_what_the_client_forgot_never_comes_back(services: Services, session: Session) -> None:
    receive(services)
    (fact,) = [memory for memory in services.coaching.memory.list_for(ANA) if memory.text == FACT]
    services.coaching.memory.forget(ANA, fact.id)
    assert remembered(services) == []
    receive(services, MORE)
    assert remembered(services) == ["She will call the sleep clinic."]


def test_what_the_provider_made_of_a_call_goes_with_what_was_forgotten(
    services: Services, session: Session, clock: HandClock
) -> None:
    receive(services)
    clock.forward(2 * 3600)
    (fact,) = [memory for memory in services.coaching.memory.list_for(ANA) if memory.text == FACT]
    services.coaching.memory.forget(ANA, fact.id)
    kept = "SELECT analysis, struck, strpos(CAST(record AS text), 'hospital') > 0 FROM provider_records"
    assert store_of(services).execute(kept) == [(None, True, True)], "the transcript stays"
    receive(services, MORE)
    assert store_of(services).execute(kept) == [(None, True, True)]
    assert remembered(services) == []


def test_what_was_forgotten_too_early_for_that_is_tidied_up_later(
    services: Services, session: Session, clock: HandClock
) -> None:
    receive(services)
    services.coaching.memory.forget_all(ANA)
    assert store_of(services).execute("SELECT struck FROM provider_records") == [(False,)]
    clock.forward(2 * 3600)
    services.records.fetch_due()
    assert store_of(services).execute("SELECT analysis, struck FROM provider_records") == [(None, True)]


def test_after_forgetting_everything_what_is_late_is_not_remembered(
    services: Services, session: Session, clock: HandClock
) -> None:
    clock.forward(3600)
    services.coaching.memory.forget_all(ANA)
    receive(services)
    assert remembered(services) == []
    services.coaching.memory.write(ANA, "I have a dog")
    assert remembered(services) == ["I have a dog"]


def test_what_was_said_while_memory_was_off_is_not_remembered_afterwards(
    services: Services, session: Session, clock: HandClock
) -> None:
    services.coaching.profiles.switch_memory(ANA, on=False)
    receive(services)
    clock.forward(3600)
    services.coaching.profiles.switch_memory(ANA, on=True)
    receive(services, MORE)
    assert remembered(services) == []


def test_what_was_forgotten_stays_so_when_the_page_reports_the_same_words_late(
    services: Services, session: Session
) -> None:
    receive(services)
    (fact,) = [memory for memory in services.coaching.memory.list_for(ANA) if memory.text == FACT]
    assert fact.turns == (f"{CALL}.1",)
    services.coaching.memory.forget(ANA, fact.id)
    late = delivery(said(2, TALK[0][1], "agent"), said(3, TALK[1][1]), sent_at=services.clock())
    services.intake.receive(session.id, late)
    assert services.coaching.memory.forgotten_turns(session.id) == {"page-1.3"}
    receive(
        services, analysis_document("Nights at the hospital are her work.", client_facts=FACT, a=1, b=2, c=3, d=4)
    )
    assert remembered(services) == []


def test_what_is_remembered_follows_its_turns(services: Services, session: Session) -> None:
    receive(services)
    late = delivery(said(2, TALK[0][1], "agent"), said(3, TALK[1][1]), sent_at=services.clock())
    services.intake.receive(session.id, late)
    assert [memory.turns for memory in services.coaching.memory.list_for(ANA)] == [("page-1.3",), ("page-1.3",)]
    assert len(services.intake.turns(session.id)) == len(TALK)


def test_what_the_client_answered_is_not_asked_again(services: Services, session: Session) -> None:
    receive(services)
    action, progress = services.coaching.proposals.open_for(ANA)
    services.coaching.proposals.accept(ANA, action.id, {"title": "Call Dr. Silva"})
    services.coaching.proposals.decline(ANA, progress.id)
    receive(services, MORE)
    assert services.coaching.proposals.open_for(ANA) == []
    states = {each.id: each.status for each in services.coaching.proposals.of_session(session.id)}
    assert states == {action.id: ProposalStatus.APPLIED, progress.id: ProposalStatus.DECLINED}
    assert [each.title for each in services.coaching.actions.list_for(ANA)] == ["Call Dr. Silva"]


def test_with_memory_off_nothing_is_remembered_and_the_rest_is_kept(services: Services, session: Session) -> None:
    services.coaching.profiles.switch_memory(ANA, False)
    receive(services)
    assert remembered(services) == []
    assert len(services.coaching.proposals.open_for(ANA)) == 2
    assert store_of(services).execute("SELECT result FROM evaluations") == [("success",)]
    assert len(services.intake.turns(session.id)) == len(TALK)


def test_what_the_records_no_longer_give_goes_if_nobody_touched_it(services: Services, session: Session) -> None:
    receive(services)
    goal = services.coaching.goals.list_for(ANA)[0]
    services.coaching.goals.change(ANA, goal.id, NewGoal("Run a marathon"))
    receive(services, MORE)
    assert [each.kind for each in services.coaching.proposals.open_for(ANA)] == ["action"]
    assert all(memory.status is MemoryStatus.ACTIVE for memory in services.coaching.memory.list_for(ANA))


def test_a_record_that_came_before_anybody_named_its_call_counts_once_its_page_does(services: Services) -> None:
    session = enter(services)
    receive(services)
    assert store_of(services).execute("SELECT session_id FROM provider_records") == [(None,)]
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    assert len(services.intake.turns(session.id)) == len(TALK)
    assert FACT in remembered(services)


def test_a_page_that_names_the_call_of_another_client_gets_nothing_of_it(services: Services) -> None:
    session = enter(services, BEN)
    receive(services)
    services.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    assert services.records.rebuild_waiting() == 0
    assert services.intake.turns(session.id) == ()
    assert services.coaching.memory.list_for(BEN) == []


def test_a_session_whose_page_never_reported_its_call_has_the_record_all_the_same(
    services: Services, clock: HandClock
) -> None:
    session = enter(services)
    receive(services, session_id=session.id)
    assert len(services.intake.turns(session.id)) == len(TALK)
    calls = store_of(services).execute("SELECT session_id, record FROM agent_conversations")
    assert calls == [(session.id, "complete")]
    # A session that goes on takes what is said after it.
    now = clock.forward(100)
    one_more = said(9, "And one more.", at=now, conversation_id="conv_next")
    services.intake.receive(session.id, delivery(one_more, sent_at=now))
    assert [turn.message for turn in services.intake.turns(session.id)][-1] == "And one more."


def test_what_nobody_names_is_not_kept_for_long(services: Services, clock: HandClock) -> None:
    for number in range(3):
        services.records.receive(read_record(record_document(call=f"conv_{number}")))
    clock.now += MAX_UNCLAIMED_AGE - timedelta(minutes=1)
    services.records.fetch_due()
    assert store_of(services).execute("SELECT count(*) FROM provider_records") == [(3,)]
    clock.now += timedelta(hours=2)
    services.records.fetch_due()
    assert store_of(services).execute("SELECT count(*) FROM provider_records") == [(0,)]


def test_no_more_is_kept_of_what_nobody_names_than_a_bound(
    services: Services, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_UNCLAIMED >= 1000
    monkeypatch.setattr("coachroom.recording.records.MAX_UNCLAIMED", 2)
    for number in range(4):
        clock.forward(1)
        services.records.receive(read_record(record_document(call=f"conv_{number}")))
    assert store_of(services).execute("SELECT conversation_id FROM provider_records ORDER BY 1") == [
        ("conv_2",),
        ("conv_3",),
    ]


def test_a_record_that_was_stored_and_not_used_is_used_after_a_restart(services: Services, session: Session) -> None:
    services.records.receive(read_record(record_document(TALK, analysis=ANALYSIS)))
    assert remembered(services) == []
    services.records.recover()
    assert services.records.rebuild_waiting() == 1
    assert FACT in remembered(services)


def test_two_calls_of_a_session_are_told_apart_until_both_are_there(services: Services, session: Session) -> None:
    later = status(5, "connected", services.clock(), "conv_0002")
    services.intake.receive(session.id, delivery(later, sent_at=services.clock()))
    store_of(services).execute("UPDATE agent_conversations SET ended_at = $1", [services.clock()])
    receive(services)
    services.clock.forward(3600)  # type: ignore[attr-defined]
    assert services.records.state_of(session.id) is RecordState.PENDING
    store_of(services).execute("UPDATE agent_conversations SET record = 'missing' WHERE id = 'conv_0002'")
    assert services.records.state_of(session.id) is RecordState.MISSING
