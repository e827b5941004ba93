"""Takes the pictures of README: `python -m tests.pictures` starts the app with the demo community and looks at it.

A client's room and a coach's dashboard, of one size, in light and in dark. The camera shows a drawn person.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.journeys.browser import DEVICES, GRANTED, chromium, one_person
from tests.journeys.steps import (
    begin_session,
    coach_says,
    end_session,
    picture_moves,
    self_view,
    sign_in,
    type_to_coach,
)
from tests.open_server import OpenServer, open_server

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SIZE = {"width": 1200, "height": 840}
CAMERA = (480, 360)
FRAMES = 12
MAX_COLOURS = 128
BELOW_THE_MENU = "panel => { panel.style.scrollMarginTop = '80px'; panel.scrollIntoView(); }"
AT_REST_MS = 3000  # messages and charts have moved to their places


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        camera = folder / "camera.y4m"
        write_camera(camera)
        with (
            open_server(folder, {"COACHROOM_DEMO_COMMUNITY": "true"}) as server,
            sync_playwright() as playwright,
            chromium(playwright, DEVICES, GRANTED, f"--use-file-for-fake-video-capture={camera}") as browser,
        ):
            for scheme in ("light", "dark"):
                take(browser, scheme, f"room_{scheme}.png", lambda page: room(page, server))
                take(browser, scheme, f"dashboard_{scheme}.png", lambda page: dashboard(page, server))
    return 0


def take(browser: Browser, scheme: str, name: str, arrange: Callable[[Page], None]) -> None:
    """One picture in one colour scheme, saved in a palette that keeps the file small."""
    with one_person(browser, viewport=SIZE, color_scheme=scheme) as context:
        page = context.new_page()
        arrange(page)
        path = FOLDER / name
        page.screenshot(path=path)
        Image.open(path).convert("RGB").quantize(MAX_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path.name}: {path.stat().st_size // 1000} kB")
        over = page.get_by_role("button", name="End session")
        if over.is_visible():
            end_session(page)


def room(page: Page, server: OpenServer) -> None:
    """A client's room in the middle of a talk."""
    begin_session(page, server)
    # The browser's own microphone beeps, which the coach would answer.
    page.get_by_text("Mute microphone", exact=True).click()
    type_to_coach(page, "I want to sleep better")
    coach_says(page, "Where do you stand with it")
    type_to_coach(page, "I look at my phone until midnight")
    coach_says(page, "What could you do about it?")
    picture_moves(self_view(page).locator("video"))
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(AT_REST_MS)


def dashboard(page: Page, server: OpenServer) -> None:
    """What a coach sees of their clients."""
    sign_in(page, server.url, "Carla Mendes")
    page.get_by_role("link", name="Effectiveness").click()
    panel = page.locator(".st-key-panel_goal_attainment")
    expect(panel.locator("canvas, svg").first).to_be_visible()
    panel.evaluate(BELOW_THE_MENU)
    page.wait_for_timeout(AT_REST_MS)


def write_camera(path: Path) -> None:
    """A film of a drawn person who breathes, as YUV4MPEG2, which Chromium plays as its camera."""
    width, height = CAMERA
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F15:1 Ip A1:1 C420jpeg\n".encode())
        for frame in range(FRAMES):
            picture = portrait(abs(frame - FRAMES // 2) / 3).convert("YCbCr")
            light, blue, red = picture.split()
            small = (width // 2, height // 2)
            file.write(b"FRAME\n")
            for channel in (light, blue.resize(small), red.resize(small)):
                file.write(channel.tobytes())


def portrait(raised: float) -> Image.Image:
    """Somebody at home before a wall. `raised`: how many pixels the shoulders have risen."""
    width, height = CAMERA
    picture = Image.new("RGB", CAMERA, "#dbe5dc")
    draw = ImageDraw.Draw(picture)
    draw.rectangle([30, 30, 130, 160], fill="#f6ecd2")
    draw.rectangle([345, 50, 435, 190], fill="#c3d0cb")
    middle, top = width / 2, 240 - raised
    draw.ellipse([middle - 100, top, middle + 100, height + 190], fill="#3e6376")
    draw.rounded_rectangle([middle - 21, 195 - raised, middle + 21, 262 - raised], 20, fill="#cf9f80")
    draw.ellipse([middle - 56, 80 - raised, middle + 56, 222 - raised], fill="#e7b899")
    draw.pieslice([middle - 63, 62 - raised, middle + 63, 206 - raised], 180, 360, fill="#43302a")
    for eye in (middle - 22, middle + 22):
        draw.ellipse([eye - 5, 148 - raised, eye + 5, 158 - raised], fill="#2b2522")
    draw.arc([middle - 26, 160 - raised, middle + 26, 196 - raised], 25, 155, fill="#8c4f43", width=4)
    return picture


if __name__ == "__main__":
    sys.exit(main())
