"""A laptop that falls asleep in a session and wakes long after it: nothing is on, and the page says what happened."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from playwright.sync_api import Playwright

from tests.journeys.browser import DEVICES, GRANTED, chromium, live_tracks, one_person
from tests.journeys.conftest import LOCAL, QUICK
from tests.journeys.processes import asleep, children_of, processes_with
from tests.journeys.shared import SharedApps
from tests.journeys.steps import begin_session, outcome, session_is_over
from tests.journeys.wire import wire_to
from tests.open_server import until


@pytest.mark.parametrize("settings", [QUICK, LOCAL], ids=["webrtc", "local"])
def test_who_wakes_long_after_the_session_finds_camera_and_microphone_off_and_reads_why(
    playwright: Playwright, apps: SharedApps, settings: dict[str, str]
) -> None:
    server = apps.with_settings(settings)
    name = f"--coachroom-journey={uuid4().hex}"
    with (
        wire_to(int(server.url.rsplit(":", 1)[1])) as wire,
        chromium(playwright, DEVICES, GRANTED, name) as browser,
        one_person(browser) as context,
    ):
        page = context.new_page()
        session = begin_session(page, replace(server, url=f"http://localhost:{wire.port}"))
        until(lambda: live_tracks(page, "video") and live_tracks(page, "audio"))
        browsers = children_of(processes_with(name))
        assert browsers
        with asleep(browsers):
            wire.cut()
            until(lambda: outcome(server, session) == ("abandoned", "left"))
            wire.mend()
        until(lambda: live_tracks(page, "video") + live_tracks(page, "audio") == 0)
        session_is_over(page, timeout=60_000)
