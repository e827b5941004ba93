"""The transcript's page says when a part of it has not arrived, and no longer when it has."""

from __future__ import annotations

import pytest

from coachroom.app.container import Services
from coachroom.elevenlabs.call_record import read_record
from coachroom.recording.records import RecordState
from coachroom.rooms.states import EndReason
from coachroom.ui.transcript import STILL_TO_COME
from tests.recording.documents import record_document
from tests.services import NOON, HandClock, delivery, said, status, store_of
from tests.ui.pages import ANA, see, words


def shown(session_id: str) -> list[str]:
    text = words(see(ANA, "Session.py", session=session_id))
    return [sentence for sentence in STILL_TO_COME.values() if sentence in text]


@pytest.mark.parametrize("given_up", [False, True])
def test_what_is_missing_is_said_until_it_is_there(services: Services, clock: HandClock, given_up: bool) -> None:
    services.rooms.give_consent("demo-ana")
    session = services.rooms.enter(services.rooms.create("demo-ana").id, "demo-ana")
    services.intake.receive(session.id, delivery(status(1, "connected"), said(2, "Hello"), sent_at=NOON))
    services.sessions.end(session.id, EndReason.CLIENT)
    assert shown(session.id) == []
    clock.forward(90)
    assert shown(session.id) == [STILL_TO_COME[RecordState.PENDING]]
    if given_up:
        store_of(services).execute("UPDATE agent_conversations SET record = 'missing'")
        assert shown(session.id) == [STILL_TO_COME[RecordState.MISSING]]
    services.records.receive(read_record(record_document()))
    services.records.rebuild_waiting()
    assert shown(session.id) == []


def test_words_of_another_language_are_marked_as_such_and_stay_text(services: Services) -> None:
    services.rooms.give_consent("demo-ana")
    session = services.rooms.enter(services.rooms.create("demo-ana").id, "demo-ana")
    german = "Ich möchte besser schlafen, und das <b>nicht</b> nur heute"
    services.intake.receive(
        session.id, delivery(said(1, "Hallo Ana, schön, dass du da bist", "agent"), said(2, german))
    )
    services.sessions.end(session.id, EndReason.CLIENT)
    marked = [each.body for each in see(ANA, "Session.py", session=session.id).get("html") if " lang=" in each.body]
    assert marked == [
        '<div class="said" lang="de">Hallo Ana, schön, dass du da bist</div>',
        '<div class="said" lang="de">Ich möchte besser schlafen, und das &lt;b&gt;nicht&lt;/b&gt; nur heute</div>',
    ]
