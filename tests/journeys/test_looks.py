"""By keyboard alone, on a phone, in light and dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.axe import A_MOMENT_MS
from tests.journeys.browser import DESKTOP, PHONE, Witness, one_person
from tests.journeys.every_page import Look, sign_in_quickly, the_way_in
from tests.journeys.steps import (
    coach_says,
    end_session,
    enter_room,
    outcome,
    picture_moves,
    self_view,
    session_in,
    session_is_over,
    type_to_coach,
)
from tests.open_server import OpenServer

FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return (at.getAttribute('aria-label') || at.labels?.[0]?.textContent || at.innerText || at.tagName).trim();
}"""
# Every control that can be seen, in shadow roots too, that has no name to call it by.
NAMELESS = """() => {
  const found = [];
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) look(node.shadowRoot);
      if (!node.matches('button, a[href], input, textarea, select, iframe, [role=button]')) continue;
      if (!node.checkVisibility({ visibilityProperty: true }) || node.closest('[aria-hidden=true]')) continue;
      const by = node.getAttribute('aria-labelledby');
      const name = node.getAttribute('aria-label') || node.title || node.labels?.[0]?.textContent || node.innerText
        || (by && root.getElementById(by)?.innerText) || '';
      if (!name.trim()) found.push(node.outerHTML.slice(0, 160));
    }
  };
  look(document);
  return found;
}"""
# Text whose colour is too close to what is painted behind it (WCAG 2.2, AA: 4.5 to 1; large text 3 to 1).
TOO_PALE = """() => {
  const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const up = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const paint = (colours) => {
    pixel.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); }
    return pixel.getImageData(0, 0, 1, 1).data;
  };
  const found = [];
  const check = (node) => {
    const style = getComputedStyle(node);
    if (style.backgroundClip === 'text') return; // its letters are painted by its background
    const behind = [];
    for (let at = node; at; at = up(at)) {
      if (at.disabled || at.getAttribute?.('aria-disabled') === 'true') return;
      if (at.getAttribute?.('aria-hidden') === 'true' || Number(getComputedStyle(at).opacity) < 0.05) return;
      if (at.matches?.('[data-testid=stIconMaterial]')) return;
      behind.unshift(getComputedStyle(at).backgroundColor);
    }
    const canvas = getComputedStyle(document.querySelector('.stApp')).backgroundColor;
    const ground = [canvas, ...behind];
    const [one, other] = [light(paint(ground)), light(paint([...ground, style.color]))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 600);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)} ${node.innerText?.trim().slice(0, 40)}`);
  };
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) look(node.shadowRoot);
      const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
      if (own && !node.matches('style, script, title') && node.checkVisibility({ visibilityProperty: true })
        && node.getBoundingClientRect().width > 1) check(node);
    }
  };
  look(document);
  return [...new Set(found)];
}"""
# The bars that show how loud it is move all the time.
SETTLED = """() => {
  const still = (root) => root.getAnimations().every((each) =>
    each.playState !== 'running' || each.transitionProperty === 'transform' ||
    each.effect.getComputedTiming().endTime === Infinity)
    && [...root.querySelectorAll('*')].every((node) => !node.shadowRoot || still(node.shadowRoot));
  return still(document);
}"""
WIDER_THAN_THE_WINDOW = """() => [document.scrollingElement, document.querySelector('[data-testid=stMain]')]
  .some((node) => node.scrollWidth > node.clientWidth)"""


def too_pale(page: Page) -> list[str]:
    """The texts that are too pale, and are so a moment later, when nothing fades any more."""
    found = page.evaluate(TOO_PALE)
    if found:
        page.wait_for_timeout(A_MOMENT_MS)
        again = page.evaluate(TOO_PALE)
        found = [text for text in found if text in again]
    return found


def _tab_to(page: Page, name: str) -> None:
    pattern = re.compile(f"^(?:{name})")
    met = []
    for _ in range(40):
        page.keyboard.press("Tab")
        met.append(page.evaluate(FOCUSED))
        if pattern.search(met[-1]):
            return
    raise AssertionError(f"nobody comes to {name} by the Tab key, only to {met}")


def test_a_whole_session_by_keyboard_alone(page: Page, server: OpenServer) -> None:
    name = server.new_client()
    page.goto(server.url)
    expect(page.get_by_role("button", name=name)).to_be_visible()

    def press(control: str, key: str = "Enter") -> None:
        assert page.evaluate(NAMELESS) == []
        _tab_to(page, control)
        page.keyboard.press(key)

    press(f"{name} ")
    expect(page.get_by_role("button", name="Open my room")).to_be_visible()
    press("Open my room")
    expect(page.get_by_role("heading", name="Before you begin")).to_be_visible()
    press("I understand that", "Space")
    expect(page.get_by_role("button", name="I agree, go on")).to_be_enabled()
    press("I agree, go on")
    expect(page.get_by_role("button", name="Enter room")).to_be_enabled()
    press("Enter room", "Space")
    coach_says(page, f"Hello {name.split()[0]}")
    session = session_in(server, page.url.partition("room=")[2])
    press("Message to the coach")
    page.keyboard.type("I want to sleep better")
    page.keyboard.press("Enter")
    coach_says(page, "Where do you stand with it")
    press("Mute microphone$", "Space")
    expect(page.get_by_role("button", name="Unmute microphone")).to_be_visible()
    expect(page.get_by_text("Muted", exact=True)).to_be_visible()
    press("End session", "Space")
    press("End now")
    session_is_over(page)
    expect(page.get_by_role("radio", name="5 out of 5 stars")).to_be_visible()
    press("1 out of 5 stars", "ArrowRight")
    page.keyboard.press("Space")
    press("Anything you want to add")
    page.keyboard.type("By keyboard")
    press("Send$")
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert outcome(server, session) == ("completed", "client")
    feedback = server.rows("SELECT rating, comment FROM feedback WHERE session_id = $1", session)
    assert feedback == [(2, "By keyboard")]


def _walk_through(context: BrowserContext, server: OpenServer, name: str, look: Look) -> None:
    """Every page a client can come to; `look` is called on each."""
    page = context.new_page()
    address = the_way_in(page, server, name, look)
    enter_room(page)
    coach_says(page, f"Hello {name.split(maxsplit=1)[0]}")
    picture_moves(self_view(page).locator("video"))
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")
    look(page, "room")
    other = context.new_page()
    other.goto(address)
    expect(page.get_by_role("button", name="Continue here instead")).to_be_visible()
    look(page, "seat lost")
    other.close()
    page.get_by_role("button", name="Continue here instead").click()
    expect(page.get_by_role("button", name="End session")).to_be_visible()
    look(page, "room again")
    end_session(page)
    expect(page.get_by_role("heading", name="What was said")).to_be_visible()
    look(page, "session")
    page.goto(address)
    expect(page.get_by_role("link", name="Go to your home page")).to_be_visible()
    look(page, "no room")


@pytest.mark.parametrize(("scheme", "window"), [("light", PHONE), ("dark", DESKTOP)], ids=["phone", "desktop"])
def test_every_page_can_be_read_and_reached(
    browser: Browser, server: OpenServer, scheme: str, window: dict[str, int]
) -> None:
    name = server.new_client()
    wrong: list[str] = []

    def look(page: Page, where: str) -> None:
        page.wait_for_function(SETTLED)
        wrong.extend(f"{where}: too pale: {text}" for text in too_pale(page))
        wrong.extend(f"{where}: no name: {control}" for control in page.evaluate(NAMELESS))
        if page.evaluate(WIDER_THAN_THE_WINDOW):
            wrong.append(f"{where}: wider than the window")
        if where.startswith("room"):
            for button in ("End session", "Mute microphone", "Turn camera off"):
                expect(page.get_by_role("group").get_by_role("button", name=button)).to_be_in_viewport(ratio=1)

    with one_person(browser, viewport=window, color_scheme=scheme) as context:
        witness = Witness(context)
        _walk_through(context, server, name, look)
        assert witness.seen == []
    assert not wrong, "\n".join(wrong)


def test_a_brief_is_printed_dark_on_light_whatever_the_screen_is(browser: Browser, community: OpenServer) -> None:
    with one_person(browser, color_scheme="dark") as coach:
        page = coach.new_page()
        sign_in_quickly(page, community.url, "Carla Mendes")
        page.goto(f"{community.url}/Clients?client=demo-ana&brief=1")
        heading = page.get_by_role("heading", name="your next talk")
        expect(heading).to_be_visible()
        expect(heading).not_to_have_css("color", "rgb(0, 0, 0)")
        page.emulate_media(media="print")
        expect(heading).to_have_css("color", "rgb(0, 0, 0)")
        for around in (page.locator("html"), page.locator("body"), page.get_by_test_id("stApp")):
            expect(around).to_have_css("background-color", "rgba(0, 0, 0, 0)")
            expect(around).to_have_css("color-scheme", "light")
        expect(page.get_by_text("Print this page with")).to_be_hidden()
