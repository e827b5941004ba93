"""The room as it looks: the conversation first, each control once, nothing lost when it is left and entered again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.browser import PHONE, Witness, one_person
from tests.journeys.steps import begin_session, coach_says, outcome, session_is_over, turns, type_to_coach, widget
from tests.open_server import OpenServer, until

GOAL = "I want to sleep better"
QUESTION = "Where do you stand with it"
# The second is a page of the first enlarged to 200 %.
WINDOWS = {"desktop": {"width": 1280, "height": 800}, "enlarged": {"width": 640, "height": 400}, "phone": PHONE}
# Where the words and the text box are, and how much of what was said lies below the words in sight.
MEASURE = """(widget, words) => {
  const box = (node) => node.getBoundingClientRect();
  const shadow = widget.shadowRoot;
  const transcript = shadow.querySelector('[role=log]');
  const asked = [...transcript.querySelectorAll('[dir=auto]')].findLast((node) => node.innerText.includes(words));
  return {
    below: transcript.scrollHeight - transcript.clientHeight - transcript.scrollTop,
    last_line: box(asked).bottom, text_box: box(shadow.querySelector('textarea')),
    transcript: box(transcript), window: innerHeight,
  };
}"""
BUTTONS = """() => {
  const names = [];
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) look(node.shadowRoot);
      if (node.matches('button') && node.checkVisibility({ visibilityProperty: true }))
        names.push(node.getAttribute('aria-label') || node.innerText);
    }
  };
  look(document);
  return names;
}"""
SCROLLS = "() => document.querySelector('[data-testid=stMain]').scrollHeight - innerHeight"


def transcript(page: Page) -> Locator:
    return widget(page).get_by_role("log", name="What was said")


def names_with(page: Page, pattern: str) -> list[str]:
    """The names of all buttons in sight that match."""
    return [name for name in page.evaluate(BUTTONS) if re.search(pattern, name, re.IGNORECASE)]


def question_is_in_sight(page: Page) -> None:
    """The whole question and the text box are in the window, and neither covers the other."""

    def in_sight() -> bool:
        seen = widget(page).evaluate(MEASURE, QUESTION)
        above = seen["last_line"] <= seen["text_box"]["top"] and seen["last_line"] > seen["transcript"]["top"]
        return above and seen["below"] <= 1 and seen["text_box"]["bottom"] <= seen["window"]

    until(in_sight)


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_a_note_appears_and_the_question_and_the_text_box_stay_in_sight(
    browser: Browser, server: OpenServer, window: dict[str, int]
) -> None:
    with one_person(browser, viewport=window) as context:
        witness, page = Witness(context), context.new_page()
        begin_session(page, server)
        type_to_coach(page, GOAL)
        coach_says(page, QUESTION)
        notes = page.get_by_role("button", name="Notes")
        expect(
            page.get_by_text(f"Goal: {GOAL}") if window["width"] > 1000 else notes.get_by_text("1")
        ).to_be_visible()
        question_is_in_sight(page)
        if notes.is_visible():
            notes.click()
            expect(page.get_by_role("list", name="Noted")).to_be_in_viewport()
            question_is_in_sight(page)
        for control in ("Mute microphone", "Turn camera off", "End session"):
            expect(page.get_by_role("button", name=control)).to_be_in_viewport(ratio=1)
        assert page.evaluate(SCROLLS) <= 0
        assert witness.seen == []


def test_on_a_phone_the_human_coach_is_one_tap_away_and_no_menu_lies_over_the_room(
    browser: Browser, server: OpenServer
) -> None:
    with one_person(browser, viewport=PHONE, has_touch=True) as context:
        page = context.new_page()
        begin_session(page, server)
        human_coach = page.get_by_role("heading", name="Human Coach")
        for box in ("You", "AI Coach"):
            expect(page.get_by_role("heading", name=box, exact=True)).to_be_in_viewport()
        expect(human_coach).not_to_be_visible()
        page.get_by_role("button", name="Human Coach").tap()
        expect(human_coach).to_be_in_viewport()
        expect(page.get_by_text("Feature coming soon.")).to_be_in_viewport()
        page.get_by_role("button", name="Human Coach").tap()
        expect(human_coach).not_to_be_visible()
        expect(page.get_by_test_id("stHeader")).not_to_be_visible()


def test_each_control_is_there_once_and_the_end_is_asked_for_once(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    for pattern in ("mute", "camera", r"\bend\b", "send"):
        assert len(names_with(page, pattern)) == 1, pattern
    assert names_with(page, r"\bstart|\bcall\b|continue") == []
    # The coach is heard; read aloud as well, the words would talk over it.
    expect(transcript(page)).to_have_attribute("aria-live", "off")

    end = page.get_by_role("button", name="End session")
    end.dblclick()
    expect(page.get_by_role("group", name="End this session?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(end).to_be_focused()
    end.click()
    page.get_by_role("button", name="Go on").click()
    type_to_coach(page, GOAL)
    coach_says(page, QUESTION)
    assert outcome(server, session)[0] == "active"
    end.click()
    page.get_by_role("button", name="End now").click()
    session_is_over(page)
    assert outcome(server, session) == ("completed", "client")


def test_after_a_reload_all_that_was_said_stands_there_beside_one_button(page: Page, server: OpenServer) -> None:
    session = begin_session(page, server)
    type_to_coach(page, GOAL)
    coach_says(page, QUESTION)
    until(lambda: len(turns(server, session)) == 3)
    page.reload()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    expect(page.get_by_text("You are still in your session.")).to_be_visible()
    expect(transcript(page).get_by_text(GOAL, exact=True)).to_be_visible()
    question_is_in_sight(page)
    assert names_with(page, r"\bstart|\bcall\b|continue") == ["Continue the conversation"]

    page.get_by_role("button", name="Continue the conversation").click()
    coach_says(page, "Welcome back")
    expect(transcript(page).get_by_text(GOAL, exact=True)).to_have_count(1)
    expect(transcript(page)).to_contain_text(re.compile(f"{GOAL}.*{QUESTION}.*Welcome back", re.DOTALL))


def test_the_words_can_be_scrolled_by_keyboard_and_made_larger(browser: Browser, server: OpenServer) -> None:
    with one_person(browser, viewport=WINDOWS["enlarged"]) as context:
        page = context.new_page()
        begin_session(page, server)
        type_to_coach(page, GOAL)
        coach_says(page, QUESTION)
        question_is_in_sight(page)
        size = "(node) => parseFloat(getComputedStyle(node).fontSize)"
        words = transcript(page).get_by_text(GOAL, exact=True)
        before = words.evaluate(size)
        page.get_by_role("button", name="size of the words: normal").click()
        until(lambda: words.evaluate(size) > before * 1.2)
        question_is_in_sight(page)

        transcript(page).focus()
        page.keyboard.press("Home")
        until(lambda: transcript(page).evaluate("(node) => node.scrollTop") == 0)
        # Who reads earlier words stays where they are.
        known = transcript(page).get_by_text("(spoke for").count()
        until(lambda: transcript(page).get_by_text("(spoke for").count() > known + 1)
        assert transcript(page).evaluate("(node) => node.scrollTop") == 0

        page.reload()
        expect(page.get_by_role("button", name="size of the words: large")).to_be_visible()
