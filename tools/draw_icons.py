"""Draws the icons of the app on a phone from agent.svg, with the Chromium of the journeys; the files are committed.

python -m tools.draw_icons
"""

from __future__ import annotations

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tools.ensure_browser import find_browser

ASSETS = Path(__file__).resolve().parents[1] / "coachroom" / "ui" / "assets"
# A phone cuts its own shape out of these: the ground goes to the edge, and what counts keeps to the middle.
WHOLE_GROUND = '<rect width="96" height="96" fill="url(#calm)" />'
# Name: pixels, and whether the ground goes to the edge.
ICONS = {
    "app_icon_192.png": (192, False),
    "app_icon_512.png": (512, False),
    "app_icon_maskable_512.png": (512, True),
    "apple_touch_icon.png": (180, True),
}


def main() -> None:
    """Writes them all."""
    round_icon = (ASSETS / "agent.svg").read_text(encoding="utf-8")
    whole_icon = re.sub(r"<circle [^>]*/>", WHOLE_GROUND, round_icon)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for name, (pixels, whole) in ICONS.items():
            page = browser.new_page(viewport={"width": pixels, "height": pixels})
            page.set_content(
                f"<style>body{{margin:0}}svg{{display:block}}</style>{whole_icon if whole else round_icon}"
            )
            page.screenshot(path=ASSETS / name, omit_background=True)
            # A fifth of the bytes, and nobody sees the difference.
            Image.open(ASSETS / name).quantize(128, Image.Quantize.FASTOCTREE).save(ASSETS / name, optimize=True)
        browser.close()


if __name__ == "__main__":
    main()
