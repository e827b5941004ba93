"""Fields for a time, and for dates that repeat: for whoever books, and before anything is booked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from coachroom.app.current import get_services
from coachroom.appointments.calendars import DAY_MINUTES, instant
from coachroom.appointments.hours_text import minute_text
from coachroom.appointments.series import EVERY_WEEKS, MAX_DATES, SeriesRule
from coachroom.appointments.series_bookings import PlannedDate
from coachroom.appointments.three_times import times_by_day
from coachroom.appointments.time_text import day_text, long_day
from coachroom.clock import day_there, there
from coachroom.coaching.validation import InvalidInputError
from coachroom.ui.formatting import plain

ONCE = 0
REPEATS = {ONCE: "Once", 1: "Every week", 2: "Every two weeks", 4: "Every four weeks"}
USUAL_DATES = 6
ShowTime = Callable[[datetime], str]


def choose_time(free: Sequence[datetime], zone: ZoneInfo, show: ShowTime, name: str) -> bool:
    """The fields for a day and a time of it; False where no time is free."""
    if not free:
        return False
    times = times_by_day(free, zone)
    day: date = st.selectbox(
        "Day", list(times), format_func=lambda each: day_text(times[each][0], zone), key=f"day_{name}"
    )
    st.selectbox("Time", times[day], format_func=show, key=f"time_{name}_{day}")
    return True


def chosen_time(name: str) -> datetime:
    """The time that the fields show now, drawn or not. Raises InvalidInputError."""
    at = st.session_state.get(f"time_{name}_{st.session_state.get(f'day_{name}')}")
    if not isinstance(at, datetime):
        raise InvalidInputError("Choose the time first: the page had just changed.")
    return at


def choose_repeats(first: datetime, name: str) -> SeriesRule | None:
    """The fields for how often it takes place; None for once."""
    every = st.selectbox("How often?", list(REPEATS), format_func=REPEATS.__getitem__, key=f"every_{name}")
    if every not in EVERY_WEEKS:
        return None
    dates = range(2, MAX_DATES + 1)
    count = st.selectbox("How many dates?", dates, index=dates.index(USUAL_DATES), key=f"count_{name}")
    return SeriesRule(first, every, count)


def show_plan(planned: Sequence[PlannedDate], zone: ZoneInfo, show: ShowTime) -> list[datetime]:
    """Each date of a series, and why it cannot be booked; the begins of those that can."""
    for each in planned:
        line = f"{day_text(each.begins_at, zone)}, {show(each.begins_at)}"
        if each.why is not None:
            st.markdown(f":material/block: {plain(line)}: not free. {plain(each.why)}")
        else:
            later = " Clocks leave the usual time out on this day." if each.later else ""
            st.markdown(f":material/check: {plain(line)}{later}")
    free = [each.begins_at for each in planned if each.why is None]
    if free and len(free) < len(planned):
        st.caption("The dates that are not free are left out. Or choose another time above.")
    return free


def why_not_offered(days: int, zone: ZoneInfo, why: Callable[[datetime], str | None], key: str) -> None:
    """Fields for any time of so many days from today on, and why it is not free; `why` is None where it is."""
    today = day_there(get_services().clock(), zone)
    with st.expander("Why is a time not offered?", key=key):
        # Streamlit's own fields for days and times are too small for fingers.
        day = st.selectbox(
            "Which day?",
            [today + timedelta(days=number) for number in range(days + 1)],
            format_func=long_day,
            key=f"{key}_day",
        )
        minute = st.selectbox("What time?", range(0, DAY_MINUTES, 15), format_func=minute_text, key=f"{key}_time")
        at = instant(day, minute, zone)
        local = there(at, zone)
        if (local.date(), local.hour * 60 + local.minute) != (day, minute):
            st.write("Clocks leave this time out on that day.")
        else:
            st.write(why(at) or "This time is free: choose it above.")
