"""What a phone asks for before it keeps the app on its home screen, and what the worker may never do."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from coachroom.web.phone_routes import MANIFEST
from tests.web.serving import Served, serving


def test_every_page_names_the_manifest_the_icon_and_the_colours_before_any_script_runs(served: Served) -> None:
    with served.browser() as browser:
        head = browser.get("/Goals").text.partition("</head>")[0]
    assert '<link rel="manifest" href="/app.webmanifest" crossorigin="use-credentials" />' in head
    assert '<link rel="apple-touch-icon" href="/apple-touch-icon.png" />' in head
    assert head.count('<meta name="theme-color"') == 2


def test_the_manifest_names_icons_that_are_there_in_the_sizes_it_says(served: Served) -> None:
    with served.browser() as browser:
        answer = browser.get("/app.webmanifest")
        assert answer.headers["content-type"] == "application/manifest+json"
        assert answer.json() == MANIFEST
        for icon in answer.json()["icons"]:
            picture = browser.get(icon["src"])
            assert picture.headers["content-type"] == icon["type"]
            if icon["type"] == "image/png":
                width, height = struct.unpack(">II", picture.content[16:24])
                assert f"{width}x{height}" == icon["sizes"]


def test_the_worker_is_asked_for_anew_each_time_and_comes_from_the_root(served: Served) -> None:
    with served.browser() as browser:
        answer = browser.get("/sw.js")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "pageOrOffline" in answer.text


def test_the_offline_page_needs_nothing_else(served: Served) -> None:
    with served.browser() as browser:
        answer = browser.get("/offline")
    assert answer.headers["content-type"].startswith("text/html")
    assert "cannot be reached" in answer.text
    assert "src=" not in answer.text


@pytest.mark.parametrize("on", [True, False])
def test_switched_off_the_worker_takes_itself_out(tmp_path: Path, on: bool) -> None:
    with serving(tmp_path, service_worker=on) as served, served.browser() as browser:
        assert ("unregister" in browser.get("/sw.js").text) is not on
