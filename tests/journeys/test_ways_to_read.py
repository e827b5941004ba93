"""Pages for those who come by the Tab key, spread the text, or read hints: nothing is lost, hidden or unmarked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from coachroom.people.people import Role
from tests.journeys.browser import one_person
from tests.journeys.every_page import NAMES, PAGES, a_visit, every_page, open_page, settled, sign_in_quickly
from tests.open_server import OpenServer

# Low enough that most pages scroll below the header.
WINDOW = {"width": 1280, "height": 600}
MAX_STOPS = 60
SPACING = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }"""
# Where nothing scrolls, words that are wider or higher than their box are lost. Icons are words of a font.
CUT = """() => {
  const cut = [];
  const look = (root) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.shadowRoot) look(node.shadowRoot);
      const style = getComputedStyle(node);
      const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim());
      if (!own || !node.checkVisibility() || node.matches('[data-testid=stIconMaterial], svg *')) continue;
      if (style.clipPath !== 'none' || style.position === 'absolute' && node.clientWidth <= 1) continue;
      const clips = (side) => ['hidden', 'clip'].includes(style[`overflow${side}`]);
      const [wide, high] = [node.scrollWidth - node.clientWidth, node.scrollHeight - node.clientHeight];
      if (clips('X') && wide > 1 || clips('Y') && high > 4)
        cut.push(node.innerText.trim().slice(0, 60));
    }
  };
  look(document);
  return cut;
}"""
SPREAD = """(css) => {
  const spread = (root) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    for (const node of root.querySelectorAll('*')) if (node.shadowRoot) spread(node.shadowRoot);
  };
  spread(document);
}"""
# What has the focus: its name, whether one sees that it has it, and whether any of it is seen.
STOP = """async () => {
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await drawn();
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  // A table draws on its canvas which cell has the focus.
  if (!at || at === document.body || ['IFRAME', 'CANVAS'].includes(at.tagName)) return null;
  const looks = (node) => {
    const { outlineStyle, outlineWidth, boxShadow, borderColor, backgroundColor } = getComputedStyle(node);
    return [outlineStyle === 'none' ? '' : outlineWidth, boxShadow, borderColor, backgroundColor].join();
  };
  const above = [at.parentElement, at.parentElement?.parentElement, at.parentElement?.parentElement?.parentElement];
  const beside = [at.nextElementSibling, at.previousElementSibling, ...(at.labels ?? [])];
  const around = [at, ...above, ...beside].filter(Boolean);
  around.push(...around.flatMap((node) => [...node.children].slice(0, 4)));
  const focused = around.map(looks);
  const root = at.getRootNode();
  const box = at.getBoundingClientRect();
  const seen = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]].some(([x, y]) => {
    const top = root.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
    return top && (at.contains(top) || top.contains(at) || around.includes(top));
  });
  const clear = (node) => !node || (Number(getComputedStyle(node).opacity) > 0.1 && clear(node.parentElement));
  const hidden = ['BUTTON', 'A'].includes(at.tagName) && !clear(at);
  const name = (at.getAttribute('aria-label') || at.innerText || at.title || at.tagName).trim().slice(0, 50);
  at.blur();
  await drawn();
  const marked = focused.join() !== around.map(looks).join();
  at.focus({ focusVisible: true, preventScroll: true });
  await drawn();
  // Streamlit's buttons over a chart may lie under the header: docs/accessibility.md says so.
  const overChart = at.closest('[data-testid=stElementToolbar]') !== null;
  return { name, marked, seen: !hidden && (seen || overChart || box.width <= 1 || box.height <= 1) };
}"""
# A field is known by its edge or its ground: one of them stands out three times from what is behind it.
PALE_FIELDS = """() => {
  const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const light = (colours) => {
    pixel.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1); }
    return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  };
  const ground = (node) => {
    const colours = [];
    for (let at = node; at; at = at.parentElement) colours.unshift(getComputedStyle(at).backgroundColor);
    return [getComputedStyle(document.querySelector('.stApp')).backgroundColor, ...colours];
  };
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const pale = [];
  for (const field of document.querySelectorAll('[data-testid=stMain] :is(input, textarea, select)')) {
    if (!field.parentElement.checkVisibility() || field.disabled) continue;
    if (['checkbox', 'radio', 'range'].includes(field.type)) continue;
    let best = 1;
    for (let at = field, n = 0; n < 4 && at.parentElement; n += 1, at = at.parentElement) {
      const { borderBottomColor, borderBottomWidth } = getComputedStyle(at);
      const behind = ground(at.parentElement);
      best = Math.max(best, ratio(ground(at), behind));
      if (parseFloat(borderBottomWidth)) best = Math.max(best, ratio([...behind, borderBottomColor], behind));
    }
    if (best < 3) pale.push(`${best.toFixed(2)} ${field.getAttribute('aria-label') || field.id}`);
  }
  return pale;
}"""
# Words by which only who sees could tell what is meant.
SEEN_ONLY = r"""() => {
  const look = ['red', 'green', 'blue', 'grey', 'orange', 'yellow', 'round', 'square'].join('|');
  const thing = ['button', 'dot', 'line', 'mark', 'box', 'circle', 'icon'].join('|');
  const words = new RegExp(`[^.\\n]*\\b([ot][no] the (left|right)|(${look}) (${thing}))\\b[^.\\n]*`, 'gi');
  return document.body.innerText.match(words) ?? [];
}"""


def spread(page: Page, where: str) -> list[str]:
    """What is cut where the text is spread, and was not before."""
    before = page.evaluate(CUT)
    page.evaluate(SPREAD, SPACING)
    settled(page)
    return [f"{where}: cut when spread: {text}" for text in page.evaluate(CUT) if text not in before]


def tabbed(page: Page, where: str) -> list[str]:
    """The stops of the Tab key whose focus cannot be seen."""
    wrong, met = [], set()
    # What fades in is looked at when it is there.
    page.add_style_tag(content="*, *::before, *::after { transition: none !important }")
    page.evaluate("document.activeElement?.blur()")
    for _ in range(MAX_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or stop["name"] in met:
            continue
        met.add(stop["name"])
        wrong += [f"{where}: {what}: {stop['name']}" for what in ("marked", "seen") if not stop[what]]
    return wrong


@pytest.mark.parametrize("role", PAGES)
def test_the_focus_is_marked_and_in_sight_fields_have_edges_and_spread_text_is_whole(
    browser: Browser, community: OpenServer, role: Role
) -> None:
    wrong: list[str] = []

    def look(page: Page, name: str) -> None:
        # What somebody has opened may lie over the rest until they close it.
        if "," not in name:
            wrong.extend(tabbed(page, name))
        wrong.extend(f"{name}: pale field: {field}" for field in page.evaluate(PALE_FIELDS))
        wrong.extend(f"{name}: for who sees only: {words}" for words in page.evaluate(SEEN_ONLY))
        wrong.extend(spread(page, name))

    with one_person(browser, viewport=WINDOW) as context:
        every_page(context.new_page(), community, role, look)
    assert not wrong, "\n".join(wrong)


def test_a_visit_says_nothing_for_who_sees_only_and_is_whole_when_spread(
    browser: Browser, community: OpenServer
) -> None:
    wrong: list[str] = []

    def look(page: Page, state: str) -> None:
        wrong.extend(f"{state}: for who sees only: {words}" for words in page.evaluate(SEEN_ONLY))
        wrong.extend(spread(page, state))

    with one_person(browser, viewport=WINDOW) as context:
        a_visit(context.new_page(), community, community.new_client(), look)
    assert not wrong, "\n".join(wrong)


def test_a_hint_stays_under_the_pointer_and_goes_with_escape(page: Page, community: OpenServer) -> None:
    sign_in_quickly(page, community.url, NAMES[Role.ANALYST])
    open_page(page, community.url, "Satisfaction")
    page.get_by_test_id("stTooltipHoverTarget").first.hover()
    hint = page.get_by_role("tooltip")
    expect(hint).to_be_visible()
    hint.hover()
    expect(hint).to_be_visible()
    page.keyboard.press("Escape")
    expect(hint).to_have_count(0)
