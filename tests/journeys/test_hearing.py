"""A client's visit as a screen reader tells it: roles, names, focus and announcements, compared with a file.

Where a change is meant, `REWRITE=1 .venv/bin/python -m pytest tests/journeys/test_hearing.py` writes the file again.
"""

from __future__ import annotations

import os

from playwright.sync_api import Browser

from tests.journeys.browser import DESKTOP, one_person
from tests.journeys.every_page import a_visit
from tests.journeys.hearing import Hearing, listen
from tests.open_server import OpenServer
from tests.server import ROOT

GOLDEN = ROOT / "tests" / "golden" / "visit_heard.txt"


def test_a_visit_as_it_is_heard(browser: Browser, server: OpenServer) -> None:
    name = server.new_client()
    hearing = Hearing()
    with one_person(browser, viewport=DESKTOP) as context:
        listen(context)
        a_visit(context.new_page(), server, name, hearing.look, enter="Only type")
    heard = hearing.text(name)
    if os.environ.get("REWRITE"):
        GOLDEN.write_text(heard, encoding="utf-8")
    assert heard == GOLDEN.read_text(encoding="utf-8")
