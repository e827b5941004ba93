"""What a client sees of comparisons of versions: whether they take part, and which version they met."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.comparisons.states import Arm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain

TAKES_PART = "takes_part"
NAMES = {Arm.STANDING: "the version that was there before", Arm.CANDIDATE: "the new version"}


def part_in_comparisons(client_id: str) -> None:
    """The line on Profile, where versions are compared here."""
    comparisons = get_services().comparisons
    if not comparisons.on:
        return
    st.header("Versions of the AI coach", anchor=False)
    st.write(
        "Sometimes two versions of the AI coach are compared. Which one new clients meet is drawn, and stays the "
        "same for them. If you say no, you have the version that was there before from your next call on, and "
        "nothing else changes."
    )
    show_flash(TAKES_PART)
    st.checkbox(
        "I take part in comparisons",
        value=not comparisons.refuses(client_id),
        key=TAKES_PART,
        on_change=_set_part,
        args=(client_id,),
    )


def version_met(session_id: str) -> str | None:
    """Which version a session in a comparison had, in one sentence; None where there was no comparison."""
    met = get_services().comparisons.met_in(session_id)
    if not met:
        return None
    title, versions = plain(met[0][0]), " and ".join(NAMES[arm] for _, arm in met)
    return f"Two versions of the AI coach were compared (“{title}”): this was {versions}."


def _set_part(client_id: str) -> None:
    comparisons, takes_part = get_services().comparisons, bool(st.session_state[TAKES_PART])
    done = "You take part." if takes_part else "You take no part. It counts from your next call on."
    run_action(TAKES_PART, lambda: comparisons.set_part(client_id, takes_part=takes_part), done)
