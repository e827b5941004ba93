"""What the coach notes during a call: seen at once, undone at once, and there again after a reload."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.journeys.steps import begin_session, call_of, coach_says, end_session, type_to_coach
from tests.open_server import OpenServer, until

GOAL = "I want to speak up in meetings"
GOALS = "SELECT title FROM goals WHERE client_id = (SELECT client_id FROM sessions WHERE id = $1) AND session_id = $1"


def test_a_goal_that_is_typed_is_noted_at_once_and_can_be_undone(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    stages = page.get_by_role("list", name="Stages of this session").get_by_role("listitem")
    expect(stages).to_have_text(["Goal", "Where you are", "Options", "Next step"])
    current = page.locator("li[aria-current=step]")
    expect(current).to_have_count(0)

    type_to_coach(page, GOAL)
    coach_says(page, "Where do you stand with it")
    notes = page.get_by_role("list", name="Noted").get_by_role("listitem")
    expect(notes).to_have_text([f"Goal: {GOAL}Undo"])
    expect(current).to_have_text("Where you are")
    assert server.rows(GOALS, session) == [(GOAL,)]

    type_to_coach(page, "My boss is called Tom")
    undo_goal = page.get_by_role("button", name=f"Undo: Goal: {GOAL}")
    there = undo_goal.bounding_box()
    expect(notes).to_have_text([f"Goal: {GOAL}Undo", "Remembered: Your boss is called Tom.Undo"])
    expect(current).to_have_text("Options")
    page.get_by_role("button", name="Undo: Remembered: Your boss is called Tom.").click()
    expect(page.get_by_text("Undone: Remembered: Your boss is called Tom.")).to_be_visible()
    expect(notes).to_have_text([f"Goal: {GOAL}Undo", "Remembered: Your boss is called Tom.Undone"])
    assert undo_goal.bounding_box() == there, "nothing moves under the pointer"

    # It came through the widget's own client, and the agent has the answers.
    call = server.call(call_of(server, session))
    results = [result for turn in call.turns for result in turn.tool_results]
    assert [(each["tool_name"], each["is_error"]) for each in results] == [
        ("save_goal", False),
        ("mark_stage", False),
        ("remember", False),
        ("mark_stage", False),
    ]
    assert results[0]["result_value"] == f"Noted for the client to see: Goal: {GOAL}."

    page.reload()
    page.get_by_role("button", name="Continue the conversation").click()
    until(lambda: call_of(server, session) != call.id)
    expect(notes).to_have_text([f"Goal: {GOAL}Undo"])
    expect(current).to_have_text("Options")
    page.get_by_role("button", name=f"Undo: Goal: {GOAL}").dblclick()
    expect(notes).to_have_text([f"Goal: {GOAL}Undone"])
    assert server.rows(GOALS, session) == []
    end_session(page)


def test_a_goal_made_measurable_in_the_talk_has_its_outcomes_on_the_page_of_goals(
    page: Page, server: OpenServer
) -> None:
    begin_session(page, server)
    type_to_coach(page, f"{GOAL}. Help me make it measurable.")
    coach_says(page, "What is the best that could come of it")
    notes = page.get_by_role("list", name="Noted").get_by_role("listitem")
    expect(notes).to_have_count(0)
    type_to_coach(page, "Best: I speak in each meeting; least: I speak when asked")
    coach_says(page, "Where do you stand with it")
    expect(notes).to_have_text([f"Goal: {GOAL}, with what its levels mean to youUndo"])
    end_session(page)

    page.goto(f"{server.url}/Goals")
    page.get_by_text("Where do you stand now?").click()
    for outcome in ("+2: I speak in each meeting", "−2: I speak when asked"):
        expect(page.get_by_role("radio", name=outcome)).to_be_visible()
