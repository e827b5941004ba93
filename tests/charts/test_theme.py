"""Colours that everybody can tell apart, on both pages."""

from __future__ import annotations

import itertools
import math
import tomllib
from pathlib import Path

import pytest

from coachroom.charts import theme

ROOT = Path(__file__).resolve().parents[2]
LOOK = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
BACKGROUNDS = [LOOK["light"]["backgroundColor"], LOOK["dark"]["backgroundColor"]]

# What is drawn together in one chart.
TOGETHER = [
    ("completed", "abandoned", "failed"),
    ("client", "coach"),
    ("new", "returning", "resurrecting", "dormant"),
    ("on time", "late", "dropped"),
    ("improved", "unchanged", "worsened"),
    ("day", "7 days", "30 days"),
    ("median", "9 of 10"),
    ("median", "19 of 20"),
    (
        *("voice to transcript", "transcript to sound", "interruption to silence"),
        *("typed to answer", "before December 2026"),
    ),
    ("with a session in the first 30 days", "without one"),
    ("with a human coach", "without"),
    ("with a next date", "without"),
    ("kept", "cancelled", "missed by the client", "missed by the human coach", "missed by both"),
    ("chosen", "as it comes"),
    ("standing version", "new version"),
    ("client spoke first", "coach spoke first", "call ended"),
]
# Machado, Oliveira and Fernandes 2009, at full strength, on linear RGB.
SEEN_AS = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
FAR_ENOUGH = 12


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_colour_stands_out_from_the_page(background: str) -> None:
    colours = {*theme.MEANINGS.values(), *theme.SEGMENTS, theme.FEW}
    assert {
        colour: round(contrast(colour, background), 1) for colour in colours if contrast(colour, background) < 3
    } == {}


@pytest.mark.parametrize("sight", SEEN_AS)
def test_colours_of_one_picture_can_be_distinguished(sight: str) -> None:
    groups = [[theme.MEANINGS[name] for name in names] for names in TOGETHER] + [list(theme.SEGMENTS)]
    close = [
        pair
        for colours in groups
        for pair in itertools.combinations(colours, 2)
        if math.dist(*(lab(colour, SEEN_AS[sight]) for colour in pair)) < FAR_ENOUGH
    ]
    assert close == []


def test_every_meaning_is_checked_against_its_neighbours() -> None:
    assert {name for names in TOGETHER for name in names} == set(theme.MEANINGS)


@pytest.mark.parametrize("page", ["light", "dark"])
@pytest.mark.parametrize("colour", [theme.HEAT, theme.HEAT_FEW])
def test_numbers_in_the_matrix_can_be_read(page: str, colour: str) -> None:
    for shade in (place / 50 for place in range(51)):
        ink = theme.LIGHT_TEXT if shade > theme.HEAT_TEXT_TURNS else LOOK[page]["textColor"]
        assert contrast(blend(colour, LOOK[page]["backgroundColor"], shade), ink) >= 3


def test_text_that_charts_set_is_the_pages() -> None:
    assert (LOOK["light"]["textColor"], LOOK["dark"]["textColor"]) == theme.PAGE_TEXT


def blend(over: str, under: str, amount: float) -> str:
    pairs = ((int(over[at : at + 2], 16), int(under[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(amount * a + (1 - amount) * b):02x}" for a, b in pairs)


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def brightness(colour: str) -> float:
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))


def lab(colour: str, sight: list[list[float]]) -> tuple[float, float, float]:
    rgb = [min(1, max(0, sum(m * v for m, v in zip(row, linear(colour), strict=True)))) for row in sight]
    weights = [(0.4124, 0.3576, 0.1805, 0.95047), (0.2126, 0.7152, 0.0722, 1), (0.0193, 0.1192, 0.9505, 1.08883)]
    x, y, z = (sum(w * v for w, v in zip(row, rgb, strict=False)) / row[3] for row in weights)
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])
