"""Pages of a few sentences: each has the app's look in both schemes, and needs nothing else from the server."""

from __future__ import annotations

import tomllib

import httpx
import pytest

from coachroom import project_files
from coachroom.web.plain_page import STYLE, plain_page
from tests.services import ANA
from tests.web.serving import Served

CARLA = "carla.mendes@example.com"


def addresses(served: Served) -> list[str]:
    tokens, now = served.services.tokens, served.services.clock()
    good = [tokens.issue_unsubscribe(CARLA, "monday"), tokens.issue_answer(ANA, now.date(), now)]
    return [*good, "/unsubscribe?token=x", "/answer?token=x", "/offline", "/exports/x", "/Nonsense"]


def test_every_page_of_a_few_sentences_has_one_look_and_stands_alone(served: Served) -> None:
    for address in addresses(served):
        page = httpx.get(served.origin + address).text
        assert page.count("<h1>") == 1, address
        assert STYLE in page
        assert "width=device-width" in page
        assert "src=" not in page
        assert page.count("<script") == (address == "/offline")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_colours_are_those_of_the_app(scheme: str) -> None:
    look = tomllib.loads((project_files.FOLDER / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    rules = STYLE.partition("@media")[2] if scheme == "dark" else STYLE.partition("@media")[0]
    names = {"ground": "backgroundColor", "text": "textColor", "edge": "borderColor", "link": "linkColor"}
    for name, theirs in (names | {"button": "primaryColor"}).items():
        assert f"--{name}: {look['theme'][scheme][theirs]};" in rules


def test_a_title_is_text() -> None:
    assert b"<h1>&lt;b&gt;</h1>" in plain_page("<b>").body
