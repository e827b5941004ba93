"""Headings are for reading: none is a link to itself, which would be a sign beside it and a stop for the keyboard."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.ui.pages import ROOT

HEADINGS = {"title", "header", "subheader"}
# The parts of this page are jumped to, from links at its top.
JUMPED_TO = {"coachroom/ui/dashboard/pages.py": 1}


def calls_in_pages() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("pages", "coachroom/ui"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    yield path.relative_to(ROOT).as_posix(), node


def test_no_heading_is_a_link_to_itself() -> None:
    linked: dict[str, int] = {}
    for where, call in calls_in_pages():
        if call.func.attr in HEADINGS and ast.unparse(call.func.value) == "st":
            anchor = next((each.value for each in call.keywords if each.arg == "anchor"), None)
            if not (isinstance(anchor, ast.Constant) and anchor.value is False):
                linked[where] = linked.get(where, 0) + 1
    assert linked == JUMPED_TO


def test_no_heading_is_written_as_markdown_which_makes_it_a_link() -> None:
    for where, call in calls_in_pages():
        if call.func.attr in {"markdown", "write"} and call.args:
            assert not ast.unparse(call.args[0]).lstrip("f").startswith(("'#", '"#')), f"{where}:{call.lineno}"
