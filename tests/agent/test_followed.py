"""What the agent did of what it was asked for, counted from its turns and its briefing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coachroom.agent.followed import Followed, followed, open_actions_told
from coachroom.app.container import Services
from coachroom.rooms.states import EndReason
from tests.services import ANA, HandClock, delivery, enter, opened, said, status, store_of, writer_of

ACTION = ["Ask Tom for feedback"]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with opened(tmp_path, HandClock()) as services:
        yield services


@pytest.mark.parametrize(
    ("turns", "actions", "expected"),
    [
        ([], ACTION, None),
        (["Hello.", "How are you?"], [], Followed(0.5, None)),
        (["Hello.", "How did the feedback with Tom go?"], ACTION, Followed(0.5, True)),
        (["Hello.", "What do you bring?"], ACTION, Followed(0.5, False)),
        (["One.", "Two.", "Three.", "And the feedback?"], ACTION, Followed(0.25, False)),
        (["\N{FULLWIDTH QUESTION MARK}", "\N{ARABIC QUESTION MARK}"], [], Followed(1.0, None)),
        (["What about this?", "And that for you?"], ["To be for the"], Followed(1.0, False)),
    ],
)
def test_questions_and_the_open_action_are_found(
    turns: list[str], actions: list[str], expected: Followed | None
) -> None:
    assert followed(turns, actions) == expected


def test_of_a_briefing_only_what_was_agreed_before_counts() -> None:
    told = 'Name: "Ana"\nOpen action: "Ask \\"Tom\\"" | late\nOpen action: "Walk" | agreed in this session'
    assert open_actions_told(told) == ['Ask "Tom"']


def test_a_line_that_is_no_text_of_ours_counts_as_nothing() -> None:
    assert open_actions_told('Open action: (forgotten)\nOpen action: "cut\nOpen action: "Walk"') == ["Walk"]


def test_the_counts_are_made_with_the_facts_and_stay_when_the_words_go(services: Services) -> None:
    services.coaching.actions.add(ANA, "Ask Tom for feedback")
    session = enter(services)
    services.briefings.prepare(session.id, ANA)
    turns = status(1, "connected"), said(2, "Hello. How did it go with Tom?", "agent"), said(3, "Well.")
    services.intake.receive(session.id, delivery(*turns))
    services.sessions.end(session.id, EndReason.CLIENT)
    services.facts.make_all()
    found = "SELECT asking_share, checked_back FROM session_approach"
    assert store_of(services).execute(found) == [(1.0, True)]
    store_of(services).execute("DELETE FROM conversations")
    writer_of(services).submit(lambda transaction: services.facts.mark(transaction, [session.id])).result()
    services.facts.make_all()
    assert store_of(services).execute(found) == [(1.0, True)]
