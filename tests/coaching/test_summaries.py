"""A session's title and summary: made from what stands, with sources, and shared only as far as the client says."""

from __future__ import annotations

import pytest

from coachroom.app.container import Services
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.memory import MemoryKind
from coachroom.coaching.proposals import ProposalKind
from coachroom.coaching.summaries import SessionSummary, headline
from coachroom.coaching.validation import InvalidInputError
from tests.coaching.reported import SESSION, heard, noted, remembered
from tests.services import ANA, BEN, HandClock, store_of

OTHER = "session-2"


def summary(services: Services, session: str = SESSION) -> SessionSummary:
    return services.coaching.summaries.of_session(ANA, session)


def texts(services: Services) -> list[str]:
    return [each.text for each in summary(services).sentences]


def a_talk(services: Services, clock: HandClock) -> None:
    """A goal, a next step, progress, what was summed up of it and a fact."""
    goal_id = services.coaching.goals.add(ANA, NewGoal("Sleep"))
    for put in (
        lambda: noted(services, ProposalKind.GOAL, title="I want to speak up in meetings", turns=("t1",)),
        lambda: remembered(services, "Has a dog", turns=("t2",)),
        lambda: noted(services, ProposalKind.PROGRESS, goal_id=goal_id, about="Sleep", score=1, turns=("t3",)),
        lambda: noted(services, ProposalKind.ACTION, title="Ask Tom", due_on="2026-05-04", turns=("t4",)),
        lambda: remembered(
            services, "The client wants to speak up in meetings.", turns=("t1",), kind=MemoryKind.SUMMARY
        ),
        lambda: noted(services, ProposalKind.GOAL, title="Another talk", session=OTHER),
    ):
        put()
        clock.forward(1)


def test_a_summary_is_a_few_whole_sentences_with_their_turns(services: Services, clock: HandClock) -> None:
    a_talk(services, clock)
    found = summary(services)
    assert [(each.text, each.turns) for each in found.sentences] == [
        ("You want to speak up in meetings.", ("t1",)),
        ("With \u201cSleep\u201d you stand at +1, a little more than hoped.", ("t3",)),
        ("You decided on a next step, by 4 May 2026: \u201cAsk Tom\u201d.", ("t4",)),
    ]
    assert found.title == "Speak up in meetings"
    assert services.coaching.summaries.titles(ANA) == {SESSION: "Speak up in meetings", OTHER: "Another talk"}
    assert services.coaching.summaries.titles(BEN) == {}


def test_where_little_was_noted_facts_make_it_up(services: Services) -> None:
    remembered(services, "Has a dog", turns=("t2",))
    remembered(services, "I live in Rome", turns=("t3",))
    heard(services, ProposalKind.ACTION, title="Not decided", turns=("t9",))
    assert texts(services) == ["You have a dog.", "You live in Rome."]
    assert summary(services).title is None


def test_it_is_at_most_six_sentences(services: Services) -> None:
    for n in range(9):
        noted(services, ProposalKind.GOAL, title=f"Goal {n}", turns=(f"t{n}",))
    assert len(texts(services)) == 6


def test_what_is_undone_or_forgotten_is_in_neither(services: Services) -> None:
    goal = noted(services, ProposalKind.GOAL, title="Speak up in meetings", turns=("t1",))
    remembered(services, "The client wants to speak up in meetings.", turns=("t1",), kind=MemoryKind.SUMMARY)
    remembered(services, "Their boss talks a lot.", turns=("t2",), kind=MemoryKind.SUMMARY)
    services.coaching.proposals.undo(ANA, goal)
    assert texts(services) == ["Your boss talks a lot."]
    assert summary(services).title == "Your boss talks a lot"
    services.coaching.memory.forget(ANA, services.coaching.memory.list_for(ANA)[0].id)
    assert (texts(services), summary(services).title) == ([], None)


def test_the_client_names_it_and_takes_the_name_back(services: Services) -> None:
    noted(services, ProposalKind.GOAL, title="Sleep")
    services.coaching.summaries.rename(ANA, SESSION, " My good night ")
    assert summary(services).title == services.coaching.summaries.titles(ANA)[SESSION] == "My good night"
    with pytest.raises(InvalidInputError, match="too long"):
        services.coaching.summaries.rename(ANA, SESSION, "x" * 81)
    services.coaching.summaries.rename(ANA, SESSION, "")
    assert summary(services).title == "Sleep"


def test_nothing_is_shared_unless_the_client_says_so_and_then_only_what_was_there(
    services: Services, clock: HandClock
) -> None:
    a_talk(services, clock)
    summaries = services.coaching.summaries
    assert (summary(services).shared, summaries.shared_by(ANA)) == (None, [])
    summaries.share(ANA, SESSION, [each.id for each in summary(services).sentences])
    noted(services, ProposalKind.ACTION, title="Something private", turns=("t8",))
    assert len(texts(services)) == 4
    (shared,) = summaries.shared_by(ANA)
    assert [each.text for each in shared.sentences] == texts(services)[:3], "what came later is not shared"
    assert summaries.shared_by(BEN) == []
    first = next(each for each in services.coaching.memory.list_for(ANA) if each.kind is MemoryKind.SUMMARY)
    services.coaching.memory.forget(ANA, first.id)
    assert "speak up" not in str(
        [each.text for each in summaries.shared_by(ANA)[0].sentences if each.turns == ("t1",)]
    )
    services.coaching.summaries.rename(ANA, SESSION, "Mine")
    assert summaries.shared_by(ANA)[0].title == "Mine"
    summaries.share(ANA, SESSION, None)
    assert summaries.shared_by(ANA) == []


def test_no_words_of_a_summary_are_kept_a_second_time(services: Services, clock: HandClock) -> None:
    a_talk(services, clock)
    services.coaching.summaries.share(ANA, SESSION, [each.id for each in summary(services).sentences])
    ((kept, shared),) = store_of(services).execute("SELECT title, shared FROM session_choices")
    assert kept is None
    assert "speak" not in shared


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("I want to speak up in meetings", "Speak up in meetings"),
        ("My goal is to sleep.", "Sleep"),
        ("Dormir mejor", "Dormir mejor"),
        ("I'd like to " + "walk " * 30, "Walk" + " walk" * 11 + "\u2026"),
        ("", ""),
    ],
)
def test_a_title_is_short(text: str, title: str) -> None:
    assert headline(text) == title
