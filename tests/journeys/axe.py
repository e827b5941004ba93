"""axe-core in a page: what hinders people who see, hear or move otherwise, by the rules of WCAG 2.2."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.server import ROOT

SCRIPT = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Whatever is worse than minor.
IMPACTS = ("critical", "serious", "moderate")
# The marks of a chart are hundreds, and one picture with one name for who cannot see them.
RUN = """async (impacts) => {
  const rules = { 'target-size': { enabled: true } };
  const { violations } = await axe.run({ exclude: [['svg.marks > *']] }, { rules });
  return violations.filter((each) => impacts.includes(each.impact)).flatMap((each) => each.nodes.map((node) => ({
    rule: each.id, selector: node.target.flat().join(' '), html: node.html.slice(0, 240),
    why: node.failureSummary.split('\\n').slice(1).map((line) => line.trim()).join(' '),
  })));
}"""


# Streamlit takes parts of a page away for a moment where it arranges them anew.
A_MOMENT_MS = 500


def hindrances(page: Page, where: str) -> list[str]:
    """What axe finds in the page and in its frames, and finds again a moment later.

    One line each, with the way to it and how to mend it.
    """
    found = _found(page)
    if found:
        page.wait_for_timeout(A_MOMENT_MS)
        again = _found(page)
        found = {place: how for place, how in found.items() if place in again}
    return [f"{where}: {rule} at {selector}: {how}" for (rule, selector), how in found.items()]


def _found(page: Page) -> dict[tuple[str, str], str]:
    """By rule and selector: why, and the element as it is written."""
    for frame in page.frames:
        if not frame.evaluate("'axe' in window"):
            frame.evaluate(SCRIPT.read_text(encoding="utf-8"))
    return {
        (found["rule"], found["selector"]): f"{found['why']} {found['html']}"
        for found in page.evaluate(RUN, list(IMPACTS))
    }
