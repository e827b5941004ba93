"""A client's days: those of their own clock, on their pages and on their coach's."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import day_there


def own_zone(client_id: str) -> ZoneInfo:
    """On the client's own pages: the time zone of their browser, which is kept, or else the one that was."""
    return get_services().coaching.profiles.keep_zone(client_id, st.context.timezone)


def own_today(client_id: str) -> date:
    """The day that it is where the client is, on their own pages."""
    return day_there(get_services().clock(), own_zone(client_id))
