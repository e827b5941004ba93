"""The main journeys once more, with a coach as awkward as the real service can be: late, out of order, untidy.

What they leave behind is what the same talks leave behind with a coach that is not.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from inspect import signature
from typing import Any

import pytest

from coachroom.app.container import Services
from coachroom.clock import to_iso
from coachroom.elevenlabs.call_record import read_record
from coachroom.rooms.states import EndReason
from coachroom.simulator import AWKWARD, NORMAL
from coachroom.simulator.server import payloads
from coachroom.simulator.server.archive import PracticeCall
from tests.journeys import (
    test_coaching,
    test_devices,
    test_leaving,
    test_looks,
    test_remembering,
    test_security,
    test_session,
    test_sharing,
)
from tests.open_server import OpenServer, until
from tests.services import ANA, delivery, enter, opened, said, status, store_of

JOURNEYS = [
    test_coaching.test_a_goal_that_is_typed_is_noted_at_once_and_can_be_undone,
    test_devices.test_denied_devices_are_asked_for_once_and_the_client_types_instead,
    test_devices.test_mute_silences_what_reaches_the_coach_and_stays_for_the_next_call,
    test_leaving.test_after_a_reload_the_same_session_goes_on_and_the_coach_knows_what_was_said,
    test_leaving.test_the_last_words_before_a_tab_closes_are_on_record_and_the_session_ends_then,
    test_looks.test_a_whole_session_by_keyboard_alone,
    test_remembering.test_the_third_session_knows_what_was_agreed_and_not_what_was_forgotten,
    test_security.test_a_hostile_name_and_hostile_messages_are_stored_as_they_are_and_shown_inert,
    test_session.test_a_client_talks_and_the_coach_hears_and_answers,
    test_sharing.test_a_second_tab_takes_the_room_over_and_the_first_can_take_it_back,
]


# All but times, and who took part.
FACTS = (
    "SELECT status, end_reason, client_turns, agent_turns, client_words, agent_words, interrupted_turns "
    "FROM session_facts WHERE session_id = $1"
)
ENDED = "SELECT session_id FROM session_facts"
CALLS = "SELECT id, record FROM agent_conversations WHERE session_id = $1 ORDER BY started_at"


@pytest.fixture
def awkward(server: OpenServer) -> Iterator[None]:
    """The shared server while its coach is awkward."""
    server.set_mood(AWKWARD)
    yield
    server.set_mood(NORMAL)


@pytest.fixture(scope="module")
def normal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services that are given the same talks once more, with nothing awkward in them."""
    with opened(tmp_path_factory.mktemp("normal")) as services:
        yield services


@pytest.mark.usefixtures("awkward")
@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__.removeprefix("test_"))
def test_with_an_awkward_coach(
    journey: Callable[..., None], request: pytest.FixtureRequest, server: OpenServer, normal: Services
) -> None:
    earlier = server.rows(ENDED)
    journey(**{name: request.getfixturevalue(name) for name in signature(journey).parameters})
    held = until(lambda: [session for (session,) in server.rows(ENDED) if (session,) not in earlier])
    for session in held:
        talk = until(lambda session=session: recorded_calls(server, session))
        reason = EndReason(server.rows(FACTS, session)[0][1])
        expected = facts_in_the_normal_mood(normal, talk, reason)
        # What came after the end is counted some seconds later.
        assert settled(lambda session=session: server.rows(FACTS, session)[0], expected) == expected


def settled(read: Callable[[], Any], expected: Any, seconds: float = 20) -> Any:
    """What is read in the end: as soon as it is as expected, or when the time is over."""
    deadline = time.monotonic() + seconds
    while (found := read()) != expected and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def recorded_calls(server: OpenServer, session: str) -> list[PracticeCall]:
    """What was said in the session's calls, once the records of all of them have come; until then none."""
    calls = server.rows(CALLS, session)
    return [server.call(call) for call, _ in calls] if {record for _, record in calls} == {"complete"} else []


def facts_in_the_normal_mood(services: Services, talk: Sequence[PracticeCall], reason: EndReason) -> tuple[Any, ...]:
    """The facts of a session with the same calls, in which each thing said arrived at once and in its order."""
    session = enter(services, talk[0].start.user_id or ANA)
    for call in talk:
        services.intake.receive(session.id, delivery(*as_said(call), epoch=call.id))
    services.sessions.end(session.id, reason)
    for call in talk:
        record = replace(call, mood=NORMAL, recorded=call.turns)
        services.records.receive(read_record(json.loads(json.dumps(payloads.conversation(record)))))
    services.records.rebuild_waiting()
    services.facts.make_all()
    [facts] = store_of(services).execute(FACTS, [session.id])
    return tuple(facts)


def as_said(call: PracticeCall) -> list[dict[str, Any]]:
    """What a page reports of a call in which nothing is late."""
    began = call.started.replace(tzinfo=None)
    events = [status(1, "connected", began, call.id)]
    for turn in call.turns:
        if turn.message is None:
            continue
        shared = {
            "at": began + timedelta(seconds=turn.at),
            "event_id": turn.event_id,
            "conversation_id": call.id,
        }
        sender = "agent" if turn.role == "agent" else "client"
        text = turn.message if turn.original is None else turn.original
        events.append(said(len(events) + 1, text, sender, **shared))
        if turn.original is not None:
            correction = {"n": len(events) + 1, "kind": "correction", "text": turn.message, "original": turn.original}
            events.append(correction | shared | {"at": to_iso(shared["at"])})
    return events
