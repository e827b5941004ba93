"""What the agent looks up during a call: the client's own words of before, and nothing that they do not want told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coachroom.agent.recall import (
    MAX_TOLD,
    MAX_TOLD_CHARS,
    MAX_TURNS,
    NOTHING_FOUND,
    SWITCHED_OFF,
    Record,
    best_of,
    told,
)
from coachroom.app.container import Services
from coachroom.clock import short_date
from coachroom.coaching.memory import MemoryKind
from coachroom.people.profiles import UTC_ZONE
from coachroom.rooms.states import EndReason, Session
from tests.services import ANA, BEN, NOON, HandClock, delivery, enter, said

PHONE = "I put my phone into the kitchen at ten."


def record(text: str, days_ago: int = 0) -> Record:
    return Record(text, NOON - timedelta(days=days_ago))


def talked(services: Services, client: str, *words: str) -> Session:
    """A session of theirs, over, in which the client said this."""
    session = enter(services, client)
    services.intake.receive(session.id, delivery(*(said(n, text) for n, text in enumerate(words, 1))))
    services.sessions.end(session.id, EndReason.CLIENT)
    return session


def looked_up(services: Services, about: str, client: str = ANA) -> str:
    answer = services.tools.call(enter(services, client), f"call {about}", "recall", {"about": about})
    assert not answer.is_error
    return answer.result


# Which of the records are told


def test_what_shares_most_and_rarest_words_comes_first() -> None:
    common = [record(f"I work at the office {n}", n) for n in range(9)]
    phone = record("My phone keeps me from sleep", 30)
    assert best_of("work and my phone", [*common, phone])[0] == phone


def test_words_are_compared_without_their_endings() -> None:
    assert best_of("sleeping badly", [record("I sleep seven hours")]) == [record("I sleep seven hours")]


def test_of_a_german_client_german_words_are_compared() -> None:
    mine = record("Ich möchte mit meinen Schwestern über das Haus sprechen")
    assert best_of(
        "was habe ich über meine Schwester gesagt", [record("Ich habe über die Arbeit gesprochen"), mine]
    ) == [mine]


def test_the_same_words_are_told_once_as_the_newer() -> None:
    assert best_of("phone", [record("My phone.", 1), record("my PHONE", 9)]) == [record("My phone.", 1)]


def test_nothing_is_found_where_nothing_is_asked_or_on_record() -> None:
    assert best_of("the and of", [record("the and of")]) == []
    assert best_of("phone", []) == []
    assert told([], "phone", UTC_ZONE) == NOTHING_FOUND


@given(st.lists(st.text(max_size=400), max_size=40), st.text(max_size=60))
def test_lines_are_bounded_and_hold_whole_quotes_whatever_was_said(texts: list[str], about: str) -> None:
    found = best_of(about, [record(text, n) for n, text in enumerate(texts)])
    assert len(found) <= MAX_TOLD
    _, *lines = told(found, about, UTC_ZONE).split("\n")
    for line in lines:
        label, _, quote = line.partition(": ")
        assert label.startswith("from ")
        assert len(json.loads(quote)) <= MAX_TOLD_CHARS


def test_of_a_long_text_the_sentence_is_told_that_is_asked_for() -> None:
    long = record(f"{'We talked of this and that. ' * 20}My sister wants the house.")
    assert '"My sister wants the house."' in told([long], "sister house", UTC_ZONE)


# What is looked through


def test_own_words_and_memories_of_before_are_told_with_their_days(services: Services) -> None:
    talked(services, ANA, "My phone keeps me awake.", "Nothing else.")
    services.coaching.memory.write(ANA, "The phone sleeps in the kitchen")
    result = looked_up(services, "the phone")
    assert '"My phone keeps me awake."' in result
    assert '"The phone sleeps in the kitchen"' in result
    assert f"from {short_date(NOON.date())}: " in result
    assert "Nothing else" not in result


def test_the_client_is_shown_what_was_looked_up_and_nothing_is_noted(services: Services) -> None:
    session = enter(services)
    answer = services.tools.call(session, "call", "recall", {"about": "my phone"})
    assert answer.note is not None
    assert (answer.note.text, answer.note.kind) == ("Looked up: my phone", None)
    assert services.coaching.proposals.of_session(session.id) == []
    assert services.tools.call(session, "call", "recall", {"about": "my phone"}) == answer


def test_what_was_looked_up_is_shown_again_while_the_session_goes_on(services: Services, clock: HandClock) -> None:
    session = enter(services)
    first = services.tools.call(session, "my phone", "recall", {"about": "my phone"}).note
    clock.forward(1)
    second = services.tools.call(session, "my sleep", "recall", {"about": "my sleep"}).note
    services.tools.call(session, "my phone", "recall", {"about": "my phone"})
    assert services.tools.notes(session.id) == [first, second]
    services.sessions.end(session.id, EndReason.CLIENT)
    assert services.tools.notes(session.id) == []


def test_what_is_looked_up_off_the_record_or_while_memory_is_off_is_not_kept(services: Services) -> None:
    session = enter(services)
    services.off_record.take(session)
    services.tools.call(session, "call", "recall", {"about": "my phone"})
    assert services.tools.notes(session.id) == []
    other = enter(services, BEN)
    services.coaching.profiles.save(replace(services.coaching.profiles.get(BEN), remembers=False))
    services.tools.call(other, "call", "recall", {"about": "my phone"})
    assert services.tools.notes(other.id) == []


def test_nobody_elses_words_are_told(services: Services) -> None:
    talked(services, BEN, PHONE)
    services.coaching.memory.write(BEN, "Ben's phone is broken")
    assert looked_up(services, "phone") == NOTHING_FOUND


def test_the_agents_words_and_those_of_this_call_are_not_told(services: Services) -> None:
    before = enter(services)
    services.intake.receive(before.id, delivery(said(1, "What about your phone?", "agent")))
    services.sessions.end(before.id, EndReason.CLIENT)
    session = enter(services)
    services.intake.receive(session.id, delivery(said(1, PHONE)))
    assert services.tools.call(session, "call", "recall", {"about": "phone"}).result == NOTHING_FOUND


def test_what_the_client_only_asked_is_not_told(services: Services) -> None:
    talked(services, ANA, "What did I say about my phone?", "Where is my phone? I lost my phone.")
    result = looked_up(services, "phone")
    assert "What did I say" not in result
    assert "I lost my phone." in result


def test_what_is_forgotten_is_not_told_nor_the_turns_it_rests_on(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(said(1, PHONE), said(2, "My phone is new.")))
    services.tools.call(session, "call", "remember", {"text": "My phone is new."})
    services.sessions.end(session.id, EndReason.CLIENT)
    assert "new" in looked_up(services, "phone")
    [memory] = [each for each in services.coaching.memory.list_for(ANA) if each.kind is MemoryKind.FACT]
    services.coaching.memory.forget(ANA, memory.id)
    result = looked_up(services, "phone")
    assert "new" not in result
    assert "kitchen" in result


def test_a_note_that_was_taken_back_takes_its_turns_out(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(said(1, "I will sell my phone.")))
    answer = services.tools.call(session, "call", "add_action", {"title": "I will sell my phone"})
    assert answer.note is not None
    services.tools.undo(session, answer.note.id)
    services.sessions.end(session.id, EndReason.CLIENT)
    assert looked_up(services, "phone") == NOTHING_FOUND


def test_what_the_client_put_in_other_words_is_told_in_these_alone(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(said(1, "My sister Anna has a phone.")))
    services.tools.call(session, "call", "remember", {"text": "My sister Anna has a phone."})
    services.sessions.end(session.id, EndReason.CLIENT)
    [memory] = services.coaching.memory.list_for(ANA)
    services.coaching.memory.edit(ANA, memory.id, "My sister Hanna has a phone")
    result = looked_up(services, "phone")
    assert "Hanna" in result
    assert "Anna " not in result.replace("Hanna", "")


def test_after_forgetting_everything_nothing_of_before_is_told(services: Services) -> None:
    talked(services, ANA, PHONE)
    services.coaching.memory.forget_all(ANA)
    assert looked_up(services, "phone") == NOTHING_FOUND


def test_nothing_is_looked_up_while_memory_is_off(services: Services) -> None:
    talked(services, ANA, PHONE)
    services.coaching.profiles.save(replace(services.coaching.profiles.get(ANA), remembers=False))
    assert looked_up(services, "phone") == SWITCHED_OFF


def test_a_session_off_the_record_is_not_told(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(said(1, PHONE)))
    services.off_record.take(session)
    services.sessions.end(session.id, EndReason.CLIENT)
    assert looked_up(services, "phone") == NOTHING_FOUND


def test_nothing_is_looked_up_for_a_session_that_is_over(services: Services) -> None:
    session = talked(services, ANA, PHONE)
    answer = services.tools.call(session, "call", "recall", {"about": "phone"})
    assert answer.is_error
    assert "over" in answer.result


@pytest.mark.parametrize("about", ["", " ", None, "x" * 5_000])
def test_without_words_to_look_for_the_agent_is_told_so(services: Services, about: str | None) -> None:
    answer = services.tools.call(enter(services), "call", "recall", {"about": about})
    assert answer.is_error
    assert "about" in answer.result


def test_the_newest_turns_are_looked_through(services: Services) -> None:
    session = enter(services)
    services.intake.receive(session.id, delivery(said(1, "The oldest phone.")))
    later = [said(n, f"Word {n}") for n in range(2, MAX_TURNS + 2)]
    for begin in range(0, len(later), 100):
        services.intake.receive(session.id, delivery(*later[begin : begin + 100]))
    services.sessions.end(session.id, EndReason.CLIENT)
    assert looked_up(services, "phone") == NOTHING_FOUND
    assert '"Word 900"' in looked_up(services, "900")
