"""What a screen reader has to say of a page: roles and names, where the focus is, and what is announced."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page

from tests.journeys.every_page import settled

# Runs before anything else. Live regions announce what changes in them; an alert also what it begins with. What grows
# in a log piece by piece is read in the tree, whole.
LISTEN = """(() => {
  window.announced = [];
  const LIVE = ':is([aria-live=polite], [aria-live=assertive], [role=status], [role=alert]):not([role=log])';
  const last = new WeakMap();
  const say = (region) => {
    const text = region.innerText?.trim() ?? region.textContent.trim();
    if (!region.isConnected || !text || last.get(region) === text) return;
    last.set(region, text);
    const urgent = region.matches('[role=alert], [aria-live=assertive]');
    window.announced.push(`${urgent ? 'at once' : 'when quiet'}: ${text.replace(/\\s+/g, ' ')}`);
  };
  const watch = (root) => new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      const element = target.nodeType === 1 ? target : target.parentElement;
      const region = element?.closest?.(LIVE);
      if (region) say(region);
      for (const node of addedNodes) if (node.matches?.('[role=alert]')) say(node);
    }
  }).observe(root, { subtree: true, childList: true, characterData: true });
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) {
    const root = attach.call(this, options);
    watch(root);
    return root;
  };
  watch(document);
})()"""
FOCUS = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at === document.body ? 'the page' : (at.getAttribute('aria-label') || at.innerText || at.tagName).trim();
}"""
QUIET_MS = 700
# What differs from visit to visit.
CHANGING = (
    (re.compile(r"^\s*- /url:.*\n", re.MULTILINE), ""),
    (re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}, \d{2}:\d{2}"), "DATE, TIME"),
    (re.compile(r"\b\d{1,2}:\d{2}(?::\d{2})?\b"), "TIME"),
    (re.compile(r"\b(?:\d+ min )?\d+ s\b"), "LENGTH"),
)


def listen(context: BrowserContext) -> None:
    """From now on every page of this browser notes what it announces."""
    context.add_init_script(LISTEN)


def _announced(page: Page) -> list[str]:
    """What was announced since the last look, once nothing more comes."""
    heard: list[str] = []
    while True:
        page.wait_for_timeout(QUIET_MS)
        more = page.evaluate("announced.splice(0)")
        if not more:
            return heard
        heard += more


class Hearing:
    """Writes down what there is to hear, state by state."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def look(self, page: Page, where: str) -> None:
        settled(page)
        announced = _announced(page)
        lines = [f"# {where}", f"focus: {page.evaluate(FOCUS)}", *(f"announced {each}" for each in announced)]
        self.parts.append("\n".join([*lines, page.locator("body").aria_snapshot()]))

    def text(self, name: str) -> str:
        """All of it, without what is another one in each visit. `name`: the client's."""
        text = "\n\n".join(self.parts).replace(name, "NAME").replace(name.split(maxsplit=1)[0], "FIRST NAME") + "\n"
        for pattern, instead in CHANGING:
            text = pattern.sub(instead, text)
        return text
