"""How each page of numbers is arranged."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from coachroom.charts import formatting
from coachroom.charts.changes import ValueChange, Verdict
from coachroom.charts.headlines import FAILED, LEADS, NEW, T_SCORE, VALID, Headline
from coachroom.metrics.parameters import RetentionKind
from coachroom.people.people import Person
from coachroom.ui.dashboard.cards import cards
from coachroom.ui.dashboard.filters import filter_bar
from coachroom.ui.dashboard.notices import demo_mark
from coachroom.ui.dashboard.panel import metric_panel
from coachroom.ui.dashboard.view import View

KINDS = {
    "in that period": RetentionKind.RECURRING,
    "in it or later": RetentionKind.UNBOUNDED,
    "in every one so far": RetentionKind.CUMULATIVE,
}
OVERVIEW = (
    LEADS["lifecycle"],
    NEW,
    VALID,
    LEADS["session_duration"],
    LEADS["csat"],
    FAILED,
    LEADS["turn_latency"],
    LEADS["goal_attainment"],
)


def opening(person: Person, title: str, lines: str) -> View:
    """Title, what the page answers, and the filters."""
    st.title(title, anchor=False)
    demo_mark()
    st.write(lines)
    return filter_bar(person)


def overview(view: View) -> None:
    """What changed, and whether the change is larger than chance."""
    summary = st.empty()
    changes = cards(view, OVERVIEW)
    with summary:
        st.markdown(_in_short(view, changes))
    side_by_side(view, "lifecycle", "session_outcomes", "csat", "goal_attainment")


def engagement(view: View) -> None:
    cards(view, (LEADS["lifecycle"], NEW, VALID, LEADS["session_duration"]))
    side_by_side(view, "active_clients", "session_outcomes", "session_duration", "lifecycle")
    st.header("Coming back", anchor=False)
    side_by_side(view, "return_rate", "time_to_second_session")
    metric_panel(view, "return_gaps")
    retention_panel(view)


def satisfaction(view: View) -> None:
    cards(view, (LEADS["csat"], LEADS["nps"], LEADS["check_in"]))
    side_by_side(view, "csat", "nps")
    metric_panel(view, "check_in")


def quality(view: View) -> None:
    cards(view, (LEADS["talk_ratio"], LEADS["turn_latency"], LEADS["barge_in_rate"], FAILED, LEADS["task_success"]))
    side_by_side(view, "turn_latency", "talk_ratio", "barge_in_rate", "failure_rate", "turns", "task_success")


def effectiveness(view: View) -> None:
    cards(view, (LEADS["goal_attainment"], T_SCORE, LEADS["action_completion"], LEADS["confidence_change"]))
    with panels():
        metric_panel(view, "goal_attainment", title="Goals at the expected level or above")
        metric_panel(view, "goal_attainment", title="Goal attainment (T score)", scores=True)
    side_by_side(view, "action_completion", "confidence_change")
    metric_panel(view, "reliable_change")


def retention_panel(view: View) -> None:
    """The matrix, by the kind of activity that counts."""
    chosen = st.segmented_control(
        "A client counts as kept when active …", list(KINDS), default=next(iter(KINDS)), required=True, key="kept",
        bind="query-params",
    )  # fmt: skip
    metric_panel(view, "retention", kind=KINDS[str(chosen)])


def side_by_side(view: View, *metric_ids: str) -> None:
    """Two panels a row where there is room, one on a phone."""
    with panels():
        for metric_id in metric_ids:
            metric_panel(view, metric_id)


def panels() -> st.delta_generator.DeltaGenerator:
    return st.grid(2, min_column_width=420)


def _in_short(view: View, changes: Sequence[tuple[Headline, ValueChange]]) -> str:
    """The answer in words, before any number."""
    larger = [_turn(lead, difference) for lead, difference in changes if difference.verdict is Verdict.LARGER]
    period = f"the last full {view.interval.value}"
    if all(difference.verdict is Verdict.UNKNOWN for _, difference in changes):
        return f"**There is too little data yet to say what changed in {period}.**"
    if not larger:
        return f"**Nothing changed by more than chance in {period}.**"
    return f"**Larger than chance in {period}:** {'; '.join(larger)}."


def _turn(lead: Headline, difference: ValueChange) -> str:
    step = difference.step or 0
    way = "up" if step > 0 else "down" if step < 0 else "unusual"
    return f"{lead.label.lower()} {way} to {formatting.shown(difference.value, lead.form)}"
