"""The browser for the journeys is found, or its absence is an error: never a skip."""

from __future__ import annotations

import pytest

from tools import ensure_browser


def test_without_a_browser_the_tests_fail_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ensure_browser, "find_browser", lambda: None)
    monkeypatch.setattr(ensure_browser, "install_browser", lambda: None)
    with pytest.raises(SystemExit, match="need Chromium: install it"):
        ensure_browser.main()


def test_the_browser_that_is_named_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_BROWSER", "/opt/a-browser")
    assert ensure_browser.find_browser() == "/opt/a-browser"
