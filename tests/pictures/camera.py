"""What the camera of the pictures shows: a drawn person who breathes."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

CAMERA = (480, 360)
FRAMES = 12


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
