"""Appointments whose human coach has left, for an administrator: to whom they go, or that they are cancelled."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.appointments.left_appointments import LeftAppointment
from coachroom.appointments.time_text import time_text
from coachroom.people.people import Person
from coachroom.ui.appointments.shared import client_is_told
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain, reader_zone
from coachroom.ui.mail import mail_goes_out

PLACE = "left_appointments"
TOLD = "the client is told by mail"
UNTOLD = "no mail server is set up, so tell the client yourself"


def left_appointments(person: Person) -> None:
    """Nothing where appointments are off or none is left."""
    services = get_services()
    if not services.settings.appointments:
        return
    left = services.left_appointments.all()
    show_flash(PLACE)
    if not left:
        return
    st.header("Appointments whose human coach has left", anchor=False)
    st.write(
        f"Give each to the client's new human coach, or cancel it: {TOLD if mail_goes_out() else UNTOLD}. One that "
        "nobody takes over is cancelled by itself 24 hours before it begins."
    )
    for each in left:
        with st.container(border=True, key=f"left_{each.id}"):
            _one(person, each)


def _one(person: Person, left: LeftAppointment) -> None:
    st.markdown(f"**{plain(time_text(left.begins_at, reader_zone()))}** {plain(left.client_name)}")
    st.caption(plain(f"Booked with {left.coach}."))
    with st.container(horizontal=True):
        if left.new_coach_name is None:
            st.page_link("pages/Members.py", label="Give the client another human coach")
        else:
            label = plain(f"Give it to {left.new_coach_name}")
            st.button(label, key=f"give_{left.id}", on_click=_give, args=(person, left.id))
        st.button("Cancel it", key=f"cancel_left_{left.id}", on_click=_cancel, args=(person, left.id))


def _give(person: Person, id: str) -> None:
    both = ", and both are told" if mail_goes_out() else ": both find it on their pages"
    done = f"The other human coach has it now{both}."
    run_action(PLACE, lambda: get_services().left_appointments.give(id, by=person.email), done, once=f"give {id}")


def _cancel(person: Person, id: str) -> None:
    done = f"The appointment is cancelled{client_is_told()}."
    run_action(
        PLACE, lambda: get_services().left_appointments.cancel(id, None, by=person.email), done, once=f"drop {id}"
    )
