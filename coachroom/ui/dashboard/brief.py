"""A coach's brief for the next talk with one client: one page, to read or to print."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import Client
from coachroom.clock import day_there, short_date
from coachroom.coaching.actions import ActionStatus
from coachroom.coaching.goals import Goal, GoalStatus
from coachroom.coaching.score_text import signed_score
from coachroom.people.people import Person
from coachroom.ui.dashboard.coach_notes import when
from coachroom.ui.dashboard.one_client import lines
from coachroom.ui.formatting import plain, reader_zone

MAX_GOALS = 6
MAX_STEPS = 8
MAX_ANSWERS = 50
MAX_HANDED = 3
MAX_NOTES = 6


def brief(person: Person, client: Client, sessions: pd.DataFrame) -> None:
    """`sessions`: the client's valid ones, latest first. For the client's own coach."""
    services = get_services()
    now, zone = services.clock(), services.coaching.profiles.zone(client.id)
    st.page_link(
        "pages/Clients.py",
        label="Back to the client",
        query_params={"client": client.id},
        icon=":material/arrow_back:",
    )
    with st.container(key="brief"):
        st.title(f"{plain(client.name)}: your next talk", anchor=False)
        st.caption(f"As of {short_date(day_there(now, zone))}, the client's day.")
        with st.container(key="print_hint"):
            st.caption("Print this page with Ctrl+P or ⌘P.")
        _part("Goals", _goals(client), "No goal is active.")
        _part("Next steps", _steps(client), "No next step is open.")
        if not sessions.empty:
            last = sessions["start_time"].iloc[0].to_pydatetime()
            changes = lines(services.coaching.changes(client.id, last, now), sessions, now, zone)
            _part(f"Since the last session, {short_date(day_there(last, zone))}", changes, "")
        _part("What they handed to you", _handed(person, client), "Nothing.")
        _part("The summary they shared last", _shared(client), "None.")
        _part("Your notes", _notes(person, client), "None.")


def _part(title: str, items: Iterator[str] | list[str], none: str) -> None:
    found = list(items)
    st.header(title, anchor=False)
    st.markdown("\n".join(f"- {item}" for item in found) if found else none)


def _goals(client: Client) -> Iterator[str]:
    goals = get_services().coaching.goals.list_for(client.id)
    for goal in [goal for goal in goals if goal.status is GoalStatus.ACTIVE][:MAX_GOALS]:
        yield f"“{plain(goal.title)}”{_stands(goal)}"


def _stands(goal: Goal) -> str:
    return f", stands at {signed_score(goal.latest.score)}" if goal.latest else ", not checked yet"


def _steps(client: Client) -> Iterator[str]:
    now = get_services().clock()
    steps = get_services().coaching.actions.list_for(client.id)
    answers = _answers(client)
    for step in [step for step in steps if step.status is ActionStatus.OPEN][:MAX_STEPS]:
        due = f", by {short_date(step.due_day)}" if step.due_day else ""
        yield f"“{plain(step.title)}”{due}{', late' if step.late(now) else ''}{answers.get(step.id, '')}"


def _answers(client: Client) -> dict[str, str]:
    """What the client answered about due next steps, by the step's id, where they let their human coach read it."""
    services = get_services()
    if not services.reminders.choices(client.id).coach_reads_answers:
        return {}
    zone = services.coaching.profiles.zone(client.id)
    return {
        step.action_id: f"; on {short_date(day_there(step.answered_at, zone))} they said: {step.answer.words}"
        for step in reversed(services.coaching.step_answers.latest(client.id, MAX_ANSWERS))
        if step.answer is not None and step.answered_at is not None
    }


def _handed(person: Person, client: Client) -> Iterator[str]:
    for handoff in get_services().handoffs.to_coach(person, most=MAX_HANDED, client_id=client.id):
        comment = " ".join((handoff.comment or "").split())
        what = f"“{plain(comment)}”" if comment else "a session, without a comment"
        yield f"{short_date(day_there(handoff.made_at, reader_zone()))}: {what}"


def _shared(client: Client) -> Iterator[str]:
    for summary in get_services().coaching.summaries.shared_by(client.id)[:1]:
        yield f"**{plain(summary.title or 'A talk')}**"
        yield from (plain(sentence.text) for sentence in summary.sentences)


def _notes(person: Person, client: Client) -> Iterator[str]:
    for note in get_services().coach_notes.about(client.id, person)[:MAX_NOTES]:
        yield f"{when(note)} {plain(note.words or '')}"
