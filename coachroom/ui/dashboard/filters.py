"""The filter bar. The address holds its values, so that a link opens the same page for somebody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import short_date
from coachroom.metrics.intervals import floor
from coachroom.metrics.inventory import UsedAgent
from coachroom.metrics.parameters import Interval, Segment, SegmentBy
from coachroom.metrics.version_changes import shown
from coachroom.people.people import Person, Role
from coachroom.ui.dashboard.queries import agents, tiers
from coachroom.ui.dashboard.view import View, view_of

WEEKS = {"4 weeks": 4, "12 weeks": 12, "26 weeks": 26}
ALL = "All"
DATES = "Dates"
RANGES = [*WEEKS, ALL, DATES]
USUAL_RANGE = "12 weeks"
EVERYBODY = "Whole community"
MINE = "My clients"
MAX_COHORTS = 12
# More days than this are shown by the week: a screen has no room for them.
MAX_DAYS = 400
MAX_NAME_CHARS = 40
PARTS_BY_MONTH = "parts of the community are shown by the month"


@dataclass(frozen=True)
class Choice:
    """One entry of "Who" and the part of the community it selects."""

    label: str
    segment: Segment | None = None


def filter_bar(person: Person) -> View:
    """Range, interval and part of the community, and when the numbers were computed."""
    view = view_of(person, get_services())
    with st.container(key="filters", horizontal=True, vertical_alignment="bottom"):
        chosen = _select("Range", RANGES, "range", USUAL_RANGE)
        dates = _dates() if chosen == DATES else None
        interval = Interval(_select("By", [str(each) for each in Interval], "by", str(Interval.WEEK)))
        who = _who(view)
    view = in_range(replace(view, interval=interval, segment=who.segment, who=who.label), chosen, dates)
    view = parts_by_month(view)
    short = _not_too_many_days(view)
    _standing(short, narrowed=short is not view)
    return short


def parts_by_month(view: View) -> View:
    """Analysts see a part of the community by the month only: shorter intervals are about too few people."""
    return replace(view, interval=Interval.MONTH) if view.suppresses and view.segment is not None else view


def usual(view: View) -> View:
    """The view with nothing chosen: the last weeks of a coach's own clients, or of everybody."""
    return in_range(replace(view, segment=choices_for(view)[0].segment), USUAL_RANGE)


def in_range(view: View, chosen: str, dates: tuple[date, ...] | None = None) -> View:
    """The view from where this range begins. A range begins with a whole interval."""
    if chosen in WEEKS:
        week = floor(view.open_from, Interval.WEEK)
        first = floor(week - timedelta(weeks=WEEKS[chosen]), view.interval)
        return replace(view, start=view.at_midnight(first))
    if chosen == DATES and dates and len(dates) == 2:
        first, last = dates
        return replace(view, start=view.at_midnight(first), end=view.at_midnight(last + timedelta(days=1)))
    return replace(view, start=None)


def _select(label: str, options: list[str], key: str, usual: str) -> str:
    index = options.index(usual)
    return str(
        st.selectbox(label, options, index, key=key, bind="query-params", filter_mode=None, width=_width(options))
    )


def _width(options: list[str]) -> int:
    return 250 if max(map(len, options)) > 12 else 130


def _dates() -> tuple[date, ...]:
    today = get_services().clock().date()
    usual = (today - timedelta(days=27), today)
    chosen = st.date_input("From, to", usual, max_value=today, key="dates", bind="query-params", width=230)
    return chosen if isinstance(chosen, tuple) else (chosen,)


def _who(view: View) -> Choice:
    choices = {choice.label: choice for choice in choices_for(view)}
    return choices[_select("Who", list(choices), "who", next(iter(choices)))]


def choices_for(view: View) -> list[Choice]:
    """The parts of the community that this person may look at, the usual one first."""
    person = view.person
    mine = [Choice(MINE, Segment(SegmentBy.COACH, person.email))] if person.role is Role.COACH else []
    return [
        *mine,
        Choice(EVERYBODY),
        *(
            Choice(label, segment)
            for by in (SegmentBy.TIER, SegmentBy.COHORT, SegmentBy.AGENT)
            for label, segment in parts(by, view)
        ),
    ]


def parts(by: SegmentBy, view: View) -> list[tuple[str, Segment]]:
    """The parts that the community falls into by tier, cohort or agent, with their names."""
    if by is SegmentBy.AGENT:
        return [(_named(agent), Segment(by, agent.part)) for agent in agents(view.version)]
    values = tiers(view.version) if by is SegmentBy.TIER else _cohorts()
    return [(f"{by.value.capitalize()} {_short(value)}", Segment(by, value)) for value in values]


def _named(agent: UsedAgent) -> str:
    """Such as "Agent …4f1c, version …9be0 since 9 Nov 2026": both by the ends of their ids, which tell them apart."""
    if agent.version is None:
        return f"Agent {_short(agent.agent_id)}"
    return f"Agent {shown(agent.agent_id)}, version {shown(agent.version)} since {short_date(agent.since)}"


def _cohorts() -> list[str]:
    """The latest months in which somebody may have begun, such as 2026-05."""
    first, month = get_services().inventory.first_session(), get_services().clock().date().replace(day=1)
    months: list[str] = []
    while first is not None and month >= first.date().replace(day=1) and len(months) < MAX_COHORTS:
        months.append(f"{month:%Y-%m}")
        month = (month - timedelta(days=1)).replace(day=1)
    return months


def _short(name: str) -> str:
    return name if len(name) <= MAX_NAME_CHARS else name[: MAX_NAME_CHARS - 1] + "…"


def _not_too_many_days(view: View) -> View:
    first = view.start or get_services().inventory.first_session() or view.as_of
    too_many = view.interval is Interval.DAY and view.until - first > timedelta(days=MAX_DAYS)
    return replace(view, interval=Interval.WEEK) if too_many else view


def _standing(view: View, *, narrowed: bool) -> None:
    """What the numbers stand for, in words that can be quoted."""
    said = [f"As of {short_date(view.as_of)}, {view.as_of:%H:%M} UTC"]
    first = f"from {short_date(view.local(view.start))}" if view.start else "from the first session on"
    if (mirror := get_services().mirror) is not None and mirror.as_of is not None:
        said.append(f"read from the database at {mirror.as_of:%H:%M:%S} UTC")
    said.append(first + (f" up to {short_date(view.local(view.end - timedelta(seconds=1)))}" if view.end else ""))
    if narrowed:
        said.append("so many days are shown by the week")
    if view.suppresses:
        if view.segment is not None:
            said.append(PARTS_BY_MONTH)
        said.append(f"numbers are hidden where fewer than {view.min_group} people could be told apart")
        said.append("means, medians and shares are rounded")
    st.caption(" · ".join(said))
