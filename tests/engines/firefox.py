"""The installed Firefox with a camera and a microphone of its own invention."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from tests.server import ROOT
from tools.ensure_engines import FIREFOX

RELAY = ROOT / "tests" / "engines" / "bidi.py"
PREFERENCES: dict[str, str | int | bool] = {
    "media.navigator.streams.fake": True,
    # Allowed when a page asks, without a question; the page cannot know before that it will be.
    "media.navigator.permission.disabled": True,
    # As Firefox is shipped: a page plays sound after the first click, not before.
    "media.autoplay.default": 1,
    # The self-view goes to this machine's own server.
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
}

# Firefox says these where a page is left: it closes the page's connections while its scripts still run.
LEAVING = ("The connection was closed by the server", "download failed (font-family")


@contextmanager
def firefox(
    playwright: Playwright, environment: Mapping[str, str], preferences: Mapping[str, str | int | bool] | None = None
) -> Iterator[Browser]:
    """A fresh Firefox, with these variables and preferences beside its usual ones."""
    path = FIREFOX.find()
    assert path, "the visit needs Firefox: run `make test-engines`"
    with tempfile.TemporaryDirectory() as folder:
        # Playwright starts one program; it chooses the arguments.
        start = Path(folder) / "firefox"
        start.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, str(RELAY), path])} "$@"\n', encoding="utf-8")
        start.chmod(0o700)
        browser = playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=start,
            env={**os.environ, **environment},
            firefox_user_prefs={**PREFERENCES, **(preferences or {})},
        )
        try:
            yield browser
        finally:
            browser.close()
