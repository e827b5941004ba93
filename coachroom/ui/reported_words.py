"""What somebody reported of a session that was not safe, as they read and change it: a client, or a human coach."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from coachroom.rooms.safety_reports import MAX_WORDS_CHARS, SafetyReport
from coachroom.ui.flash import run_action
from coachroom.ui.formatting import day_and_time

REPORTED = "The administrators of your community can read it now."
CHANGED = "Changed. The administrators of your community can read it now, and when you changed it."
UNCHANGED = "Nothing was changed. If nobody shall read the report any more, take it back."
TAKEN_BACK = "Taken back: nobody reads it any more. It may have been read before."


def reported_words(report: SafetyReport, place: str, change: Callable[[str], None]) -> None:
    """What was said in a report, with a field that begins with it.

    `change` gets the other words; `place`: where the page says that there were none.
    """
    if report.changed_at is not None:
        st.caption(f"You changed it on {day_and_time(report.changed_at)}.")
    if report.dealt_with_at is not None:
        st.caption(f"An administrator marked it as dealt with on {day_and_time(report.dealt_with_at)}.")
    if report.words:
        st.text(report.words)
    key = f"reported_words_{report.session_id}"
    with st.expander("Change what you wrote" if report.words else "Say what happened", key=f"{key}_open"):
        st.text_area("What happened?", report.words or "", max_chars=MAX_WORDS_CHARS, key=key, height=90)
        button = f"change_report_{report.session_id}"
        st.button("Keep these words", key=button, on_click=_change, args=(report, key, place, change))


def _change(report: SafetyReport, key: str, place: str, change: Callable[[str], None]) -> None:
    words = str(st.session_state.get(key) or "")
    if words.strip():
        change(words)
    else:
        run_action(place, lambda: None, UNCHANGED, {key: report.words or ""})
