"""A coach in a client's session: waiting to be let in, listening, talking, leaving."""

from __future__ import annotations

import streamlit as st

from coachroom.people.people import Role
from coachroom.ui import guard
from coachroom.ui.live_page import live_page

live_page(guard.require(Role.COACH), str(st.query_params.get("join", "")))
