"""The tools the agent uses during a call: done at once, once, for this client only, and undone again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachroom.agent.tool_specs import TOOLS
from coachroom.agent.tools import MAX_NOTES, Answer
from coachroom.app.container import Services
from coachroom.coaching.actions import ActionStatus
from coachroom.coaching.goals import GoalStatus, NewGoal
from coachroom.coaching.memory import MemoryKind
from coachroom.coaching.proposals import ProposalSource, ProposalStatus
from coachroom.coaching.stages import Stage, stages_of
from coachroom.coaching.validation import InvalidInputError
from coachroom.rooms.states import EndReason, Session
from tests.services import ANA, BEN, delivery, enter, said, store_of

GOAL = "Speak up in meetings"


@pytest.fixture
def session(services: Services) -> Session:
    """Ana's, in which she has said two things."""
    session = enter(services)
    services.intake.receive(
        session.id,
        delivery(
            said(1, "Hello Ana.", "agent"),
            said(2, "I want to speak up in meetings."),
            said(3, "My boss is called Tom and he talks a lot."),
        ),
    )
    return session


def use(services: Services, session: Session, name: str, *, call: str | None = None, **parameters: Any) -> Answer:
    """One call; without an id of its own it is a new one."""
    return services.tools.call(session, call or f"{name} {parameters}", name, parameters)


def test_a_goal_is_saved_at_once_with_the_words_it_rests_on(services: Services, session: Session) -> None:
    answer = use(services, session, "save_goal", title=GOAL, importance=3, difficulty="1")
    assert not answer.is_error
    assert answer.note is not None
    assert (answer.note.text, answer.stage) == (f"Goal: {GOAL}", Stage.GOAL)
    goal = services.coaching.goals.list_for(ANA)[0]
    assert (goal.title, goal.importance, goal.difficulty, goal.session_id) == (GOAL, 3, 1, session.id)
    proposal = services.coaching.proposals.of_session(session.id)[0]
    assert (proposal.source, proposal.status) == (ProposalSource.TOOL, ProposalStatus.APPLIED)
    assert (proposal.target_id, proposal.turns) == (goal.id, ("page-1.2",))


def test_a_goal_is_saved_with_the_levels_that_the_client_put_into_words(services: Services, session: Session) -> None:
    levels = {"as_hoped": "I speak in each meeting", "less_than_hoped": "I speak when asked"}
    answer = use(services, session, "save_goal", title=GOAL, much_more_than_hoped="", **levels)
    assert answer.note is not None
    assert answer.note.text == f"Goal: {GOAL}, with what its levels mean to you"
    [goal] = services.coaching.goals.list_for(ANA)
    assert goal.levels == {0: "I speak in each meeting", -1: "I speak when asked"}
    again = use(services, session, "save_goal", call="again", title=GOAL, **levels)
    assert [each.id for each in services.coaching.goals.list_for(ANA)] == [goal.id], again


def test_a_level_that_is_too_long_saves_nothing(services: Services, session: Session) -> None:
    answer = use(services, session, "save_goal", title=GOAL, as_hoped="long " * 60)
    assert answer.is_error
    assert services.coaching.goals.list_for(ANA) == []


def test_the_same_call_sent_again_changes_nothing_and_is_answered_the_same(
    services: Services, session: Session
) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("save_goal", {"title": GOAL}),
        ("log_progress", {"about": GOAL, "score": -1}),
        ("add_action", {"title": "Ask Tom", "due_date": "2026-05-08", "goal": GOAL}),
        ("log_progress", {"about": "Ask Tom", "done": True}),
        ("remember", {"text": "My boss is called Tom."}),
        ("wrap_up", {"summary": "The client will speak up in meetings. Tom the boss talks a lot."}),
        ("mark_stage", {"stage": "options"}),
    ]

    def all_rows() -> list[Any]:
        coaching = services.coaching
        return [
            coaching.goals.list_for(ANA),
            coaching.goals.check_ins(ANA),
            coaching.actions.list_for(ANA),
            coaching.memory.list_for(ANA),
            coaching.proposals.of_session(session.id),
            stages_of(store_of(services), session.id),
        ]

    first = [services.tools.call(session, f"call {n}", name, given) for n, (name, given) in enumerate(calls)]
    rows = all_rows()
    again = [services.tools.call(session, f"call {n}", name, given) for n, (name, given) in enumerate(calls)]
    assert again == first
    assert all_rows() == rows
    assert not any(answer.is_error for answer in first)


# What an agent asks for first, and how it may ask for the same again.
ASKED_AGAIN: dict[str, list[dict[str, Any]]] = {
    "log_progress": [
        {"about": GOAL, "score": 1},
        {"about": GOAL, "score": "+1"},
        {"about": GOAL, "score": 1.0},
        {"about": "speaking up in meetings", "score": "1", "note": "I said one thing"},
    ],
    "log_progress of an action": [
        {"about": "Ask Tom", "done": True},
        {"about": "ask tom!", "done": "true"},
        {"about": "Ask Tom", "done": "TRUE", "note": "He was kind."},
    ],
    "add_action": [
        {"title": "Call Eve"},
        {"title": "call  eve."},
        {"title": "Call Eve", "due_date": "2026-05-08"},
        {"title": "Call Eve", "goal": GOAL},
    ],
    "save_goal": [{"title": "Sleep better"}, {"title": "Sleep better.", "importance": 3}],
    "remember": [
        {"text": "My boss is called Tom."},
        {"text": "my boss is called tom"},
        {"text": "My boss is called Tom.", "kind": "fact"},
    ],
    "wrap_up": [
        {"summary": "Tom the boss talks a lot. The client will speak up in meetings."},
        {"summary": "Tom the boss talks a lot.\nThe client will speak up in meetings."},
    ],
}


@pytest.mark.parametrize("tool", ASKED_AGAIN)
@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=4)
def test_what_is_asked_for_again_with_another_id_is_one_and_answered_as_known(
    services: Services, session: Session, tool: str, data: st.DataObject
) -> None:
    coaching = services.coaching
    titles = {goal.title for goal in coaching.goals.list_for(ANA)}
    if GOAL not in titles:
        coaching.goals.add(ANA, NewGoal(GOAL))
        for title in ("Ask Tom", "Ask Tom for a raise"):
            coaching.actions.add(ANA, title)
    name = tool.partition(" ")[0]

    def rows() -> list[int]:
        kept = [coaching.goals.list_for(ANA), coaching.goals.check_ins(ANA), coaching.actions.list_for(ANA)]
        return [len(each) for each in (*kept, coaching.memory.list_for(ANA), services.tools.notes(session.id))]

    def done() -> list[str]:
        return [action.title for action in coaching.actions.list_for(ANA) if action.status is not ActionStatus.OPEN]

    first = use(services, session, name, call="first", **ASKED_AGAIN[tool][0])
    assert first.note is not None
    before = rows(), done()
    again = data.draw(st.lists(st.sampled_from(ASKED_AGAIN[tool]), min_size=1, max_size=4))
    for n, parameters in enumerate(again):
        answer = use(services, session, name, call=f"again {n}", **parameters)
        assert not answer.is_error
        assert answer.note in (first.note, None)
        assert "No sentence" not in answer.result
    assert (rows(), done()) == before


def test_progress_that_has_changed_since_is_noted_again(services: Services, session: Session) -> None:
    services.coaching.goals.add(ANA, NewGoal(GOAL))
    for n, score in enumerate((1, 0, 1)):
        assert use(services, session, "log_progress", call=f"c{n}", about=GOAL, score=score).note is not None
    assert [check.score for check in services.coaching.goals.check_ins(ANA)] == [1, 0, 1]


def test_what_the_client_took_back_may_be_noted_once_they_say_so_again(services: Services, session: Session) -> None:
    services.coaching.goals.add(ANA, NewGoal(GOAL))
    first = use(services, session, "log_progress", call="one", about=GOAL, score=1).note
    assert first is not None
    services.tools.undo(session, first.id)
    second = use(services, session, "log_progress", call="two", about=GOAL, score=1).note
    assert second is not None
    assert second.id != first.id
    assert len(services.coaching.goals.check_ins(ANA)) == 1


def test_what_is_noted_already_is_answered_where_there_is_no_more_room(services: Services, session: Session) -> None:
    services.coaching.goals.add(ANA, NewGoal(GOAL))
    first = use(services, session, "log_progress", call="one", about=GOAL, score=1)
    for n in range(MAX_NOTES - 1):
        use(services, session, "remember", text=f"Fact number {n}")
    assert use(services, session, "log_progress", call="two", about=GOAL, score="+1") == first


def test_an_action_settled_the_other_way_is_not_taken_for_known(services: Services, session: Session) -> None:
    services.coaching.actions.add(ANA, "Ask Tom")
    use(services, session, "log_progress", call="one", about="Ask Tom", done=True)
    assert use(services, session, "log_progress", call="two", about="Ask Tom", done=False).is_error


def test_a_goal_the_client_has_is_not_added_twice(services: Services, session: Session) -> None:
    use(services, session, "save_goal", title=GOAL)
    again = use(services, session, "save_goal", title="speak up in  meetings!")
    assert "already" in again.result
    assert (again.is_error, again.note, again.stage) == (False, None, Stage.GOAL)
    assert len(services.coaching.goals.list_for(ANA)) == 1


def test_a_goal_that_was_closed_may_be_set_again(services: Services, session: Session) -> None:
    goal_id = services.coaching.goals.add(ANA, NewGoal(GOAL))
    services.coaching.goals.close(ANA, goal_id, GoalStatus.DROPPED)
    assert use(services, session, "save_goal", title=GOAL).note is not None


def test_progress_finds_its_goal_by_its_words(services: Services, session: Session) -> None:
    goal_id = services.coaching.goals.add(ANA, NewGoal(GOAL))
    services.coaching.goals.add(ANA, NewGoal("Sleep better"))
    answer = use(services, session, "log_progress", about="speaking in meetings", score="+1", note="I said one thing")
    assert (answer.is_error, answer.stage) == (False, Stage.REALITY)
    assert answer.note is not None
    assert answer.note.text == f"Progress: {GOAL}, now at +1, a little more than hoped"
    check_in = services.coaching.goals.check_ins(ANA)[0]
    assert (check_in.goal_id, check_in.score, check_in.note) == (goal_id, 1, "I said one thing")


@pytest.mark.parametrize(("done", "status"), [(True, ActionStatus.DONE), ("false", ActionStatus.DROPPED)])
def test_an_action_is_settled_by_its_title(
    services: Services, session: Session, done: bool | str, status: ActionStatus
) -> None:
    services.coaching.actions.add(ANA, "Ask Tom for feedback")
    services.coaching.goals.add(ANA, NewGoal("Ask Tom for feedback"))
    assert not use(services, session, "log_progress", about="ask tom", done=done, note="No time").is_error
    action = services.coaching.actions.list_for(ANA)[0]
    assert action.status is status
    assert action.dropped_why == ("No time" if status is ActionStatus.DROPPED else None)
    assert services.coaching.goals.check_ins(ANA) == []


@pytest.mark.parametrize("about", ["Something quite different", "better", "???"])
def test_where_it_is_not_clear_what_is_meant_the_titles_are_told(
    services: Services, session: Session, about: str
) -> None:
    for title in ("Sleep better", "Eat better"):
        services.coaching.goals.add(ANA, NewGoal(title))
    services.coaching.goals.add(BEN, NewGoal(about))
    answer = use(services, session, "log_progress", about=about, score=1)
    assert answer.is_error
    assert '"Sleep better"' in answer.result
    assert '"Eat better"' in answer.result
    assert services.coaching.goals.check_ins(ANA) == services.coaching.goals.check_ins(BEN) == []


def test_an_action_has_its_day_and_its_goal(services: Services, session: Session) -> None:
    use(services, session, "save_goal", title=GOAL)
    answer = use(services, session, "add_action", title="Ask Tom", due_date="2026-05-08", goal="speak up")
    assert answer.note is not None
    assert (answer.note.text, answer.stage) == ("Next step: Ask Tom, by 8 May 2026", Stage.WILL)
    action = services.coaching.actions.list_for(ANA)[0]
    assert (action.due_at, action.session_id) == (datetime(2026, 5, 8, 23, 59, 59), session.id)
    assert action.goal_id == services.coaching.goals.list_for(ANA)[0].id
    assert "already" in use(services, session, "add_action", title="ask Tom!").result


def test_today_is_not_over_and_yesterday_is(services: Services, session: Session) -> None:
    assert not use(services, session, "add_action", title="Ask Tom", due_date="2026-05-01").is_error
    late = use(services, session, "add_action", title="Ask Ben", due_date="2026-04-30")
    assert late.is_error
    assert "2026-05-01" in late.result
    assert [action.title for action in services.coaching.actions.list_for(ANA)] == ["Ask Tom"]


def test_a_summary_keeps_what_the_client_said_and_drops_the_rest(services: Services, session: Session) -> None:
    summary = "They want to speak up in meetings. They plan a holiday in Norway. Their boss Tom talks a lot!"
    answer = use(services, session, "wrap_up", summary=summary)
    assert "2 sentences" in answer.result
    kept = {memory.text: memory for memory in services.coaching.memory.list_for(ANA)}
    assert set(kept) == {"They want to speak up in meetings.", "Their boss Tom talks a lot!"}
    memory = kept["Their boss Tom talks a lot!"]
    assert (memory.kind, memory.confidence, memory.turns) == (MemoryKind.SUMMARY, 0.9, ("page-1.3",))
    assert [note.text for note in services.tools.notes(session.id)] == ["Summary of this session"]


def test_what_the_agent_said_is_no_ground_for_a_summary(services: Services, session: Session) -> None:
    services.intake.receive(session.id, delivery(said(4, "You should plan a holiday in Norway.", "agent")))
    answer = use(services, session, "wrap_up", summary="They plan a holiday in Norway.")
    assert "No sentence" in answer.result
    assert services.coaching.memory.list_for(ANA) == []


@pytest.mark.parametrize(
    ("name", "parameters", "left"),
    [
        ("save_goal", {"title": GOAL}, lambda coaching: coaching.goals.list_for(ANA)),
        ("add_action", {"title": "Ask Tom"}, lambda coaching: coaching.actions.list_for(ANA)),
        ("remember", {"text": "My boss is called Tom."}, lambda coaching: coaching.memory.list_for(ANA)),
        ("wrap_up", {"summary": "Tom talks a lot. They speak up in meetings."}, lambda c: c.memory.list_for(ANA)),
    ],
)
def test_each_note_is_undone_and_stays_so(
    services: Services, session: Session, name: str, parameters: dict[str, Any], left: Any
) -> None:
    note = use(services, session, name, call="c", **parameters).note
    assert note is not None
    assert left(services.coaching)
    assert services.tools.notes(session.id) == [note]
    for _ in range(2):
        services.tools.undo(session, note.id)
    assert left(services.coaching) == services.tools.notes(session.id) == []
    again = use(services, session, name, call="c", **parameters)
    assert (again.note, left(services.coaching)) == (None, [])
    assert "taken this back" in again.result


def test_an_action_that_was_done_is_open_again_when_that_is_undone(services: Services, session: Session) -> None:
    services.coaching.actions.add(ANA, "Ask Tom")
    note = use(services, session, "log_progress", about="Ask Tom", done=True).note
    assert note is not None
    services.tools.undo(session, note.id)
    assert services.coaching.actions.list_for(ANA)[0].status is ActionStatus.OPEN


def test_what_was_forgotten_is_not_remembered_again_in_other_words(services: Services, session: Session) -> None:
    first = use(services, session, "remember", text="My boss is called Tom.").note
    second = use(services, session, "remember", text="Boss Tom talks a lot.").note
    assert first is not None
    assert second is not None
    services.tools.undo(session, first.id)
    # The other one rested on the same words and went with it.
    assert services.tools.notes(session.id) == []
    services.tools.undo(session, second.id)
    again = use(services, session, "remember", text="Tom, the boss, talks.")
    assert (again.is_error, again.note) == (False, None)
    assert "forgotten" in again.result
    assert services.coaching.memory.list_for(ANA) == []


def test_what_the_client_put_in_their_own_words_is_not_noted_again_in_others(
    services: Services, session: Session
) -> None:
    use(services, session, "remember", text="Her boss is called Tom")
    services.coaching.memory.edit(ANA, services.coaching.memory.list_for(ANA)[0].id, "My boss is called Tim")
    again = use(services, session, "remember", text="The boss, Tom, talks a lot")
    assert (again.is_error, again.note) == (False, None)
    assert use(services, session, "wrap_up", summary="Her boss is called Tom and talks a lot.").note is None
    assert [memory.text for memory in services.coaching.memory.list_for(ANA)] == ["My boss is called Tim"]


def test_nothing_is_remembered_while_memory_is_off(services: Services, session: Session) -> None:
    services.coaching.profiles.switch_memory(ANA, False)
    assert "switched off" in use(services, session, "remember", text="My boss is called Tom.").result
    assert "No sentence" in use(services, session, "wrap_up", summary="Tom talks a lot.").result
    assert services.coaching.proposals.of_session(session.id) == []


@pytest.mark.parametrize(
    ("name", "parameters", "sentence"),
    [
        ("delete_everything", {}, "no such tool"),
        ("save_goal", {}, "needs title"),
        ("save_goal", {"title": "  "}, "is empty"),
        ("save_goal", {"title": ["x"]}, "must be text"),
        ("save_goal", {"title": "x" * 201}, "too long"),
        ("save_goal", {"title": "x", "importance": 4}, "from 1 to 3"),
        ("save_goal", {"title": "x", "importance": True}, "whole number"),
        ("log_progress", {"about": "x"}, "score for a goal"),
        ("log_progress", {"about": "x", "score": 1}, "no such goal"),
        ("log_progress", {"about": "x", "done": "perhaps"}, "true or false"),
        ("add_action", {"title": "x", "due_date": "tomorrow"}, "a day like"),
        ("add_action", {"title": "x", "due_date": "2026-02-30"}, "a day like"),
        ("remember", {"text": "x", "kind": "secret"}, "one of: fact"),
        ("remember", {"text": "x" * 501}, "too long"),
        ("mark_stage", {"stage": "end"}, "one of: goal"),
        ("wrap_up", {"summary": "x" * 2001}, "too long"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence_and_leaves_nothing(
    services: Services, session: Session, name: str, parameters: dict[str, Any], sentence: str
) -> None:
    answer = services.tools.call(session, "call", name, parameters)
    assert answer.is_error
    assert sentence in answer.result
    assert (answer.note, answer.stage) == (None, None)
    assert services.coaching.proposals.of_session(session.id) == []
    assert stages_of(store_of(services), session.id) == []


def test_a_progress_out_of_range_leaves_nothing(services: Services, session: Session) -> None:
    services.coaching.goals.add(ANA, NewGoal(GOAL))
    assert use(services, session, "log_progress", about=GOAL, score=3).is_error
    assert services.coaching.goals.check_ins(ANA) == services.tools.notes(session.id) == []


def test_a_session_that_is_over_takes_no_more(services: Services, session: Session) -> None:
    services.sessions.end(session.id, EndReason.CLIENT)
    answer = use(services, session, "save_goal", title=GOAL)
    assert answer.is_error
    assert "over" in answer.result
    assert services.coaching.goals.list_for(ANA) == []


def test_a_session_has_room_for_sixty_notes(services: Services, session: Session) -> None:
    answers = [use(services, session, "remember", text=f"Fact number {n}") for n in range(MAX_NOTES + 1)]
    assert [answer.is_error for answer in answers] == [False] * MAX_NOTES + [True]
    # What is noted already is still answered.
    assert use(services, session, "remember", text="Fact number 0") == answers[0]


def test_a_note_of_another_session_or_client_cannot_be_undone(services: Services, session: Session) -> None:
    note = use(services, session, "save_goal", title=GOAL).note
    assert note is not None
    with pytest.raises(InvalidInputError):
        services.tools.undo(enter(services, BEN, "tab of ben"), note.id)
    assert len(services.coaching.goals.list_for(ANA)) == 1


def test_the_same_call_id_in_two_sessions_is_two_calls(services: Services, session: Session) -> None:
    other = enter(services, BEN, "tab of ben")
    use(services, session, "save_goal", call="c", title=GOAL)
    use(services, other, "save_goal", call="c", title="Run")
    assert [goal.title for goal in services.coaching.goals.list_for(ANA)] == [GOAL]
    assert [goal.title for goal in services.coaching.goals.list_for(BEN)] == ["Run"]


WEIRD = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(), max_size=2))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(spec=st.sampled_from(TOOLS), data=st.data())
def test_whatever_the_agent_gives_there_is_an_answer(
    services: Services, session: Session, spec: Any, data: st.DataObject
) -> None:
    parameters = {parameter.name: data.draw(WEIRD) for parameter in spec.parameters}
    answer = services.tools.call(session, data.draw(st.text()), spec.tool.value, parameters)
    assert answer.result
    assert answer.result.isprintable()
