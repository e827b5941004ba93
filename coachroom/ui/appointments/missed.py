"""Appointments that somebody missed, with who it was: for the two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from coachroom.appointments.states import Appointment, MissedBy

CLIENT_READS = {
    MissedBy.CLIENT: "you were not there",
    MissedBy.COACH: "your human coach was not there",
    MissedBy.BOTH: "neither of you was there",
}
COACH_READS = {
    MissedBy.CLIENT: "the client was not there",
    MissedBy.COACH: "you were not there",
    MissedBy.BOTH: "neither of you was there",
}


def missed_lately(missed: Sequence[tuple[Appointment, str]], reads: Mapping[MissedBy, str]) -> None:
    """Each with its time in Markdown, as its reader knows it; nothing where none was missed."""
    if not missed:
        return
    with st.container(key="missed_lately"):
        st.header("Missed in the last four weeks", anchor=False)
        st.markdown(
            "\n".join(f"- {when}: {reads[each.missed_by]}" for each, when in missed if each.missed_by is not None)
        )
