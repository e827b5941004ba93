"""The room in writing: four short steps in the client's own words, each saved as it is written, and the end."""

from __future__ import annotations

from datetime import date

import streamlit as st

from coachroom.app.current import get_services
from coachroom.coaching.goals import GoalStatus
from coachroom.coaching.stages import Stage
from coachroom.coaching.validation import MAX_TEXT_CHARS, MAX_TITLE_CHARS
from coachroom.coaching.written_steps import WrittenStep
from coachroom.rooms.states import EndReason, Session
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.help_now import open_help_after
from coachroom.ui.tab_state import TabState

WRITTEN = "written"
EDITED = "written_step"
SOMETHING_NEW = "Something new"
# What is asked, and what helps to answer.
QUESTIONS = {
    Stage.GOAL: ("What do you want to work on?", "One sentence is enough."),
    Stage.REALITY: ("Where are you with it now?", "What works already, and what is in the way?"),
    Stage.OPTIONS: ("What could you do?", "Two or three ideas, small ones count."),
    Stage.WILL: ("What will you do next?", "One thing that you can start yourself."),
}
LABELS = {
    Stage.GOAL: "Your goal",
    Stage.REALITY: "Where you are",
    Stage.OPTIONS: "Options",
    Stage.WILL: "Your next step",
}


def written_session(session: Session, tab: TabState) -> bool:
    """The four steps; whether the client has finished the session."""
    steps = {step.stage: step for step in get_services().written_sessions.steps_of(session.id)}
    asked = _asked(steps)
    with st.container(key="reading"):
        st.title("Your session in writing", anchor=False)
        st.write("Four short steps, without the coach. Each is kept as soon as you save it.")
        show_flash(WRITTEN)
        for stage, step in steps.items():
            if stage is not asked:
                _written(step)
        if asked is not None:
            _ask(session, tab, asked, steps.get(asked))
        finished = asked is None and st.button("Finish the session", type="primary", key="finish_written")
        with st.container(horizontal=True):
            if asked is not None and st.button("End here", key="end_written"):
                finished = True
            st.button("Talk to the coach instead", type="tertiary", key="talk_instead", on_click=_talk, args=(tab,))
    return finished


def _asked(steps: dict[Stage, WrittenStep]) -> Stage | None:
    """The step that is written now: the one that is to be changed, else the first that is missing."""
    edited: Stage | None = st.session_state.get(EDITED)
    return edited or next((stage for stage in Stage if stage not in steps), None)


def _written(step: WrittenStep) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"written_{step.stage}"):
        st.markdown(f"**{LABELS[step.stage]}:** {plain(step.words)}", width="stretch")
        name = f"Change {LABELS[step.stage].lower()}"
        st.button(name, type="tertiary", key=f"change_{step.stage}", on_click=_change, args=(step.stage,))


def _ask(session: Session, tab: TabState, stage: Stage, before: WrittenStep | None) -> None:
    question, hint = QUESTIONS[stage]
    st.header(f"{list(Stage).index(stage) + 1} of 4: {question}", anchor=False)
    st.caption(hint)
    chosen = _own_goal(session) if stage is Stage.GOAL else None
    with st.form(f"written_form_{stage}", border=False):
        key, value = f"written_words_{stage}", before.words if before else ""
        if chosen is None and stage in (Stage.GOAL, Stage.WILL):
            st.text_input(LABELS[stage], value=value, max_chars=MAX_TITLE_CHARS, key=key)
        elif chosen is None:
            st.text_area(LABELS[stage], value=value, max_chars=MAX_TEXT_CHARS, key=key)
        if stage is Stage.WILL:
            st.date_input("By when? (optional)", value=None, key="written_due")
        st.form_submit_button("Save and go on", type="primary", on_click=_save, args=(session, tab, stage, chosen))


def _own_goal(session: Session) -> str | None:
    """The title of one of the goals that the client came with; None for a new one."""
    goals = [
        goal
        for goal in get_services().coaching.goals.list_for(session.client_id)
        if goal.status is GoalStatus.ACTIVE and goal.session_id != session.id
    ]
    if not goals:
        return None
    titles = [*(goal.title for goal in goals), SOMETHING_NEW]
    chosen = st.radio(
        "One of your goals, or something new", range(len(titles)), format_func=lambda place: plain(titles[place]),
        key="written_goal",
    )  # fmt: skip
    return titles[chosen] if chosen < len(goals) else None


def _save(session: Session, tab: TabState, stage: Stage, chosen: str | None) -> None:
    services = get_services()
    words = chosen if chosen is not None else str(st.session_state.get(f"written_words_{stage}") or "")
    due_on: date | None = st.session_state.get("written_due") if stage is Stage.WILL else None
    since = tab.writing_since or services.clock()

    def write() -> None:
        services.written_sessions.write(session, stage, words, since=since, due_on=due_on)

    run_action(WRITTEN, write, "Saved.", then=lambda _: st.session_state.pop(EDITED, None))
    open_help_after(words)


def _change(stage: Stage) -> None:
    st.session_state[EDITED] = stage


def _talk(tab: TabState) -> None:
    tab.writing_since = None


def end_of_writing(session: Session) -> None:
    """Ends the session as its client does."""
    get_services().sessions.end(session.id, EndReason.CLIENT)
