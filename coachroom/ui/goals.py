"""The client's goals and where they stand, their next steps, and what waits for their word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts import goal as charts
from coachroom.clock import short_date, there
from coachroom.coaching.goals import LEVELS, CheckIn, Goal, GoalStatus
from coachroom.coaching.score_text import score_meaning, signed_score
from coachroom.coaching.validation import MAX_TITLE_CHARS
from coachroom.ui.actions import actions
from coachroom.ui.coach_questions import questions_of_my_coach
from coachroom.ui.create_form import CreateForm
from coachroom.ui.dashboard.panel import CHART, TABLE, picture
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.goal_form import GOALS, HARD, MATTERS, changed, goal_form
from coachroom.ui.own_days import own_zone
from coachroom.ui.proposals import WAITS, show_open_proposals
from coachroom.ui.stays import open_page, staying

# The beginning of the key of a field that this page always has.
ALWAYS = "action_title_"
ENDED = {GoalStatus.REACHED: "reached", GoalStatus.DROPPED: "dropped"}
TABLE_COLUMNS = {"created_at": "When", "score": "Where", "meaning": "That is", "note": "Note"}


def goals_page(client_id: str) -> None:
    """What waits, the goals, and what to do for them."""
    open_page(ALWAYS)
    coaching = get_services().coaching
    zone = own_zone(client_id)
    goals = coaching.goals.list_for(client_id)
    # On the client's clock, for the picture and the table as well.
    check_ins = [
        replace(each, created_at=there(each.created_at, zone).replace(tzinfo=None))
        for each in (coaching.goals.check_ins(client_id) if goals else ())
    ]
    waits = coaching.proposals.open_for(client_id)
    with st.container(key="reading"):
        st.title("Goals", anchor=False)
        st.write("What you want to reach, and what you do for it. The coach reads this before each session.")
        st.caption("Your human coach sees the titles of your goals and next steps, and what became of them.")
        if waits or staying(WAITS):
            st.header("Waiting for your word", anchor=False)
            st.caption("Heard in a session or suggested by your human coach. Nothing of it counts until you say yes.")
        show_open_proposals(client_id, waits)
        questions_of_my_coach(client_id)
        _goals(client_id, goals, check_ins)
        actions(client_id, [goal for goal in goals if goal.status is GoalStatus.ACTIVE], zone)
        st.page_link("pages/Start.py", label="Back to your home page")


def _goals(client_id: str, goals: Sequence[Goal], check_ins: Sequence[CheckIn]) -> None:
    st.header("Your goals", anchor=False)
    show_flash(GOALS)
    active = [goal for goal in goals if goal.status is GoalStatus.ACTIVE]
    closed = [goal for goal in goals if goal.status is not GoalStatus.ACTIVE]
    for goal in closed:
        # Closed elsewhere meanwhile: its form is gone.
        show_flash(changed(goal.id))
    if not active:
        st.write("There is no goal here yet. Name one below, or talk about it with the coach.")
    for goal in active:
        with st.container(border=True, key=f"goal_{goal.id}"):
            _goal(client_id, goal, [each for each in check_ins if each.goal_id == goal.id])
    with st.expander("Add a goal", expanded=not goals, key="add_goal"):
        goal_form(client_id, None)
    if closed:
        with st.expander(f"Reached and dropped ({len(closed)})", key="closed_goals"):
            for goal in closed:
                _closed(client_id, goal)


def _goal(client_id: str, goal: Goal, check_ins: Sequence[CheckIn]) -> None:
    st.subheader(plain(goal.title), anchor=False)
    if goal.importance in MATTERS and goal.difficulty in HARD:
        st.caption(f"It matters {MATTERS[goal.importance]} to you; it is {HARD[goal.difficulty]}.")
    if goal.latest is None:
        hoped = f" You hope for: “{plain(goal.levels[0])}”." if 0 in goal.levels else ""
        st.write(f"You have not said yet where you stand.{hoped}")
    else:
        meaning = score_meaning(goal.latest.score, goal.levels)
        st.markdown(f"You stand at **{signed_score(goal.latest.score)}**: {plain(meaning)}.")
        if len(check_ins) > 1:
            _over_time(goal, check_ins)
        else:
            note = f" “{plain(goal.latest.note)}”" if goal.latest.note else ""
            st.caption(f"Said on {short_date(check_ins[-1].created_at)}.{note}")
    with st.expander("Where do you stand now?", key=f"stand_{goal.id}"):
        _check_in(client_id, goal)
    with st.expander("Change or close this goal", key=f"change_{goal.id}"):
        goal_form(client_id, goal)
        with st.container(horizontal=True):
            for status, label in ((GoalStatus.REACHED, "I have reached it"), (GoalStatus.DROPPED, "Drop it")):
                st.button(label, key=f"{status}_{goal.id}", on_click=_close, args=(client_id, goal.id, status))


def _over_time(goal: Goal, check_ins: Sequence[CheckIn]) -> None:
    frame = charts.frame_of(check_ins, goal.levels)
    said = charts.sentence(frame)
    if st.session_state.get(f"as_{goal.id}", CHART) == TABLE:
        config = {name: st.column_config.Column(label) for name, label in TABLE_COLUMNS.items()}
        config["created_at"] = st.column_config.DatetimeColumn(
            TABLE_COLUMNS["created_at"], format="D MMM YYYY, HH:mm"
        )
        shown = frame.iloc[::-1]
        st.dataframe(shown, hide_index=True, width="stretch", column_config=config, alt=said)
    else:
        picture(charts.check_ins(frame).to_dict(), said)
    st.caption(plain(said))
    st.segmented_control(
        "Show as", [CHART, TABLE], default=CHART, required=True, key=f"as_{goal.id}", label_visibility="collapsed"
    )


def _check_in(client_id: str, goal: Goal) -> None:
    form = CreateForm(f"check_in_{goal.id}")
    with st.form(form.key(form.name), border=False):
        st.radio(
            "Where do you stand?",
            list(reversed(LEVELS)),
            index=None if goal.latest is None else LEVELS[-1] - goal.latest.score,
            format_func=lambda score: f"{signed_score(score)}: {plain(score_meaning(score, goal.levels))}",
            key=form.key(f"score_{goal.id}"),
        )
        st.text_input("A note (optional)", max_chars=2 * MAX_TITLE_CHARS, key=form.key(f"note_{goal.id}"))
        st.form_submit_button("Save where I stand", type="primary", on_click=_save, args=(client_id, goal, form))


def _closed(client_id: str, goal: Goal) -> None:
    with st.container(horizontal=True, wrap=False, vertical_alignment="center"):
        stood = f", at {signed_score(goal.latest.score)}" if goal.latest else ""
        st.markdown(f"{plain(goal.title)} ({ENDED[goal.status]}{stood})", width="stretch")
        st.button(
            "Take it up again",
            key=f"active_{goal.id}",
            type="tertiary",
            on_click=_close,
            args=(client_id, goal.id, GoalStatus.ACTIVE),
        )


def _save(client_id: str, goal: Goal, form: CreateForm) -> None:
    score, note = form.value(f"score_{goal.id}"), form.value(f"note_{goal.id}")
    # After one was saved, the next form stands where the client does: pressed again, it says nothing new.
    same = not note and goal.latest is not None and score == goal.latest.score
    check_in = get_services().coaching.goals.check_in
    form.submit(GOALS, lambda: check_in(client_id, goal.id, score, note), "Saved.", empty=same)


def _close(client_id: str, goal_id: str, status: GoalStatus) -> None:
    done = {GoalStatus.REACHED: "Well done.", GoalStatus.DROPPED: "Dropped.", GoalStatus.ACTIVE: "Taken up again."}
    run_action(GOALS, lambda: get_services().coaching.goals.close(client_id, goal_id, status), done[status])
