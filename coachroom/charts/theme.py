"""One look for every chart: a colour for each meaning, and a frame that fits light and dark pages.

The colours stay apart for colour-blind readers and have a contrast of 3:1 or more on both backgrounds; the tests
compute both. Text has no colour of its own: it takes the page's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import altair as alt

BLUE = "#2f79c4"
GREEN = "#1d9473"
ORANGE = "#c07a10"
RED = "#cc4a3a"
PINK = "#b763a4"
GREY = "#7d8785"

# One fixed colour for each meaning, on every page.
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "completed": GREEN,
        "abandoned": ORANGE,
        "failed": RED,
        "client": BLUE,
        "coach": PINK,
        "new": BLUE,
        "returning": GREEN,
        "resurrecting": PINK,
        "dormant": ORANGE,
        "on time": GREEN,
        "late": ORANGE,
        "dropped": RED,
        "improved": GREEN,
        "unchanged": BLUE,
        "worsened": RED,
        "day": PINK,
        "7 days": BLUE,
        "30 days": GREEN,
        "median": BLUE,
        "9 of 10": ORANGE,
        "19 of 20": ORANGE,
        "voice to transcript": BLUE,
        "transcript to sound": ORANGE,
        "interruption to silence": PINK,
        "typed to answer": GREEN,
        "before December 2026": RED,
        "with a session in the first 30 days": GREEN,
        "without one": ORANGE,
        "with a human coach": GREEN,
        "without": ORANGE,
        "with a next date": GREEN,
        "kept": GREEN,
        "cancelled": ORANGE,
        "missed by the client": BLUE,
        "missed by the human coach": PINK,
        "missed by both": RED,
        "chosen": GREEN,
        "as it comes": BLUE,
        "standing version": BLUE,
        "new version": ORANGE,
        "client spoke first": BLUE,
        "coach spoke first": PINK,
        "call ended": ORANGE,
    }
)
# Parts of the community, in the order they are listed.
SEGMENTS = (BLUE, ORANGE, GREEN, PINK, RED)
ONE = BLUE
# Too few people behind a point to read much into it.
FEW = GREY

# The matrix: how much of this colour shows how many, and grey where it is based on few.
HEAT = "#1d6557"
HEAT_FEW = "#505b58"
HEAT_LEAST = 0.08
# On more of the colour than this, white can be read on every page; on less, the page's own text.
HEAT_TEXT_TURNS = 0.7
LIGHT_TEXT = "#ffffff"
# The text of a light page and of a dark one, where a chart has to say it itself.
PAGE_TEXT = ("#22302d", "#ece9e2")

# What Altair's `layer` says it returns.
Drawn = alt.Chart | alt.LayerChart | alt.FacetChart

HEIGHT = 260
MAX_MARKS = 2_000


LOOK = alt.Config(
    view=alt.ViewConfig(stroke=None),
    axis=alt.AxisConfig(
        labelFontSize=12, titleFontSize=12, titleFontWeight="normal", gridOpacity=0.45, labelLimit=120
    ),
    legend=alt.LegendConfig(
        orient="bottom",
        title=None,
        labelFontSize=12,
        labelLimit=180,
        titleFontSize=12,
        titleFontWeight="normal",
        columnPadding=14,
        symbolSize=90,
        offset=8,
    ),
    point=alt.MarkConfig(filled=True, size=55),
    line=alt.LineConfig(strokeWidth=2),
)


def finish(drawn: Drawn, text: str, height: int = HEIGHT) -> Drawn:
    """The frame around every chart, and its text alternative, which travels with it into a notebook."""
    framed: Drawn = drawn.properties(
        width="container", height=height, background="transparent", description=text, config=LOOK
    )
    return framed


def colour_of(names: list[str]) -> alt.Color:
    """The fixed colours of these meanings, with a legend in this order."""
    scale = alt.Scale(domain=names, range=[MEANINGS[name] for name in names])
    # Four names in a row are cut off on a phone.
    legend = alt.Legend(columns=2) if len(names) > 3 else alt.Legend()
    return alt.Color("what:N", sort=None, scale=scale, legend=legend)


def segment_colour(names: list[str]) -> alt.Color:
    """A colour for each part of the community, with a legend that wraps on a phone."""
    colours = [SEGMENTS[place % len(SEGMENTS)] for place in range(len(names))]
    return alt.Color(
        "segment:N", sort=None, scale=alt.Scale(domain=names, range=colours), legend=alt.Legend(columns=2)
    )
