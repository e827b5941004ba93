"""What changed with a client since the last session, for their own coach: numbers and titles, never what was said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client
from coachroom.charts.formatting import some
from coachroom.clock import day_there, days_between, short_date
from coachroom.coaching.changes import Became, Changes, GoalChange
from coachroom.coaching.goals import GoalStatus
from coachroom.coaching.score_text import signed_score
from coachroom.ui.formatting import plain

CLOSED = {GoalStatus.REACHED: "reached", GoalStatus.DROPPED: "given up"}
ACTIONS = {
    Became.DONE: "Done",
    Became.DONE_LATE: "Done, but late",
    Became.LATE: "Late, still open",
    Became.DROPPED: "Dropped",
    Became.AGREED: "Newly agreed",
    Became.OPEN: "Still open",
}


def since_last_session(client: Client, sessions: pd.DataFrame) -> None:
    """One sentence a change, up to `now`. `sessions`: the client's valid ones, latest first."""
    if sessions.empty:
        return
    now = get_services().clock()
    last: datetime = sessions["start_time"].iloc[0].to_pydatetime()
    found = get_services().coaching.changes(client.id, last, now)
    with st.container(border=True, key="since_last_session"):
        st.header("What changed since the last session", anchor=False)
        zone = get_services().coaching.profiles.zone(client.id)
        st.markdown("\n".join(f"- {line}" for line in lines(found, sessions, now, zone)))
        st.caption(
            f"The last session of at least a minute, on {short_date(day_there(last, zone))}, is part of it. "
            "Titles and days are the client's."
        )


def lines(found: Changes, sessions: pd.DataFrame, now: datetime, zone: ZoneInfo) -> list[str]:
    """One line for each thing that changed, fit for Markdown. Days are those of the client's `zone`."""
    last: datetime = sessions["start_time"].iloc[0].to_pydatetime()
    findings = [_days(days_between(last, now, zone)), *_rating(sessions["rating"])]
    findings += [_goal(goal) for goal in found.goals]
    for became, words in ACTIONS.items():
        titles = [title for title, each in found.actions if each is became]
        if titles:
            findings.append(f"{words}: {_titles(titles)}")
    if not found.goals and not found.actions:
        findings.append("No goal was set or checked in on, and no next step is open.")
    return findings


def _days(days: int) -> str:
    return "The last session was today." if days == 0 else f"{some(days, 'day')} without a session."


def _rating(ratings: pd.Series) -> Iterable[str]:
    """The last session's rating beside the one before it that has one."""
    if pd.isna(ratings.iloc[0]):
        yield "The last session was not rated."
        return
    text = f"Rated {ratings.iloc[0]:.0f} of 5"
    before = ratings.iloc[1:].dropna()
    if len(before):
        now, then = int(ratings.iloc[0]), int(before.iloc[0])
        text += ", as before" if now == then else f", {'up' if now > then else 'down'} from {then}"
    yield f"{text}."


def _goal(goal: GoalChange) -> str:
    parts = ["newly set"] if goal.is_new else []
    if goal.after is not None:
        parts.append(_moved(goal.before, goal.after))
    if goal.closed is not None and goal.closed in CLOSED:
        parts.append(CLOSED[goal.closed])
    return f"Goal {_titles([goal.title])}: {', '.join(parts) or 'open again'}"


def _moved(before: int | None, after: int) -> str:
    if before is None:
        return f"stands at {signed_score(after)}"
    return (
        f"still at {signed_score(after)}"
        if before == after
        else f"from {signed_score(before)} to {signed_score(after)}"
    )


def _titles(titles: Iterable[str]) -> str:
    return ", ".join(f"“{plain(title)}”" for title in titles)
