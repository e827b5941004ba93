"""What a session keeps of the provider's records, and that the client's own word about it stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coachroom.app.services import Services
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.memory import MemoryStatus
from coachroom.coaching.proposals import ProposalStatus
from coachroom.elevenlabs.call_record import read_record
from coachroom.recording.records import MOST_UNKNOWN, UNKNOWN_FOR, RecordState
from coachroom.rooms.states import EndReason, Session
from tests.recording.documents import TALK, analysis_document, record_document
from tests.services import ANA, BEN, CALL, NOON, HandClock, delivery, enter, said, status

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
def session(house: Services, clock: HandClock) -> Session:
    """Ana's session: her page reported the call and one message, and it is over."""
    house.coaching.goals.add(ANA, NewGoal("Sleep better"))
    found = enter(house)
    house.intake.receive(found.id, delivery(status(1, "connected"), said(2, TALK[0][1], "agent"), sent_at=NOON))
    clock.forward(60)
    house.end(found.id, EndReason.CLIENT)
    return found


def told(house: Services, analysis: dict | None = ANALYSIS, **more: object) -> None:
    house.records.receive(read_record(record_document(TALK, analysis=analysis, **more)))  # type: ignore[arg-type]
    house.records.file_waiting()


def remembered(house: Services) -> list[str | None]:
    """What is remembered, in the order in which it was told."""
    return [memory.text for memory in reversed(house.coaching.memory.of(ANA))]


def test_all_that_was_heard_is_filed_at_once(house: Services, session: Session) -> None:
    told(house)
    assert remembered(house) == [FACT, "She works nights at the hospital."]
    assert [each.content.get("title") for each in house.coaching.proposals.open_for(ANA)] == [
        "call the sleep clinic",
        None,
    ]
    assert house.store.rows("SELECT result FROM evaluations") == [("success",)]
    assert house.store.rows("SELECT before_score, after_score FROM confidence") == [(3, None)]
    assert house.store.rows("SELECT client_turns, agent_turns FROM session_facts") == [(2, 2)]
    assert house.records.state_of(session.id) is RecordState.COMPLETE
    told(house, MORE)
    assert remembered(house) == [FACT, "She works nights at the hospital.", "She will call the sleep clinic."]
    assert house.store.rows("SELECT before_score, after_score FROM confidence") == [(3, 8)]


def test_a_record_that_knows_less_takes_nothing_away(house: Services, session: Session) -> None:
    told(house)
    before = house.store.rows("SELECT * FROM memories ORDER BY id")
    told(house, None)
    house.records.receive(read_record(record_document(TALK[:1], status="in-progress")))
    assert house.records.file_waiting() == 0
    assert house.store.rows("SELECT * FROM memories ORDER BY id") == before


def test_what_the_client_edited_stays_in_their_words(house: Services, session: Session) -> None:
    told(house)
    (fact,) = [memory for memory in house.coaching.memory.of(ANA) if memory.text == FACT]
    house.coaching.memory.edit(ANA, fact.id, "I used to work nights.")
    told(house, MORE)
    assert "I used to work nights." in remembered(house)
    assert FACT not in remembered(house)


def test_what_the_client_forgot_never_comes_back(house: Services, session: Session) -> None:
    told(house)
    (fact,) = [memory for memory in house.coaching.memory.of(ANA) if memory.text == FACT]
    house.coaching.memory.forget(ANA, fact.id)
    assert remembered(house) == []
    told(house, MORE)
    assert remembered(house) == ["She will call the sleep clinic."]


def test_what_the_provider_made_of_a_call_goes_with_what_was_forgotten(
    house: Services, session: Session, clock: HandClock
) -> None:
    told(house)
    clock.forward(2 * 3600)
    (fact,) = [memory for memory in house.coaching.memory.of(ANA) if memory.text == FACT]
    house.coaching.memory.forget(ANA, fact.id)
    kept = "SELECT analysis, struck, contains(CAST(record AS text), 'hospital') FROM provider_records"
    assert house.store.rows(kept) == [(None, True, True)], "the transcript stays"
    told(house, MORE)
    assert house.store.rows(kept) == [(None, True, True)]
    assert remembered(house) == []


def test_what_was_forgotten_too_early_for_that_is_tidied_up_later(
    house: Services, session: Session, clock: HandClock
) -> None:
    told(house)
    house.coaching.memory.forget_all(ANA)
    assert house.store.rows("SELECT struck FROM provider_records") == [(False,)]
    clock.forward(2 * 3600)
    house.records.fetch_due()
    assert house.store.rows("SELECT analysis, struck FROM provider_records") == [(None, True)]


def test_after_forgetting_everything_what_is_late_is_not_remembered(
    house: Services, session: Session, clock: HandClock
) -> None:
    clock.forward(3600)
    house.coaching.memory.forget_all(ANA)
    told(house)
    assert remembered(house) == []
    house.coaching.memory.write(ANA, "I have a dog")
    assert remembered(house) == ["I have a dog"]


def test_what_was_said_while_memory_was_off_is_not_remembered_afterwards(
    house: Services, session: Session, clock: HandClock
) -> None:
    house.coaching.profiles.switch_memory(ANA, on=False)
    told(house)
    clock.forward(3600)
    house.coaching.profiles.switch_memory(ANA, on=True)
    told(house, MORE)
    assert remembered(house) == []


def test_what_was_forgotten_stays_so_when_the_page_reports_the_same_words_late(
    house: Services, session: Session
) -> None:
    told(house)
    (fact,) = [memory for memory in house.coaching.memory.of(ANA) if memory.text == FACT]
    assert fact.turns == (f"{CALL}.1",)
    house.coaching.memory.forget(ANA, fact.id)
    late = delivery(said(2, TALK[0][1], "agent"), said(3, TALK[1][1]), sent_at=house.clock())
    house.intake.receive(session.id, late)
    assert house.coaching.memory.forgotten_turns(session.id) == {"page-1.3"}
    told(house, analysis_document("Nights at the hospital are her work.", client_facts=FACT, a=1, b=2, c=3, d=4))
    assert remembered(house) == []


def test_what_is_remembered_follows_its_turns(house: Services, session: Session) -> None:
    told(house)
    late = delivery(said(2, TALK[0][1], "agent"), said(3, TALK[1][1]), sent_at=house.clock())
    house.intake.receive(session.id, late)
    assert [memory.turns for memory in house.coaching.memory.of(ANA)] == [("page-1.3",), ("page-1.3",)]
    assert len(house.intake.turns(session.id)) == len(TALK)


def test_what_the_client_answered_is_not_asked_again(house: Services, session: Session) -> None:
    told(house)
    action, progress = house.coaching.proposals.open_for(ANA)
    house.coaching.proposals.accept(ANA, action.id, {"title": "Call Dr. Silva"})
    house.coaching.proposals.decline(ANA, progress.id)
    told(house, MORE)
    assert house.coaching.proposals.open_for(ANA) == []
    states = {each.id: each.status for each in house.coaching.proposals.of_session(session.id)}
    assert states == {action.id: ProposalStatus.APPLIED, progress.id: ProposalStatus.DECLINED}
    assert [each.title for each in house.coaching.actions.of(ANA)] == ["Call Dr. Silva"]


def test_with_memory_off_nothing_is_remembered_and_the_rest_is_kept(house: Services, session: Session) -> None:
    house.coaching.profiles.switch_memory(ANA, False)
    told(house)
    assert remembered(house) == []
    assert len(house.coaching.proposals.open_for(ANA)) == 2
    assert house.store.rows("SELECT result FROM evaluations") == [("success",)]
    assert len(house.intake.turns(session.id)) == len(TALK)


def test_what_the_records_no_longer_give_goes_if_nobody_touched_it(house: Services, session: Session) -> None:
    told(house)
    goal = house.coaching.goals.of(ANA)[0]
    house.coaching.goals.change(ANA, goal.id, NewGoal("Run a marathon"))
    told(house, MORE)
    assert [each.kind for each in house.coaching.proposals.open_for(ANA)] == ["action"]
    assert all(memory.status is MemoryStatus.ACTIVE for memory in house.coaching.memory.of(ANA))


def test_a_record_that_came_before_anybody_named_its_call_is_filed_when_its_page_does(house: Services) -> None:
    session = enter(house)
    told(house)
    assert house.store.rows("SELECT session_id FROM provider_records") == [(None,)]
    house.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    assert len(house.intake.turns(session.id)) == len(TALK)
    assert FACT in remembered(house)


def test_a_page_that_names_the_call_of_another_client_gets_nothing_of_it(house: Services) -> None:
    session = enter(house, BEN)
    told(house)
    house.intake.receive(session.id, delivery(status(1, "connected"), sent_at=NOON))
    assert house.records.file_waiting() == 0
    assert house.intake.turns(session.id) == ()
    assert house.coaching.memory.of(BEN) == []


def test_a_page_that_never_reported_its_call_has_it_filed_all_the_same(house: Services, clock: HandClock) -> None:
    session = enter(house)
    told(house, visit=session.id)
    assert len(house.intake.turns(session.id)) == len(TALK)
    assert house.store.rows("SELECT session_id, record FROM agent_conversations") == [(session.id, "complete")]
    # A session that goes on takes what is said after it.
    now = clock.forward(100)
    one_more = said(9, "And one more.", at=now, conversation_id="conv_next")
    house.intake.receive(session.id, delivery(one_more, sent_at=now))
    assert [turn.message for turn in house.intake.turns(session.id)][-1] == "And one more."


def test_what_nobody_names_is_not_kept_for_long(house: Services, clock: HandClock) -> None:
    for number in range(3):
        house.records.receive(read_record(record_document(call=f"conv_{number}")))
    clock.now += UNKNOWN_FOR - timedelta(minutes=1)
    house.records.fetch_due()
    assert house.store.rows("SELECT count(*) FROM provider_records") == [(3,)]
    clock.now += timedelta(hours=2)
    house.records.fetch_due()
    assert house.store.rows("SELECT count(*) FROM provider_records") == [(0,)]


def test_no_more_is_kept_of_what_nobody_names_than_a_bound(
    house: Services, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_UNKNOWN >= 1000
    monkeypatch.setattr("coachroom.agent.records.MOST_UNKNOWN", 2)
    for number in range(4):
        clock.forward(1)
        house.records.receive(read_record(record_document(call=f"conv_{number}")))
    assert house.store.rows("SELECT conversation_id FROM provider_records ORDER BY 1") == [("conv_2",), ("conv_3",)]


def test_what_was_kept_and_not_filed_is_filed_after_a_restart(house: Services, session: Session) -> None:
    house.records.receive(read_record(record_document(TALK, analysis=ANALYSIS)))
    assert remembered(house) == []
    house.records.recover()
    assert house.records.file_waiting() == 1
    assert FACT in remembered(house)


def test_two_calls_of_a_session_are_told_apart_until_both_are_there(house: Services, session: Session) -> None:
    later = status(5, "connected", house.clock(), "conv_0002")
    house.intake.receive(session.id, delivery(later, sent_at=house.clock()))
    house.store.rows("UPDATE agent_conversations SET ended_at = $1", [house.clock()])
    told(house)
    house.clock.forward(3600)  # type: ignore[attr-defined]
    assert house.records.state_of(session.id) is RecordState.PENDING
    house.store.rows("UPDATE agent_conversations SET record = 'missing' WHERE id = 'conv_0002'")
    assert house.records.state_of(session.id) is RecordState.MISSING
