"""What the coach's time costs the community: for administrators."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import streamlit as st

from coachroom.app.container import Services
from coachroom.budget.amounts import Amounts, ByPeriod, Kind, Period
from coachroom.budget.use import MIN_FULL_DAYS, CommunityUse
from coachroom.charts.formatting import percent
from coachroom.ui.formatting import plain

NEARLY_USED = 0.8
MAX_NAMES = 3
LABELS = {Kind.MINUTES: "Minutes", Kind.CALLS: "Calls", Kind.ADDRESSES: "Signed addresses"}
SPANS = {Period.COMMUNITY_DAY: "today", Period.COMMUNITY_MONTH: "this month"}


def budget_section(services: Services) -> None:
    """Use today and this month, what is left, a forecast, and who used most."""
    use, budget = services.budgets.community_use(), services.budgets.budget
    st.header("Time with the coach", anchor=False)
    for kind in Kind:
        st.markdown(f"**{LABELS[kind]}:** {_line(kind, use, budget)}")
    most = [f"{plain(name)} ({minutes:,.0f})" for name, minutes in services.budgets.most_minutes(MAX_NAMES)]
    if most:
        st.markdown(f"**Most minutes this month:** {', '.join(most)}")
    st.caption(f"{_basis(use)} A call under way counts with the longest it may last.")


def budget_warnings(services: Services) -> Iterator[str]:
    """A sentence for each budget of the community that is nearly used, or will be before its month ends."""
    use, budget = services.budgets.community_use(), services.budgets.budget
    for period, span in SPANS.items():
        for kind in Kind:
            used, quota = _used(use, period).of(kind), budget[period].of(kind)
            if used >= NEARLY_USED * quota:
                yield f"{percent(used / quota)} of the community's {kind.value} for {span} are used."
            elif period is Period.COMMUNITY_MONTH and (use.forecast(kind) or 0) > quota:
                yield f"At this pace the community's {kind.value} for this month are used up before it ends."


def _line(kind: Kind, use: CommunityUse, budget: ByPeriod) -> str:
    parts = [
        f"{_used(use, period).of(kind):,.0f} {span}{_left(budget[period].of(kind) - _used(use, period).of(kind))}"
        for period, span in SPANS.items()
    ]
    forecast = use.forecast(kind)
    at_its_end = "" if forecast is None else f"; about {forecast:,.0f} by its end"
    return ", ".join(parts) + at_its_end


def _left(amount: float) -> str:
    return "" if amount == inf else f" ({max(0, amount):,.0f} left)"


def _basis(use: CommunityUse) -> str:
    if use.full_days < MIN_FULL_DAYS:
        return f"A forecast for the month follows when {MIN_FULL_DAYS} days of it are over."
    return f"The forecast takes the mean of the month's {use.full_days} full days so far for each day to come."


def _used(use: CommunityUse, period: Period) -> Amounts:
    return use.today if period is Period.COMMUNITY_DAY else use.month
