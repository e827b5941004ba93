"""What the client said they would do: open, done, dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import day_there, short_date
from coachroom.coaching.actions import Action, ActionStatus, due_order
from coachroom.coaching.days import day_written
from coachroom.coaching.goals import Goal
from coachroom.coaching.validation import MAX_TITLE_CHARS
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.own_days import own_today
from coachroom.ui.proposals import DAY_LIKE
from coachroom.ui.reminders import steps_hint
from coachroom.ui.stays import stay, staying

ACTIONS, ADDED = "actions", "added_action"
MAX_OVER = 30


def actions(client_id: str, goals: Sequence[Goal], zone: ZoneInfo) -> None:
    """Shows the open next steps, a form for another one, and those that are over. `goals`: what they may be for;
    `zone`: that of the client's days."""
    services = get_services()
    every, now = services.coaching.actions.list_for(client_id), services.clock()
    open_ones = [action for action in every if action.status is ActionStatus.OPEN]
    over = [action for action in every if action.status is not ActionStatus.OPEN]
    titles = {goal.id: goal.title for goal in goals}
    st.header("Your next steps", anchor=False)
    show_flash(ACTIONS)
    if not open_ones:
        st.write("No next step is open. A small one with a day is a good one.")
    stays: Mapping[str, Action] = staying(ACTIONS)
    listed = {action.id: action for action in (*stays.values(), *open_ones)}
    answers = _answers(client_id, zone) if listed else {}
    for action in due_order(listed.values()):
        with st.container(border=True, key=f"action_{action.id}"):
            about = [due(action, now), answers.get(action.id, "")]
            _open(client_id, action, titles, about, settled=action not in open_ones)
    if any(action.due_day is not None for action in open_ones):
        steps_hint(client_id)
    with st.expander("Add a next step", key="add_action"):
        _form(client_id, titles)
    if over:
        with st.expander(f"Done and dropped ({len(over)})", key="over_actions"):
            for action in over[:MAX_OVER]:
                _over(client_id, action, now, zone)
            if len(over) > MAX_OVER:
                st.caption(f"The latest {MAX_OVER} of {len(over)}.")


def next_of(every: Sequence[Action], now: datetime) -> Action | None:
    """What is to be done next: the first that is not late, else the one that has been late for the shortest time."""
    open_ones = [action for action in every if action.status is ActionStatus.OPEN]
    in_time = [action for action in open_ones if not action.late(now)]
    return next(iter([*in_time, *reversed(open_ones)]), None)


def due(action: Action, now: datetime) -> str:
    """Such as "by 2 May 2026" or "was due on 2 May 2026"; nothing without a day."""
    if action.due_day is None:
        return ""
    return f"was due on {short_date(action.due_day)}" if action.late(now) else f"by {short_date(action.due_day)}"


def _answers(client_id: str, zone: ZoneInfo) -> Mapping[str, str]:
    """What the client answered about due next steps, by the step's id; of several the latest."""
    latest = reversed(get_services().coaching.step_answers.latest(client_id, MAX_OVER))
    return {
        step.action_id: f"on {short_date(day_there(step.answered_at, zone))} you said: {step.answer.words}"
        for step in latest
        if step.answer is not None and step.answered_at is not None
    }


def _open(client_id: str, action: Action, titles: Mapping[str, str], known: Sequence[str], *, settled: bool) -> None:
    """One that is open, or that was settled on this very page and keeps its place. `known`: what there is to say."""
    now = get_services().clock()
    st.markdown(f"~~{plain(action.title)}~~" if settled else f"**{plain(action.title)}**")
    goal = titles.get(action.goal_id or "")
    about = [*known, f"for “{plain(goal)}”" if goal else ""]
    if any(about):
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            if action.late(now):
                st.badge("Late", color="orange", icon=":material/schedule:")
            st.caption(" · ".join(filter(None, about)))
    with st.container(horizontal=True):
        st.button(
            "Done",
            key=f"done_{action.id}",
            icon=":material/check:",
            disabled=settled,
            on_click=_done,
            args=(client_id, action),
        )
        with st.popover("I will not do it", key=f"drop_{action.id}", disabled=settled):
            if not settled:
                _drop_form(client_id, action)


def _drop_form(client_id: str, action: Action) -> None:
    with st.form(f"drop_form_{action.id}", border=False):
        st.text_input("Why? (optional)", max_chars=2 * MAX_TITLE_CHARS, key=f"why_{action.id}")
        st.form_submit_button("Drop this next step", on_click=_drop, args=(client_id, action))


def _form(client_id: str, titles: Mapping[str, str]) -> None:
    form = CreateForm("action")
    with st.form(form.key("new_action"), border=False):
        st.text_input(
            "What will you do?",
            max_chars=MAX_TITLE_CHARS,
            key=form.key("action_title"),
            placeholder="Such as: Ask Tom for feedback",
        )
        # Words, not a calendar: what cannot be taken reaches us and is said, where a calendar drops it.
        st.text_input("By when? (optional)", key=form.key("action_due"), placeholder=DAY_LIKE, width=320)
        if titles:
            st.selectbox(
                "For which goal? (optional)",
                list(titles),
                index=None,
                format_func=lambda goal_id: titles.get(goal_id, ""),
                key=form.key("action_goal"),
                placeholder="None in particular",
            )
        show_flash(ADDED)
        st.form_submit_button("Add this next step", type="primary", on_click=_add, args=(client_id, form))


def _over(client_id: str, action: Action, now: datetime, zone: ZoneInfo) -> None:
    if action.status is ActionStatus.DONE and action.done_at is not None:
        how = f"done on {short_date(day_there(action.done_at, zone))}{', late' if action.late(now) else ''}"
    else:
        how = "dropped" + (f": “{plain(action.dropped_why)}”" if action.dropped_why else "")
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        st.markdown(f"{plain(action.title)} ({how})", width="stretch")
        st.button(
            "Open again", key=f"reopen_{action.id}", type="tertiary", on_click=_reopen, args=(client_id, action.id)
        )


def _add(client_id: str, form: CreateForm) -> None:
    title, due, goal_id = (form.value(name) for name in ("action_title", "action_due", "action_goal"))
    today, actions = own_today(client_id), get_services().coaching.actions

    def add() -> str:
        day = day_written(due or "", today)
        actions.add(client_id, title, due_on=day, goal_id=goal_id)
        return f"Your next step is here, by {short_date(day)}." if day else "Your next step is here."

    form.submit(ADDED, add, str, empty=not title and not due)


def _done(client_id: str, action: Action) -> None:
    stay(ACTIONS, {action.id: action})
    run_action(ACTIONS, lambda: get_services().coaching.actions.done(client_id, action.id), "Well done.")


def _drop(client_id: str, action: Action) -> None:
    why = st.session_state[f"why_{action.id}"]
    stay(ACTIONS, {action.id: action})
    run_action(ACTIONS, lambda: get_services().coaching.actions.drop(client_id, action.id, why), "Dropped.")


def _reopen(client_id: str, action_id: str) -> None:
    run_action(ACTIONS, lambda: get_services().coaching.actions.reopen(client_id, action_id), "Open again.")
