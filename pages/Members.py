"""The roster, for administrators."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.people.people import Role
from coachroom.ui import guard

guard.require(Role.ADMIN)
st.title("Members")
roster = get_services().people.roster()
active = int((roster["status"] == "active").sum())
st.write(f"{active} active of {len(roster)}.")
st.caption("`python -m coachroom members import FILE` updates the roster while the app is stopped.")
st.dataframe(roster, hide_index=True, width="stretch", alt="All members.")
