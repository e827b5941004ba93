"""The form of a goal: one sentence, and for whoever wants it how much it matters and how they would know."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from coachroom.app.current import get_services
from coachroom.coaching.goals import LEVELS, Goal, NewGoal
from coachroom.coaching.score_text import score_meaning, signed_score
from coachroom.coaching.validation import MAX_TITLE_CHARS
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash

MATTERS = {1: "some", 2: "much", 3: "very much"}
HARD = {1: "easy", 2: "fairly hard", 3: "hard"}
GOALS, ADDED = "goals", "added_goal"
LIKE = {-2: "Perhaps where you are today", 0: "Such as: I speak once in each meeting"}
MIDDLE = 2


def goal_form(client_id: str, goal: Goal | None) -> None:
    """A new goal, or other words for one."""
    form = CreateForm("goal")
    key = goal.id if goal else form.key("new")
    with st.form(f"goal_form_{key}", border=False):
        st.text_input(
            "What do you want to reach?",
            value=goal.title if goal else "",
            max_chars=MAX_TITLE_CHARS,
            key=f"title_{key}",
            placeholder="Such as: Speak up in meetings",
        )
        with st.expander("Say more about it, if you like", key=f"more_{key}"):
            _more(goal, key)
        show_flash(changed(goal.id) if goal else ADDED)
        st.form_submit_button(
            "Save" if goal else "Add this goal",
            type="primary",
            on_click=_change if goal else _add,
            args=(client_id, goal.id if goal else form),
        )


def changed(goal_id: str) -> str:
    """Where the page says how changing this goal went."""
    return f"changed_goal_{goal_id}"


def _more(goal: Goal | None, key: str) -> None:
    """How much it matters, how hard it is, and what each level would be. One sentence is enough without it."""
    words = goal.levels if goal else {}
    _one_of("How much does it matter to you?", MATTERS, goal.importance if goal else None, f"importance_{key}")
    _one_of("How hard will it be?", HARD, goal.difficulty if goal else None, f"difficulty_{key}")
    st.markdown(
        "**How would you know?** Say it in your own words. What you hope for is the middle of the scale; the "
        "rest can wait, and you can change it at any time."
    )
    for score in (0, *(level for level in reversed(LEVELS) if level)):
        st.text_input(
            f"What would be {score_meaning(score)}? ({signed_score(score)})",
            value=words.get(score, ""),
            max_chars=MAX_TITLE_CHARS,
            key=f"level_{score}_{key}",
            placeholder=LIKE.get(score, ""),
        )


def _one_of(label: str, choices: Mapping[int, str], chosen: int | None, key: str) -> None:
    st.radio(
        label,
        list(choices),
        index=list(choices).index(MIDDLE if chosen is None else chosen),
        format_func=choices.__getitem__,
        horizontal=True,
        key=key,
    )


def _given(key: str) -> NewGoal:
    state = st.session_state
    return NewGoal(
        title=state[f"title_{key}"],
        importance=state[f"importance_{key}"],
        difficulty=state[f"difficulty_{key}"],
        levels={score: state[f"level_{score}_{key}"] for score in LEVELS},
    )


def _change(client_id: str, goal_id: str) -> None:
    given = _given(goal_id)
    run_action(changed(goal_id), lambda: get_services().coaching.goals.change(client_id, goal_id, given), "Saved.")


def _add(client_id: str, form: CreateForm) -> None:
    given = _given(form.key("new"))
    empty = not given.title and not any(given.levels.values())
    add = get_services().coaching.goals.add
    form.submit(ADDED, lambda: add(client_id, given), "Your goal is here.", empty=empty)
