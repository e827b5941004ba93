"""What a client sees of a session off the record, of one whose words are gone, and how they delete one."""

from __future__ import annotations

import pytest

from coachroom.app.container import Services
from coachroom.caseload.handoffs import HandedParts
from coachroom.privacy.circumstances import FACTS_OF_ERASED
from coachroom.rooms.states import EndReason, Session
from coachroom.settings import ErasedFacts
from tests.services import HandClock, delivery, enter, said, status, store_of, writer_of
from tests.ui.pages import ANA, BEN, COACH, see, titles, words

CLIENT = "demo-ana"
WORDS = "I quarrel with my brother"


def over(services: Services, *, off_record: bool = False) -> Session:
    session = enter(services, CLIENT)
    services.intake.receive(session.id, delivery(said(1, WORDS), sent_at=services.clock()))
    if off_record:
        services.off_record.take(session)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.facts.make_all()
    ended = services.rooms.session(session.id)
    assert ended is not None
    return ended


def test_a_session_is_deleted_once_the_client_says_that_they_mean_it(services: Services) -> None:
    session = over(services)
    app = see(ANA, "Session.py", session=session.id)
    assert WORDS in words(app)
    assert app.button(key="delete_session").disabled
    app.checkbox(key="delete_session_sure").check().run()
    app.button(key="delete_session").click().run()
    assert not app.exception
    assert titles(app) == ["This session is deleted"]
    assert services.rooms.session(session.id) is None
    assert titles(see(ANA, "Session.py", session=session.id)) == ["We can't find this session"]


def test_an_old_page_of_it_gives_no_title_any_more(services: Services) -> None:
    session = over(services)
    app = see(ANA, "Session.py", session=session.id)
    services.session_deletion.delete(session, "ana.silva@example.com")
    app.text_input(key=f"session_title_{session.id}").set_value(WORDS)
    next(button for button in app.button if button.label == "Save").click().run()
    assert store_of(services).execute("SELECT count(*) FROM session_choices") == [(0,)]


def test_nobody_elses_session_is_on_the_page(services: Services) -> None:
    session = over(services)
    app = see(BEN, "Session.py", session=session.id)
    assert titles(app) == ["We can't find this session"]
    assert not [button for button in app.button if button.key == "delete_session"]


def test_a_session_that_goes_on_is_not_offered_for_deletion(services: Services) -> None:
    session = enter(services, CLIENT)
    app = see(ANA, "Session.py", session=session.id)
    assert not [button for button in app.button if button.key == "delete_session"]


def test_of_a_session_off_the_record_its_page_says_that_alone(services: Services) -> None:
    session = over(services, off_record=True)
    app = see(ANA, "Session.py", session=session.id)
    assert "You took this session off the record" in words(app)
    assert "as soon as it is over" in words(app)
    assert not [button for button in app.button if button.key == "send_feedback"]
    labels = [link.proto.label for link in see(ANA).get("page_link")]
    assert any(label.endswith("off the record") for label in labels)


def test_the_page_says_when_the_words_were_deleted(services: Services, clock: HandClock) -> None:
    session = over(services)
    store_of(services).execute("UPDATE sessions SET turns_expired_at = $1 WHERE id = $2", [clock(), session.id])
    store_of(services).execute("DELETE FROM conversations")
    writer_of(services).submit(lambda transaction: services.rooms.forget(transaction, [session.id])).result()
    text = words(see(ANA, "Session.py", session=session.id))
    assert "The words of this session were deleted on 1 May 2026" in text
    assert "you said nothing" not in text


def test_the_coach_sees_of_it_that_it_was(services: Services, clock: HandClock) -> None:
    store_of(services).execute("UPDATE members SET coach_email = $1 WHERE client_id = $2", [COACH, CLIENT])
    session = enter(services, CLIENT)
    services.off_record.take(session)
    services.intake.receive(session.id, delivery(status(1, "connected"), said(2, WORDS), sent_at=clock()))
    clock.forward(120)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.facts.make_all()
    app = see(COACH, "Clients.py", client=CLIENT)
    (table,) = [frame.value for frame in app.dataframe if "client_turns" in frame.value.columns]
    assert len(table) == 1
    assert table[["client_turns", "interrupted_turns", "coach_share", "rating"]].isna().all().all()
    assert WORDS not in words(app)


def test_what_was_handed_to_one_coach_is_not_on_the_page_of_the_next(services: Services, clock: HandClock) -> None:
    session = over(services)
    clock.forward(120)
    store = store_of(services)
    store.execute("UPDATE members SET coach_email = $1 WHERE client_id = $2", [COACH, CLIENT])
    services.handoffs.hand_over(CLIENT, session.id, "Please look", HandedParts(transcript=True))
    assert "Please look" in words(see(COACH, "Clients.py", client=CLIENT))
    store.execute("UPDATE handoffs SET coach_email = 'another@example.com'")
    assert "Please look" not in words(see(COACH, "Clients.py", client=CLIENT))
    assert "nobody reads it now" in words(see(ANA, "Session.py", session=session.id))


@pytest.mark.parametrize("kept", ErasedFacts)
def test_who_erases_or_deletes_reads_what_becomes_of_the_numbers(
    services: Services, monkeypatch: pytest.MonkeyPatch, kept: ErasedFacts
) -> None:
    monkeypatch.setitem(services.settings.__dict__, "erased_facts", kept)
    session = over(services)
    assert FACTS_OF_ERASED[kept] in words(see(ANA, "Privacy.py"))
    assert FACTS_OF_ERASED[kept] in words(see(ANA, "Session.py", session=session.id))
