"""A coach names another calendar of theirs, and sees how old its copy is."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.appointments.busy_calendars import FETCH_EVERY, MAX_ADDRESS_CHARS, BusyCalendar
from coachroom.appointments.time_text import time_text
from coachroom.people.people import Person
from coachroom.ui.create_form import CreateForm
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain, reader_zone

PLACE = "busy_calendar"


def busy_calendar(person: Person) -> None:
    """The field for its address; the address itself is never shown again. Unfolded where it cannot be read."""
    known = get_services().busy_calendars.of(person.email)
    unread = known is not None and known.problem is not None
    with st.expander("When you are busy elsewhere", expanded=unread, key="fold_busy"):
        _calendar(person, known)


def _calendar(person: Person, known: BusyCalendar | None) -> None:
    st.write(
        "Paste the secret address of another calendar of yours. coachroom reads from it when you are busy, and "
        "offers clients no such time. It keeps begins and ends alone, no titles, and nobody sees them."
    )
    if known is not None:
        _known(known)
    form = CreateForm("busy_address")
    with st.form(form.key("busy_address"), border=False):
        st.text_input(
            "Secret address of your calendar",
            key=form.key("busy_address_text"),
            type="password",
            max_chars=MAX_ADDRESS_CHARS,
        )
        st.caption(
            "Google: Settings of the calendar, Secret address in iCal format. Outlook: Shared calendars, Publish, "
            "ICS. Apple: Public calendar."
        )
        label = "Read this calendar instead" if known else "Read this calendar"
        show_flash(PLACE)
        st.form_submit_button(label, on_click=_save, args=(person, form))
    if known is not None:
        st.button("Read no calendar any more", key="forget_busy", on_click=_forget, args=(person,))


def _known(known: BusyCalendar) -> None:
    zone = reader_zone()
    st.markdown(f"**{plain(known.host)}**")
    if known.problem is not None and known.tried_at is not None:
        st.warning(f"The latest try, on {time_text(known.tried_at, zone)}, failed. {plain(known.problem)}")
    if known.fetched_at is not None:
        st.caption(
            f"Read on {time_text(known.fetched_at, zone)}: {known.times} busy times count. It is read again every "
            f"{FETCH_EVERY.seconds // 60} minutes."
        )
    elif known.problem is None:
        st.caption("It is read within a minute: look again then.")
    else:
        st.caption("Nothing was read from it yet, so it keeps no time from being offered.")


def _save(person: Person, form: CreateForm) -> None:
    text = str(form.value("busy_address_text") or "")
    done = "The address is saved. Your calendar is read within a minute."
    form.submit(
        PLACE, lambda: get_services().busy_calendars.set_address(person.email, text), done, empty=not text.strip()
    )


def _forget(person: Person) -> None:
    done = "No other calendar is read any more."
    run_action(PLACE, lambda: get_services().busy_calendars.forget(person.email), done)
