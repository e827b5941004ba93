"""What the pages of both share: whether there are appointments at all, and the address for calendar programs."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.appointments.states import Appointment
from coachroom.clock import short_date
from coachroom.people.people import Person
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.mail import mail_goes_out

FEED = "calendar_feed"
FEED_ADDRESS = "calendar_feed_address"


def stop_where_off() -> None:
    """Says so and stops where the community has no appointments."""
    if not get_services().settings.appointments:
        st.title("There are no appointments here", anchor=False)
        st.write("This community does not use them. Everything else is on your home page.")
        st.page_link("pages/Start.py", label="Go to your home page")
        st.stop()


def client_is_told() -> str:
    """How what became of an appointment reaches its client, as the end of a sentence."""
    return ", and the client is told" if mail_goes_out() else ": tell the client, as no mail goes out"


def all_later_too(appointment: Appointment, key: str, verb: str) -> bool:
    """Whether a date of a series means the later ones as well; asks where there are some."""
    later = len(get_services().series.later_than(appointment.id)) - 1
    if later < 1:
        return False
    chosen = st.radio(
        f"{verb} which dates?",
        (False, True),
        format_func=lambda all_later: f"This and all later ones ({later} more)" if all_later else "This date alone",
        key=key,
    )
    return bool(chosen)


def calendar_address(person: Person) -> None:
    """The secret address of this person's appointments, which is shown once and can be made anew."""
    made_at = get_services().calendar_feeds.made_at(person.email)
    with st.expander("See your appointments in your own calendar", key="calendar_address"):
        show_flash(FEED)
        st.write(
            "Your calendar program can read your appointments at a secret address: their times, without names. "
            "Whoever has the address can read them, so keep it to yourself."
        )
        address = st.session_state.get(FEED_ADDRESS)
        if address:
            st.code(address, language=None)
            st.caption(
                "Copy it now, as it is not shown again. Your calendar program can add a calendar by its address."
            )
        elif made_at is not None:
            st.caption(f"You made an address on {short_date(made_at)}. A new one shuts it.")
        with st.container(horizontal=True):
            label = "Make a new address" if made_at else "Make an address"
            st.button(label, key="make_feed", on_click=_make, args=(person,))
            if made_at is not None:
                st.button("Shut the address", key="forget_feed", on_click=_forget, args=(person,))


def _make(person: Person) -> None:
    def keep(key: str) -> None:
        st.session_state[FEED_ADDRESS] = f"{get_services().settings.origin}/calendar/{key}.ics"

    run_action(FEED, lambda: get_services().calendar_feeds.make(person.email), "Here is your address.", then=keep)


def _forget(person: Person) -> None:
    done, after = "The address opens nothing any more.", {FEED_ADDRESS: None}
    run_action(FEED, lambda: get_services().calendar_feeds.forget(person.email), done, after)
