"""A human coach's calendar: what comes next, and folded below it the hours of the week and days that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import available_timezones

import streamlit as st

from coachroom.app.appointments import cancel_as_coach, cancel_as_coach_from, come_to_appointment
from coachroom.app.current import get_services
from coachroom.appointments.bookings import MAX_WHY_CHARS
from coachroom.appointments.calendars import CELL_MINUTES, OpeningHours
from coachroom.appointments.coach_calendars import (
    FIRST,
    MAX_A_DAY,
    MAX_BUFFER_MINUTES,
    MAX_DAYS_AHEAD,
    MAX_HORIZON_DAYS,
    MAX_MINUTES,
    MAX_NOTICE_HOURS,
    MIN_MINUTES,
)
from coachroom.appointments.hours_text import WEEKDAYS, hours_text, read_hours, read_week
from coachroom.appointments.states import Appointment
from coachroom.appointments.time_text import both_clocks, day_text, long_day
from coachroom.clock import day_there, zone_named
from coachroom.coaching.validation import InvalidInputError
from coachroom.people.people import Person
from coachroom.ui.appointments.busy_calendar import busy_calendar
from coachroom.ui.appointments.coach_books import book_for_client
from coachroom.ui.appointments.missed import COACH_READS, missed_lately
from coachroom.ui.appointments.shared import (
    all_later_too,
    calendar_address,
    client_is_told,
    stop_where_off,
)
from coachroom.ui.create_form import CreateForm
from coachroom.ui.dashboard.live import JOIN_PAGE, TO_OPEN
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain, reader_zone
from coachroom.ui.mail import mail_goes_out

BOOKED, HOURS, DAYS = "coach_booked", "coach_hours", "coach_days"
SHOW_ALL = "show_all_booked"
IN_A_WEEK = timedelta(days=7)
# The next ones; the others once they are asked for.
SHOWN_FIRST = 3
MAX_SHOWN = 50
NOT_YOURS = (
    "They have left or have another human coach now, so you can neither come nor cancel it. If it has not begun, it "
    "is cancelled by itself."
)

GONE_UNTOLD = (
    "No mail server is set up: the client only finds it gone from their page Appointments, and reads no reason. Tell "
    "them yourself."
)


def calendar_page(person: Person) -> None:
    """Bookings, hours and single days."""
    stop_where_off()
    if to_open := st.session_state.pop(TO_OPEN, None):
        st.switch_page(JOIN_PAGE, query_params={"join": to_open})
    hours = get_services().coach_calendars.of(person.email)
    with st.container(key="reading"):
        st.title("Calendar", anchor=False)
        st.write(
            "Clients of yours book appointments within your hours. They see which times are free, and nothing else."
        )
        if not get_services().settings.live_coach:
            st.info("Clients cannot book you yet: an operator has to set COACHROOM_LIVE_COACH, so that you can join.")
        _booked(person, hours)
        if hours is not None:
            book_for_client(person, hours)
        missed = get_services().appointments.missed_of_coach(person.email)
        missed_lately([(each, f"{_when(each, hours)}, {_client(each)}") for each in missed], COACH_READS)
        st.header("When clients can book you", anchor=False)
        # Without hours nobody books: they are what is to be done first.
        with st.expander("The hours of your week", expanded=hours is None, key="fold_hours"):
            _hours(person, hours or replace(FIRST, zone=reader_zone()))
        if hours is not None:
            with st.expander("Days that differ", key="fold_days"):
                _days(person, hours)
            busy_calendar(person)
        calendar_address(person)


def appointments_this_week(person: Person) -> bool:
    """On the coach's Home: the next seven days; whether there is one."""
    services = get_services()
    if not services.settings.appointments:
        return False
    until = services.clock() + IN_A_WEEK
    ahead = [each for each in services.appointments.of_coach(person.email) if each.begins_at < until]
    if ahead:
        st.header("Your appointments this week", anchor=False)
        hours, coached = services.coach_calendars.of(person.email), services.caseload.coached_by(person)
        for appointment in ahead:
            st.markdown(f"**{_when(appointment, hours)}** {_client(appointment)}")
            if appointment.client_id not in coached:
                st.caption(NOT_YOURS)
    return bool(ahead)


def _booked(person: Person, hours: OpeningHours | None) -> None:
    st.header("What is booked", anchor=False)
    show_flash(BOOKED)
    ahead, coached = get_services().appointments.of_coach(person.email), get_services().caseload.coached_by(person)
    if not ahead:
        st.write("Nothing is booked.")
    shown = MAX_SHOWN if st.session_state.get(SHOW_ALL) else SHOWN_FIRST
    for appointment in ahead[:shown]:
        with st.container(border=True, key=f"appointment_{appointment.id}"):
            st.markdown(f"**{_when(appointment, hours)}** {_client(appointment)}")
            if appointment.client_id in coached:
                _acts(person, appointment)
            else:
                st.caption(NOT_YOURS)
    if shown == SHOWN_FIRST < len(ahead):
        st.button(f"Show all {min(len(ahead), MAX_SHOWN)}", key="more_booked", on_click=_show_all)


def _show_all() -> None:
    st.session_state[SHOW_ALL] = True


def _acts(person: Person, appointment: Appointment) -> None:
    now = get_services().clock()
    if appointment.is_open(now):
        st.caption("Once the client is in their room, they are asked whether you may come in.")
        st.button(
            "I am here: ask to come in", key=f"come_{appointment.id}", on_click=_come, args=(person, appointment.id)
        )
    if appointment.begins_at <= now:
        return
    with st.expander("Cancel it", key=f"cancel_{appointment.id}"):
        by_mail = mail_goes_out()
        st.write("The client is told by mail at once, with your reason." if by_mail else GONE_UNTOLD)
        all_later = all_later_too(appointment, f"cancels_{appointment.id}", "Cancel")
        label = "The reason, which the client reads" if by_mail else "The reason"
        st.text_input(label, key=f"why_{appointment.id}", max_chars=MAX_WHY_CHARS)
        label = "Cancel these appointments" if all_later else "Cancel this appointment"
        press = _cancel_later if all_later else _cancel
        st.button(label, key=f"drop_{appointment.id}", on_click=press, args=(person, appointment.id))


def _hours(person: Person, hours: OpeningHours) -> None:
    with st.form("coach_hours", border=False):
        names = sorted({*available_timezones(), hours.zone.key})
        st.selectbox("Your time zone", names, index=names.index(hours.zone.key), key="hours_zone")
        st.caption("Write hours as 9:00-12:30, 14:00-17:00, and nothing for a day without.")
        for weekday, name in enumerate(WEEKDAYS):
            st.text_input(name, value=hours_text(hours.week.get(weekday, ())), key=f"hours_{weekday}")
        for name, label, value, low, high in _numbers(hours):
            step = CELL_MINUTES if "minutes" in label else 1
            st.number_input(label, min_value=low, max_value=high, value=value, step=step, key=f"hours_{name}")
        st.caption("What is booked already stays as it is.")
        show_flash(HOURS)
        st.form_submit_button("Save these hours", on_click=_save, args=(person,))


def _days(person: Person, hours: OpeningHours) -> None:
    for day, stretches in sorted(hours.days.items()):
        with st.container(horizontal=True, vertical_alignment="center", key=f"day_{day}"):
            st.text(f"{long_day(day)}: {hours_text(stretches) or 'off'}")
            st.button("As every week", key=f"clear_{day}", on_click=_clear, args=(person, day))
    form = CreateForm("coach_day")
    with st.form(form.key("coach_day"), border=False):
        today = day_there(get_services().clock(), hours.zone)
        days = [today + timedelta(days=number) for number in range(MAX_DAYS_AHEAD + 1)]
        # Streamlit's own field for a day is too small for fingers.
        key = form.key("other_day")
        st.selectbox("Day", days, format_func=long_day, index=None, placeholder="Choose a day", key=key)
        st.text_input("Hours on this day; nothing means that the day is off", key=form.key("other_hours"))
        show_flash(DAYS)
        st.form_submit_button("Save this day", on_click=_set_day, args=(person, form))


def _numbers(hours: OpeningHours) -> Sequence[tuple[str, str, int, int, int]]:
    """Each number field: its name, its label, what stands in it, the least and the most."""
    return (
        ("minutes", "An appointment lasts, in minutes", hours.minutes, MIN_MINUTES, MAX_MINUTES),
        ("step", "From one begin to the next, in minutes", hours.step_minutes, MIN_MINUTES, MAX_MINUTES),
        ("before", "Free before each, in minutes", _minutes(hours.before), 0, MAX_BUFFER_MINUTES),
        ("after", "Free after each, in minutes", _minutes(hours.after), 0, MAX_BUFFER_MINUTES),
        ("notice", "Least notice, in hours", _minutes(hours.notice) // 60, 0, MAX_NOTICE_HOURS),
        ("horizon", "Open for so many days ahead", hours.horizon_days, 1, MAX_HORIZON_DAYS),
        ("most", "Most appointments a day", hours.most_a_day or 1, 1, MAX_A_DAY),
    )


def _minutes(span: timedelta) -> int:
    return span // timedelta(minutes=1)


def _save(person: Person) -> None:
    fields = {str(name).removeprefix("hours_"): value for name, value in st.session_state.items()}

    def save() -> None:
        get_services().coach_calendars.save(person.email, _hours_in(fields))

    run_action(HOURS, save, "Your hours are saved. Clients can book within them now.")


def _hours_in(fields: Mapping[str, object]) -> OpeningHours:
    """What stands in the form. Raises InvalidInputError."""

    def number(name: str) -> int:
        return int(str(fields.get(name) or 0))

    zone = zone_named(str(fields.get("zone")))
    if zone is None:
        raise InvalidInputError("Choose your time zone.")
    return OpeningHours(
        zone,
        read_week([str(fields.get(str(weekday)) or "") for weekday in range(7)]),
        minutes=number("minutes"),
        step_minutes=number("step"),
        before=timedelta(minutes=number("before")),
        after=timedelta(minutes=number("after")),
        notice=timedelta(hours=number("notice")),
        horizon_days=number("horizon"),
        most_a_day=number("most"),
    )


def _set_day(person: Person, form: CreateForm) -> None:
    day, text = form.value("other_day"), str(form.value("other_hours") or "")

    def save() -> None:
        if not isinstance(day, date):
            raise InvalidInputError("Choose the day first.")
        get_services().coach_calendars.set_day(person.email, day, read_hours(text))

    form.submit(DAYS, save, "This day is saved.", empty=day is None and not text)


def _clear(person: Person, day: date) -> None:
    run_action(DAYS, lambda: get_services().coach_calendars.clear_day(person.email, day), "As every week again.")


def _cancel(person: Person, id: str) -> None:
    why = st.session_state.get(f"why_{id}")
    done = f"The appointment is cancelled{client_is_told()}."
    run_action(BOOKED, lambda: cancel_as_coach(get_services(), person, id, why), done, once=f"cancel {id}")


def _cancel_later(person: Person, id: str) -> None:
    why = st.session_state.get(f"why_{id}")
    done = f"The appointments are cancelled{client_is_told()}."
    run_action(BOOKED, lambda: cancel_as_coach_from(get_services(), person, id, why), done, once=f"cancel {id}")


def _come(person: Person, id: str) -> None:
    run_action(
        BOOKED,
        lambda: come_to_appointment(get_services(), person, id),
        "The client is asked now whether you may come in.",
        then=lambda join: st.session_state.update({TO_OPEN: join.id}),
    )


def _when(appointment: Appointment, hours: OpeningHours | None) -> str:
    zone = hours.zone if hours else reader_zone()
    theirs = get_services().coaching.profiles.zone(appointment.client_id)
    times = both_clocks(appointment.begins_at, zone, theirs, "the client")
    return plain(f"{day_text(appointment.begins_at, zone)}, {times}")


def _client(appointment: Appointment) -> str:
    return plain(get_services().appointments.names(appointment.id).client)
