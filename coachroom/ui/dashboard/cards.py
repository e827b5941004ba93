"""Cards: the last full interval, the one before, and whether the difference is larger than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from coachroom.charts import formatting
from coachroom.charts.changes import LIMITS_TEST, MAX_BEFORE, RATE_TEST, ValueChange, Verdict, change
from coachroom.charts.headlines import Headline
from coachroom.charts.sentences import between
from coachroom.metrics.definitions import definition
from coachroom.ui.dashboard.figures import frame_of
from coachroom.ui.dashboard.notices import hidden, missing_source, only_as_a_whole
from coachroom.ui.dashboard.view import View, before

ICONS = {
    Verdict.LARGER: ":material/priority_high:",
    Verdict.WITHIN: ":material/drag_handle:",
    Verdict.UNKNOWN: ":material/question_mark:",
}
COLOURS: dict[Verdict, Literal["primary", "gray"]] = {
    Verdict.LARGER: "primary",
    Verdict.WITHIN: "gray",
    Verdict.UNKNOWN: "gray",
}

SAME = "no change"


def cards(view: View, leads: Sequence[Headline]) -> list[tuple[Headline, ValueChange]]:
    """A card for each number; returns what they say."""
    compared(view)
    shown = changes(view, leads)
    draw_cards(view, shown)
    return shown


def compared(view: View) -> None:
    """What is compared with what."""
    st.caption(
        f"The last full {view.interval.value} ({formatting.interval_name(view.latest_full, view.interval)}), "
        "compared with the one before."
    )


def changes(view: View, leads: Sequence[Headline]) -> list[tuple[Headline, ValueChange]]:
    """What each number did in the last full interval."""
    return [(lead, latest_change(view, lead)) for lead in leads]


def draw_cards(view: View, shown: Sequence[tuple[Headline, ValueChange]], *, a_row: int = 0) -> None:
    """A card for each of these numbers, so many `a_row` where there is room."""
    with st.grid(a_row or (4 if len(shown) in {4, 8} else len(shown)), min_column_width=170, key=f"cards_{a_row}"):
        for lead, difference in shown:
            _card(view, lead, difference)


def latest_change(view: View, lead: Headline) -> ValueChange:
    """The last full interval of a view against the one before; the range chosen does not matter to it."""
    # As far back as the usual range of 12 weeks begins: cards and charts then share their frames.
    frame = frame_of(view.reaching_back(MAX_BEFORE), lead.metric)
    return change(frame, lead, view.latest_full, before(view.latest_full, view.interval))


def _is_hidden(view: View, lead: Headline) -> bool:
    """Whether the last full interval has a number that an analyst may not see."""
    if only_as_a_whole(view, definition(lead.metric)):
        return True
    frame = frame_of(view.reaching_back(MAX_BEFORE), lead.metric)
    row = frame.loc[frame[lead.at] == pd.Timestamp(view.latest_full), [*(lead.n or (lead.column,))]]
    return view.suppresses and bool(row.isna().to_numpy().any())


def _card(view: View, lead: Headline, difference: ValueChange) -> None:
    with st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(
            lead.label,
            formatting.shown(difference.value, lead.form),
            _step(lead, difference),
            delta_color="off",
            delta_arrow="auto" if difference.step and _step(lead, difference) != SAME else "off",
            help=_help(lead),
        )
        st.badge(difference.verdict.value, icon=ICONS[difference.verdict], color=COLOURS[difference.verdict])
        st.caption(_rests_on(view, lead, difference))


def _step(lead: Headline, difference: ValueChange) -> str | None:
    if difference.step is None:
        return None
    if lead.is_rate or lead.form is formatting.percent:
        moved = f"{100 * difference.step:+.1f}"
        return SAME if float(moved) == 0 else f"{moved} points"
    size = lead.form(abs(difference.step)).lstrip("+")
    if size == lead.form(0).lstrip("+"):
        return SAME
    return f"{'-' if difference.step < 0 else '+'}{size}"


def _rests_on(view: View, lead: Headline, difference: ValueChange) -> str:
    if difference.value is None:
        return hidden(view) if _is_hidden(view, lead) else missing_source(lead.metric) or "none"
    said = [f"before: {formatting.shown(difference.previous, lead.form)}"]
    if difference.n is not None:
        said.append(f"n = {difference.n:,} {lead.of}")
    if difference.low is not None and difference.high is not None:
        if lead.is_rate:
            said.append(between(difference.low, difference.high))
        else:
            said.append(_usually(lead, difference.low, difference.high))
    return " · ".join(said)


def _usually(lead: Headline, low: float, high: float) -> str:
    """The natural limits; of counts the whole numbers inside them."""
    if lead.form is formatting.count:
        low, high = max(0, math.ceil(low)), math.floor(high)
    elif lead.domain is not None:
        low, high = max(low, lead.domain[0]), min(high, lead.domain[1])
    return f"usually {lead.form(low)} to {lead.form(high)}"


def _help(lead: Headline) -> str:
    return f"{definition(lead.metric).meaning} {RATE_TEST if lead.is_rate else LIMITS_TEST}"
