"""How each page of numbers is arranged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts import formatting
from coachroom.charts.changes import ValueChange, Verdict
from coachroom.charts.headlines import FAILED, LEADS, NEW, T_SCORE, VALID, Headline
from coachroom.metrics.parameters import RetentionKind, Segment, SegmentBy
from coachroom.people.people import Person
from coachroom.ui.dashboard.cards import cards, changes, compared, draw_cards
from coachroom.ui.dashboard.filters import filter_bar
from coachroom.ui.dashboard.notices import demo_mark
from coachroom.ui.dashboard.panel import metric_panel
from coachroom.ui.dashboard.queries import months_of_joining, sources
from coachroom.ui.dashboard.view import View

KINDS = {
    "in that period": RetentionKind.RECURRING,
    "in it or later": RetentionKind.UNBOUNDED,
    "in every one so far": RetentionKind.CUMULATIVE,
}
# The parts of the longest page, by the mark that a link jumps to.
ENGAGEMENT = {"how-much": "How much", "coming-back": "Coming back", "who-stays": "Who stays"}
SOURCES = {"skool": "a Skool export", "manual": "an entry by hand", "demo": "the demo"}
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
    """What changed by more than chance, in one sentence and as cards. All numbers and charts are one press away."""
    found = changes(view, OVERVIEW)
    larger = [each for each in found if each[1].verdict is Verdict.LARGER]
    st.markdown(_in_short(view, found, larger))
    compared(view)
    if larger:
        draw_cards(view, larger, a_row=4)
    if more("All numbers and charts", "all_numbers"):
        draw_cards(view, found)
        side_by_side(view, "lifecycle", "session_outcomes", "csat", "goal_attainment")


def more(label: str, key: str) -> bool:
    """Whether the rest of the page is asked for: it is not computed before. The address keeps it."""
    return st.toggle(label, key=key, bind="query-params")


def engagement(view: View) -> None:
    st.markdown(" · ".join(f"[{title}](#{mark})" for mark, title in ENGAGEMENT.items()))
    cards(view, (LEADS["lifecycle"], NEW, VALID, LEADS["session_duration"]))
    _part("how-much")
    side_by_side(view, "active_clients", "session_outcomes", "session_duration", "lifecycle")
    _part("coming-back")
    side_by_side(view, "funnel", "return_rate")
    if more(
        "More: time to the second session, days between sessions, sessions in writing, with a human coach",
        "more_returns",
    ):
        side_by_side(view, "time_to_second_session", "return_gaps", "written_sessions", "human_sessions")
    if get_services().settings.appointments and more("More: appointments and next dates", "more_appointments"):
        side_by_side(view, "appointments", "next_date")
        side_by_side(view, "next_date_comparison")
    _part("who-stays")
    retention_panel(view)
    membership_panel(view)


def _part(mark: str) -> None:
    st.header(ENGAGEMENT[mark], anchor=mark)


def satisfaction(view: View) -> None:
    cards(view, (LEADS["csat"], LEADS["nps"], LEADS["check_in"]))
    side_by_side(view, "csat", "nps")
    side_by_side(view, "check_in", "human_comparison")
    if more("More: how clients want the coach to work, and whether it suits them", "more_approach"):
        side_by_side(view, "approach_fits", "approach_choice", "approach_asked")


def quality(view: View) -> None:
    cards(view, (LEADS["talk_ratio"], LEADS["turn_latency"], LEADS["barge_in_rate"], FAILED, LEADS["task_success"]))
    side_by_side(view, "turn_latency", "latency_parts", "cut_ins", "barge_in_rate", "failure_rate", "talk_ratio")
    if more(
        "More: silences, broken lines, turns and words, successful conversations, pauses, wishes followed, versions",
        "more_quality",
    ):
        side_by_side(view, "silences", "reconnects", "turns", "task_success", "pauses", "approach_followed")
        side_by_side(view, "version_comparison", "version_failures")


def effectiveness(view: View) -> None:
    cards(view, (LEADS["action_completion"], LEADS["goal_attainment"], T_SCORE, LEADS["confidence_change"]))
    with panels():
        metric_panel(view, "goal_attainment", title="Goals at the expected level or above")
        metric_panel(view, "goal_attainment", title="Goal attainment (T score)", scores=True)
    metric_panel(view, "action_completion")
    if more("More: next steps answered in time, change in confidence, reliable change", "more_effects"):
        side_by_side(view, "steps_answered", "confidence_change", "reliable_change")


def retention_panel(view: View) -> None:
    """The matrix, by the kind of activity that counts."""
    chosen = st.segmented_control(
        "A client counts as kept when active …", list(KINDS), default=next(iter(KINDS)), required=True, key="kept",
        bind="query-params",
    )  # fmt: skip
    metric_panel(view, "retention", kind=KINDS[str(chosen)])


def membership_panel(view: View) -> None:
    """Who stays: of all who are looked at, or of those who joined in one month or came by one way."""
    if view.suppresses:
        # A curve of a part would tell about few.
        metric_panel(view, "membership_survival")
        return
    groups: dict[str, Segment | None] = {"all of them": view.segment}
    groups |= {f"joined {m}": Segment(SegmentBy.JOINED, m) for m in months_of_joining(view.version, view.timezone)}
    groups |= {f"from {SOURCES.get(each, each)}": Segment(SegmentBy.SOURCE, each) for each in sources(view.version)}
    chosen = st.selectbox("Members …", list(groups), key="members_of", bind="query-params", width=250)
    metric_panel(replace(view, segment=groups[chosen]), "membership_survival")


def side_by_side(view: View, *metric_ids: str) -> None:
    """Two panels a row where there is room, one on a phone."""
    with panels():
        for metric_id in metric_ids:
            metric_panel(view, metric_id)


def panels() -> st.delta_generator.DeltaGenerator:
    return st.grid(2, min_column_width=420)


def _in_short(
    view: View, found: Sequence[tuple[Headline, ValueChange]], larger: Sequence[tuple[Headline, ValueChange]]
) -> str:
    """The answer in words, before any number. `larger`: those of `found` that changed by more than chance."""
    period = f"the last full {view.interval.value}"
    if all(difference.verdict is Verdict.UNKNOWN for _, difference in found):
        return f"**There is too little data yet to say what changed in {period}.**"
    if not larger:
        return f"**Nothing changed by more than chance in {period}.**"
    return f"**Larger than chance in {period}:** {'; '.join(_turn(*each) for each in larger)}."


def _turn(lead: Headline, difference: ValueChange) -> str:
    step = difference.step or 0
    way = "up to" if step > 0 else "down to" if step < 0 else "unusual at"
    return f"{lead.label.lower()} {way} {formatting.shown(difference.value, lead.form)}"
