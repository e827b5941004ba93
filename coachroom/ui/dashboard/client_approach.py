"""What a client chose of the AI coach's way of working, and what they tried, for their own coach."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.charts import approach_ratings
from coachroom.coaching.approach import ApproachField, ChoiceSource, Lead, Opening, Pace, Tone, Value, since, trials
from coachroom.ui.approach import since_text, tried_line
from coachroom.ui.dashboard.panel import picture

# As one of several in a line.
WORDS: Mapping[Value, str] = {
    Tone.DIRECT: "direct words",
    Tone.GENTLE: "gentle words",
    Pace.SHORT: "short answers",
    Pace.EXPLORING: "room to explore",
    Opening.CHECK_BACK: "begins with what was agreed",
    Opening.GOAL: "begins with a goal",
    Opening.OPEN: "begins with what they bring",
    Lead.CLIENT: "client leads",
    Lead.COACH: "AI coach leads",
}
FROM_WHERE: Mapping[ChoiceSource, str] = {
    ChoiceSource.PROFILE: "chosen by the client",
    ChoiceSource.ASKED: "chosen when asked",
    ChoiceSource.AFTER_SESSION: "chosen after a session",
    ChoiceSource.COACH: "suggested by a human coach",
    ChoiceSource.TRIAL: "kept after it was tried",
}
NO_NUMBERS = (
    "One person's ratings cannot tell which way works better: that takes 100 sessions and more. Ask the client."
)
MAX_TRIALS = 10
AS_IT_COMES = "as it comes"


def client_approach(client_id: str, sessions: pd.DataFrame) -> None:
    """The choices with their days and where they come from, the trials, each rating as a dot, and why no number.

    `sessions`: the client's valid ones, as the timeline has them.
    """
    approaches = get_services().coaching.approaches
    chosen, history = approaches.standing(client_id).chosen, approaches.history(client_id)
    with st.container(key="client_approach", gap="xsmall"):
        if chosen:
            st.markdown(
                "\n".join(
                    f"- {_capital(WORDS[value])}{since_text(client_id, since(history, field), FROM_WHERE)}"
                    for field, value in chosen.items()
                )
            )
        else:
            st.write("The client has chosen nothing: it works as it comes.")
        found = trials(history)
        if found:
            st.caption("Tried, for one session each")
            st.markdown("\n".join(f"- {tried_line(client_id, each, FROM_WHERE)}" for each in found[:MAX_TRIALS]))
        rated = sessions.dropna(subset=["rating"])
        if not rated.empty:
            drawn = rated[["start_time", "rating"]].assign(approach=[way_of(row) for row in _ways(rated)])
            st.caption("The client's ratings, each with how the AI coach was asked to work in that session")
            picture(approach_ratings.dots(drawn).to_dict(validate=False), approach_ratings.sentence(drawn))
        st.caption(NO_NUMBERS)


def way_of(wishes: Mapping[str, str | None]) -> str:
    """What was asked for in one session in words, such as "direct words, short answers"."""
    chosen = [wish for name in ApproachField if (wish := wishes.get(name)) is not None]
    return ", ".join(words for value, words in WORDS.items() if value in chosen) or AS_IT_COMES


def _capital(words: str) -> str:
    # Not str.capitalize, which would write "Ai coach".
    return words[0].upper() + words[1:]


def _ways(sessions: pd.DataFrame) -> list[dict[str, str | None]]:
    wishes = sessions[["tone", "pace", "opening", "lead"]]
    return [
        {str(name): None if pd.isna(value) else str(value) for name, value in row.items()}
        for row in wishes.to_dict("records")
    ]
