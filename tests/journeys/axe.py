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


def hindrances(page: Page, where: str) -> list[str]:
    """What axe finds in the page and in its frames, one line each, with the way to it and how to mend it."""
    for frame in page.frames:
        if not frame.evaluate("'axe' in window"):
            frame.evaluate(SCRIPT.read_text(encoding="utf-8"))
    return [
        f"{where}: {found['rule']} at {found['selector']}: {found['why']} {found['html']}"
        for found in page.evaluate(RUN, list(IMPACTS))
    ]
