"""The way to every page of every role, and through every state of a client's visit; `look` is called on each."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from coachroom.people.people import Role
from tests.journeys.steps import (
    SELF_VIEW_FRAME,
    agree,
    at_rest,
    coach_says,
    come_to_room,
    end_session,
    enter_room,
    sign_in,
    type_to_coach,
)
from tests.journeys.visit import Visit
from tests.open_server import OpenServer, address_of

Look = Callable[[Page, str], None]
# Who of the demo people has which role.
NAMES = {
    Role.CLIENT: "Ana Silva",
    Role.COACH: "Carla Mendes",
    Role.ANALYST: "Anton Weber",
    Role.ADMIN: "Amira Haddad",
}
NUMBERS = ("Overview", "Engagement", "Satisfaction", "Quality", "Effectiveness")
# By role, the pages that have an address of their own; Room and Session are states of a visit.
PAGES = {
    Role.CLIENT: ("Start", "Goals", "Appointments", "Profile", "Memory", "Privacy", "Help"),
    Role.COACH: ("Start", "Clients", "Calendar", *NUMBERS),
    Role.ANALYST: ("Start", *NUMBERS, "Explore"),
    Role.ADMIN: ("Start", "Clients", *NUMBERS, "Explore", "Members", "Import", "Audit", "System"),
}
IN_A_VISIT = ("Room", "Session")
WITH_A_COACH = ("Join",)
# Within this time a second click at one place does nothing to another button there (second_click.js).
DOUBLE_CLICK_MS = 500
# Transitions and charts have come to their ends. What moves for good, or as loud as it is, does not count.
SETTLED = """() => {
  const still = (root) => root.getAnimations().every((each) =>
    each.playState !== 'running' || each.transitionProperty === 'transform' ||
    each.effect.getComputedTiming().endTime === Infinity)
    && [...root.querySelectorAll('*')].every((node) => !node.shadowRoot || still(node.shadowRoot));
  return still(document);
}"""
DRAWN = """() => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
  .every((chart) => !chart.checkVisibility() || chart.clientWidth === 0 || chart.querySelector('canvas, svg'))"""


def settled(page: Page) -> None:
    """Waits until the page is drawn and nothing moves any more."""
    at_rest(page)
    page.wait_for_function(DRAWN)
    page.wait_for_function(SETTLED)


def sign_in_quickly(page: Page, url: str, name: str) -> None:
    """As the button does, without a look at its page."""
    page.context.request.post(
        f"{url}/sign-in", form={"email": address_of(name)}, headers={"Origin": url}, max_redirects=0
    )


def open_page(page: Page, url: str, name: str) -> None:
    """The page of this name, by its address."""
    page.goto(f"{url}/{'' if name == 'Start' else name}")
    expect(page.get_by_test_id("stMain").get_by_role("heading", level=1)).to_be_visible()
    settled(page)


def every_page(page: Page, server: OpenServer, role: Role, look: Look) -> None:
    """Every page of the role, and on the first of some kinds what can be opened there."""
    sign_in_quickly(page, server.url, NAMES[role])
    for name in PAGES[role]:
        open_page(page, server.url, name)
        look(page, name)
        for what, opened in OPENED.get((role, name), {}).items():
            with_open(page, opened)
            look(page, f"{name}, {what}")
            page.keyboard.press("Escape")


# By role and page, what is opened there: a name for it and the way to its button.
OPENED: dict[tuple[Role, str], dict[str, str]] = {
    (Role.CLIENT, "Start"): {"person menu": ".st-key-person button"},
    (Role.CLIENT, "Goals"): {
        "goal form": ".st-key-add_goal summary",
        "a goal's menu": "[class*=st-key-drop_] button",
    },
    (Role.CLIENT, "Appointments"): {
        "why not": ".st-key-why_not summary",
        "calendar address": ".st-key-calendar_address summary",
    },
    (Role.CLIENT, "Memory"): {"form": ".st-key-add_memory summary"},
    (Role.ADMIN, "Members"): {
        "add": ".st-key-add_member summary",
        "filter": ".st-key-filter_members summary",
        "assign": ".st-key-assign_members summary",
        "a card": ".st-key-people_members a",
        "removing": ".st-key-remove_member button",
    },
    (Role.COACH, "Start"): {"a client": ".st-key-people_to_see a", "a brief": "a[href*='brief=']"},
    (Role.COACH, "Satisfaction"): {"definition": ".st-key-csat_definition button"},
    (Role.ANALYST, "Satisfaction"): {"download": ".st-key-csat_download button"},
}


def with_open(page: Page, opened: str) -> None:
    page.locator(opened).first.click()
    settled(page)


def the_way_in(page: Page, server: OpenServer, name: str, look: Look) -> str:
    """A newcomer's way to the lobby; the lobby's address."""
    page.goto(server.url)
    expect(page.get_by_role("button", name=name)).to_be_visible()
    look(page, "sign-in")
    sign_in(page, server.url, name)
    expect(page.get_by_role("button", name="Open my room")).to_be_visible()
    look(page, "Home of a newcomer")
    page.get_by_role("button", name="Open my room").click()
    expect(page.get_by_role("button", name="I agree, go on")).to_be_visible()
    look(page, "consent")
    agree(page)
    expect(page.get_by_text("You look ready.")).to_be_visible()
    look(page, "lobby")
    return page.url


def a_visit(page: Page, server: OpenServer, name: str, look: Look, enter: str = "Enter room") -> None:
    """A client's first visit, from the way in to the way out. `enter`: the button that leads into the room."""
    address = the_way_in(page, server, name, look)
    enter_room(page, enter)
    coach_says(page, f"Hello {name.split(maxsplit=1)[0]}")
    expect(page.locator(SELF_VIEW_FRAME)).to_have_accessible_name("Your own picture")
    mute = page.get_by_role("button", name="Mute microphone")
    if mute.is_enabled():
        # The browser's own microphone beeps, which the coach would answer.
        mute.click()
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")
    # On a phone the notes are behind a button.
    expect(page.get_by_role("button", name=re.compile("^(Undo|Notes)")).first).to_be_visible()
    type_to_coach(page, "I look at my phone until midnight")
    coach_says(page, "What could you do about it?")
    look(page, "room")
    page.get_by_role("button", name="Help now").click()
    look(page, "room, help")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="End session").click()
    look(page, "room, end")
    page.get_by_role("button", name="Go on").click()
    # On a phone the next button stands where this one stood.
    page.wait_for_timeout(DOUBLE_CLICK_MS)
    end_session(page)
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    look(page, "session")
    page.goto(address)
    expect(page.get_by_role("link", name="Go to your home page")).to_be_visible()
    look(page, "no room")


def a_visit_in_writing(page: Page, server: OpenServer, name: str, look: Look) -> None:
    """From the lobby into the session in writing, through its first step."""
    come_to_room(page, server.url, name)
    page.get_by_role("button", name="Write instead").click()
    expect(page.get_by_role("heading", name="1 of 4: What do you want to work on?")).to_be_visible()
    look(page, "in writing")
    page.get_by_role("textbox").first.fill("I want to sleep better")
    page.get_by_role("button", name="Save and go on").click()
    second = page.get_by_role("heading", name="2 of 4: Where are you with it now?")
    expect(second).to_be_visible()
    # Streamlit's own toast, which has no name and comes a moment later, is not there then.
    page.reload()
    expect(second).to_be_visible()
    look(page, "in writing, second step")


def a_visit_of_a_coach(visit: Visit, look: Look) -> None:
    """A human coach in the session, from the question to the goodbye, on both pages."""
    visit.ask()
    expect(visit.box.get_by_role("button", name="Not now")).to_be_enabled()
    look(visit.coach, "coach, asked")
    look(visit.client, "room, a coach asks")
    # Looking took longer than a client has to answer.
    expect(visit.page.get_by_text("did not answer within a minute").last).to_be_visible(timeout=90_000)
    look(visit.coach, "coach, over")
    visit.ask()
    visit.let_in()
    visit.write("Hint for the AI coach", "Ask about the evenings.", "Send the hint")
    visit.write("Message to the client", "I am here.", "Send the message")
    visit.client_reads("I am here.")
    look(visit.client, "room, with a coach")
    look(visit.coach, "coach, inside")
    visit.press("Talk in private")
    expect(visit.page.get_by_role("button", name="Hand back to the AI coach")).to_be_visible()
    look(visit.coach, "coach, in private")
