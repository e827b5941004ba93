"""Takes the pictures: `python -m tests.pictures` starts the app with the demo community and looks at it.

Those of README go to docs/pictures. Every page of every role goes to build/pictures, for looking at before a release:
on a desktop and on a phone, light and dark, and the client's pages enlarged to 200 %.
`python -m tests.pictures every` takes only these, `python -m tests.pictures readme` only those of README.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.journeys.browser import DEVICES, GRANTED, chromium
from tests.open_server import open_server
from tests.pictures import every, readme
from tests.pictures.camera import write_camera

SETTINGS = {
    "COACHROOM_DEMO_COMMUNITY": "true",
    "COACHROOM_APPOINTMENTS": "true",
    "COACHROOM_COMPARISONS": "true",
}


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        camera = folder / "camera.y4m"
        write_camera(camera)
        (folder / "live").mkdir()
        with (
            open_server(folder, SETTINGS) as server,
            open_server(folder / "live", {"COACHROOM_LIVE_COACH": "true"}) as live_server,
            sync_playwright() as playwright,
            chromium(playwright, DEVICES, GRANTED, f"--use-file-for-fake-video-capture={camera}") as browser,
        ):
            if "readme" not in arguments:
                every.take_pictures(browser, server, live_server)
            if "every" not in arguments:
                readme.take_pictures(browser, server)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
