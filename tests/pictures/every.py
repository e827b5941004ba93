"""Every page of every role and every state of a visit, as it looks; and sheets with many of them side by side."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from coachroom.people.people import Role
from tests.journeys.browser import PHONE, one_person
from tests.journeys.every_page import PAGES, a_visit, a_visit_in_writing, a_visit_of_a_coach, every_page, settled
from tests.journeys.visit import two_people
from tests.open_server import OpenServer
from tests.server import ROOT

FOLDER = ROOT / "build" / "pictures"
DESKTOP = {"width": 1280, "height": 800}
SCHEMES = ("light", "dark")
# The second is a desktop on which the page is enlarged to 200 %.
ENLARGED = {"width": 640, "height": 400}
MAX_HEIGHT = 2600
SHEET = {"width": 1600, "height": 1100}
COLUMNS = {"desktop": 2, "phone": 5, "enlarged": 3}


def take_pictures(browser: Browser, server: OpenServer, live_server: OpenServer) -> None:
    """Into a folder of its own for each size, named by role, page and colours.

    `live_server`: one whose sessions a human coach can join.
    """
    shutil.rmtree(FOLDER, ignore_errors=True)
    for size, window, scale in (("desktop", DESKTOP, 1), ("phone", PHONE, 1), ("enlarged", ENLARGED, 2)):
        folder = FOLDER / size
        folder.mkdir(parents=True)
        for role in PAGES if scale == 1 else [Role.CLIENT]:
            with one_person(browser, viewport=window, device_scale_factor=scale) as context:
                taker = _Taker(folder, role.value)
                every_page(context.new_page(), server, role, taker.look)
                if role is Role.CLIENT:
                    for visit in (a_visit, a_visit_in_writing):
                        context.clear_cookies()
                        visit(context.new_page(), server, server.new_client(), taker.look)
        if scale == 1:
            with two_people(browser, live_server, viewport=window) as visit:
                a_visit_of_a_coach(visit, _Taker(folder, "visit").look)
        for name in sorted({path.name.split("-")[0] for path in folder.glob("*.png")}):
            write_sheets(folder, sorted(folder.glob(f"{name}-*.png")), name)
        print(f"{folder.relative_to(ROOT)}: {len(list(folder.glob('*.png')))} pictures", flush=True)


class _Taker:
    """Takes pictures of pages, in their order."""

    def __init__(self, folder: Path, who: str) -> None:
        self._folder, self._who = folder, who
        self._count = 0

    def look(self, page: Page, where: str) -> None:
        self._count += 1
        words = re.sub(r"[^a-z0-9]+", "_", where.lower()).strip("_")
        window = page.viewport_size
        assert window is not None
        if not where.startswith(("room", "lobby")):
            show_whole(page)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            settled(page)
            page.wait_for_timeout(300)
            page.screenshot(path=self._folder / f"{self._who}-{self._count:02}_{words}_{scheme}.png")
        page.set_viewport_size(window)


def show_whole(page: Page) -> None:
    """Makes the window as high as the page, as far as a picture of it can be looked at: Streamlit scrolls inside."""
    for _ in range(2):  # a chart may become higher when there is room for it
        window = page.viewport_size
        assert window is not None
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": window["width"], "height": min(max(height, window["height"]), MAX_HEIGHT)})
        settled(page)


def write_sheets(folder: Path, paths: Sequence[Path], name: str) -> None:
    """Pictures side by side, each cut where it is longer than the sheet."""
    width = SHEET["width"] // COLUMNS[folder.name]
    for start in range(0, len(paths), COLUMNS[folder.name]):
        sheet = Image.new("RGB", (SHEET["width"], SHEET["height"]), "#888888")
        for place, path in enumerate(paths[start : start + COLUMNS[folder.name]]):
            picture = Image.open(path).convert("RGB")
            picture = picture.resize((width - 10, round(picture.height * (width - 10) / picture.width)))
            sheet.paste(picture, (place * width, 0))
        sheet.save(folder / f"sheet_{name}_{start // COLUMNS[folder.name] + 1:02}.png")
