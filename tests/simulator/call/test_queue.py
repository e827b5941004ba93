"""A call for which no line is free, as a plain client sees it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from coachroom.simulator import Mood
from coachroom.simulator.mood import Wait
from tests.simulator.serving import RunningAgent, call, open_house, short_greeting, silence, until

WAIT_S = 5.0  # of the server's time, which runs ten times faster


@pytest.fixture
def busy() -> Iterator[RunningAgent]:
    with open_house(mood=Mood(queue=Wait(WAIT_S, WAIT_S)), keep_audio=True) as running:
        yield running


def test_who_calls_while_all_lines_are_taken_waits_and_then_is_greeted(busy: RunningAgent) -> None:
    with call(busy, **short_greeting()) as caller:
        assert caller.hear("queue_status") == {"status": "waiting"}
        assert caller.hear("queue_status") == {"status": "admitted"}
        assert caller.hear("agent_response")["agent_response"] == "Hi."
        assert caller.types()[:4] == [
            "conversation_initiation_metadata",
            "queue_status",
            "queue_status",
            "agent_response",
        ]


def test_what_is_sent_while_waiting_is_discarded(busy: RunningAgent) -> None:
    with call(busy, **short_greeting()) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        caller.hear("queue_status")
        caller.type("I want to run 10 km")
        caller.send({"type": "contextual_update", "text": "Three minutes left in this session."})
        caller.speak(silence(0.2))
        caller.hear("queue_status")
        caller.hear("agent_response")
        record = busy.agent._calls._context.archive.get(conversation_id)
        assert record is not None
        assert [turn.message for turn in record.turns] == ["Hi."]
        assert not record.audio
        caller.type("Hello")
        until(lambda: [turn.message for turn in record.turns][1:2] == ["Hello"])
        # The record has the wait, and neither the call's length nor its turns' times do.
        assert record.queued_seconds is not None
        assert WAIT_S <= record.queued_seconds < 3 * WAIT_S
        assert record.turns[0].at < 1.0


def test_a_free_line_ends_the_wait() -> None:
    with open_house(mood=Mood(queue=Wait(600, 600))) as running, call(running, **short_greeting()) as caller:
        caller.hear("queue_status")
        running.run(running.agent.admit_all())
        assert caller.hear("queue_status") == {"status": "admitted"}
        assert caller.hear("agent_response")["agent_response"] == "Hi."


def test_who_hangs_up_while_waiting_was_never_in_the_call(busy: RunningAgent) -> None:
    with call(busy, **short_greeting()) as caller:
        conversation_id = caller.hear("conversation_initiation_metadata")["conversation_id"]
        caller.hear("queue_status")
    record = busy.agent._calls._context.archive.get(conversation_id)
    assert record is not None
    until(lambda: record.status == "done")
    assert record.turns == []


def test_a_wait_may_end_without_a_free_line() -> None:
    mood = Mood(queue=Wait(1.0, 1.0), queue_times_out=True)
    with open_house(mood=mood) as running, call(running) as caller:
        assert caller.hear("queue_status") == {"status": "waiting"}
        assert caller.hear("queue_status") == {"status": "timed_out"}
