"""A client's whole way with one thumb, on a phone that is 360 pixels wide: nothing sideways, nothing too small."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from coachroom.people.people import Role
from tests.journeys.browser import one_person
from tests.journeys.every_page import PAGES, a_visit
from tests.journeys.steps import at_rest
from tests.open_server import OpenServer

WIDTH = 360
PHONE = {"viewport": {"width": WIDTH, "height": 740}, "has_touch": True, "is_mobile": True}
# Links within a sentence, and the menu that is folded up, do not count.
TOO_SMALL = """() => {
  const found = [];
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) look(node.shadowRoot);
      if (!node.matches('button, a[href], input, select, summary, textarea') || node.disabled) continue;
      if (node.closest('elevenlabs-convai, [data-testid=stSidebar], p, li')) continue;
      if (!node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const { width, height } = (node.closest('label') ?? node).getBoundingClientRect();
      const name = (node.innerText || node.getAttribute('aria-label') || node.type || '').trim();
      if (width > 1 && Math.min(width, height) < 43.5) found.push(`${name.slice(0, 40)} ${width}x${height}`);
    }
  };
  look(document);
  return found;
}"""
SIDEWAYS = """(width) => {
  const found = [];
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) look(node.shadowRoot);
      const { left, right } = node.getBoundingClientRect();
      const shown = node.checkVisibility({ visibilityProperty: true, opacityProperty: true });
      if (shown && left < width && right > width + 1) found.push(`${node.tagName} ${node.className} ${right}`);
    }
  };
  look(document.querySelector('[data-testid=stMain]'));
  return [...found, ...(document.scrollingElement.scrollWidth > width ? ['the page'] : [])];
}"""


def test_a_clients_whole_way_is_walked_with_one_thumb(browser: Browser, community: OpenServer) -> None:
    seen: dict[str, list[str]] = {}

    def look(page: Page, where: str) -> None:
        seen[where] = [*page.evaluate(TOO_SMALL), *page.evaluate(SIDEWAYS, WIDTH)]

    with one_person(browser, **PHONE) as context:
        page = context.new_page()
        a_visit(page, community, community.new_client(), look)
        for name in PAGES[Role.CLIENT]:
            page.goto(f"{community.url}/{'' if name == 'Start' else name}")
            page.get_by_test_id("stMain").locator("h1").wait_for()
            at_rest(page)
            look(page, name)
    assert {where: found for where, found in seen.items() if found} == {}
