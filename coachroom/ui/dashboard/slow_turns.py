"""For administrators: the turns of a client that were answered late, and the part that took the time."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import streamlit as st

from coachroom.app.current import get_services
from coachroom.caseload.caseload import MAX_SLOW_TURNS, SLOW_MS, Client
from coachroom.metrics.units import MILLISECONDS
from coachroom.ui.dashboard.panel import unit_column

COLUMNS = {
    "start_time": "Session (UTC)",
    "at_time": "Answer (UTC)",
    "felt_ms": "Wait",
    "took": "What took the time",
    "transcript_ms": "Voice to transcript",
    "answer_ms": "Transcript to sound",
}
LISTENING, ANSWERING, UNKNOWN = (
    "hearing that the client had finished",
    "the answer and its voice",
    "not measured apart",
)


def slow_turns(client: Client, as_of: datetime) -> None:
    """One row a turn, never what was said in it. Computed when it is asked for: it reads the client's turns."""
    seconds = SLOW_MS / 1000
    if not st.toggle(f"Turns answered after more than {seconds:g} s", key="slow_turns"):
        return
    rows = get_services().caseload.slow_turns(client, as_of)
    if rows.empty:
        st.caption(f"No answer took longer than {seconds:g} s.")
        return
    said = sentence(rows)
    config = {name: st.column_config.Column(label) for name, label in COLUMNS.items()}
    for name in ("start_time", "at_time"):
        config[name] = st.column_config.DatetimeColumn(COLUMNS[name], format="D MMM YYYY, HH:mm:ss")
    for name in ("felt_ms", "transcript_ms", "answer_ms"):
        config[name] = unit_column(MILLISECONDS, COLUMNS[name], whole=True)
    shown = rows.assign(took=took(rows))[list(COLUMNS)]
    st.dataframe(shown, hide_index=True, width="stretch", column_config=config, placeholder="", alt=said)
    st.caption(said)


def took(rows: pd.DataFrame) -> pd.Series:
    """Of each turn the part that took longer."""
    longer = rows["transcript_ms"] >= rows["answer_ms"]
    named = longer.map({True: LISTENING, False: ANSWERING})
    return named.where(rows["transcript_ms"].notna() & rows["answer_ms"].notna(), UNKNOWN)


def sentence(rows: pd.DataFrame) -> str:
    """How many there are, and what took the time in most of them."""
    counts = took(rows).value_counts()
    number = f"The latest {MAX_SLOW_TURNS}" if len(rows) == MAX_SLOW_TURNS else f"{len(rows)}"
    parts = ", ".join(f"{count} by {part}" for part, count in counts.items())
    answers = "answer" if len(rows) == 1 else "answers"
    return f"{number} {answers} took longer than {SLOW_MS / 1000:g} s: {parts}."
