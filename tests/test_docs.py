"""What the docs say is what the code does."""

from __future__ import annotations

import importlib
import re

from coachroom.settings import as_markdown
from tests.server import ROOT

DOCS = ROOT / "docs"


def test_every_setting_stands_in_the_docs_with_its_default_and_meaning() -> None:
    assert as_markdown() in (DOCS / "settings.md").read_text(encoding="utf-8")


def test_the_readme_names_only_commands_that_the_makefile_has() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make ([a-z-]+)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert f"\n{target}:" in makefile, target


def test_the_bench_can_be_started() -> None:
    assert importlib.import_module("tests.bench.__main__").main


def test_links_between_the_docs_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_test_and_file_that_is_evidence_of_accessibility_exists() -> None:
    evidence = re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", (DOCS / "accessibility.md").read_text(encoding="utf-8"))
    assert len(evidence) > 30
    for path, test in evidence:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, f"{path}::{test}"


def test_every_criterion_of_accessibility_has_a_verdict() -> None:
    text = (DOCS / "accessibility.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d\.\d\.\d+) [^|]+ \| (A{1,2}) \| ([^|]+) \| [^|]+ \|$", text, re.MULTILINE)
    # WCAG 2.2 without level AAA, and without 4.1.1, which it took away.
    assert [sum(level == each for _, level, _ in rows) for each in ("A", "AA")] == [31, 24]
    assert len({number for number, _, _ in rows}) == len(rows)
    assert {verdict for _, _, verdict in rows} <= {"met", "**not met**", "not tested", "does not apply"}
