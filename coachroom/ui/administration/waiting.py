"""Sign-ins with a member's e-mail and another account: they wait for an administrator's word."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import short_date
from coachroom.people.identities import WaitingIdentity
from coachroom.people.people import Person
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain

WAITING = "waiting"


def waiting_identities(person: Person) -> None:
    """Nothing where none waits."""
    show_flash(WAITING)
    waiting = get_services().identities.waiting()
    if not waiting:
        return
    st.header("Sign-ins that wait for your word", anchor=False)
    st.write(
        "Each came with a member's e-mail, but from another account at the sign-in provider than the one that member "
        "is known by. Ask the member first, not by this e-mail. If the account is theirs, accept it: from then on it "
        "alone lets them in. If not, keep it out."
    )
    for number, identity in enumerate(waiting):
        _one(person, identity, number)


def _one(person: Person, identity: WaitingIdentity, number: int) -> None:
    with st.container(border=True, key=f"waiting_{number}"):
        st.markdown(f"**{plain(identity.email)}**, since {short_date(identity.since)}")
        st.text(f"Account {identity.subject} at {identity.issuer}")
        with st.container(horizontal=True):
            st.button("Accept", key=f"accept_{number}", on_click=_accept, args=(person, identity))
            st.button("Keep out", key=f"refuse_{number}", on_click=_refuse, args=(person, identity))


def _accept(person: Person, identity: WaitingIdentity) -> None:
    run_action(WAITING, lambda: get_services().identities.accept(identity, person.email), "Accepted.")


def _refuse(person: Person, identity: WaitingIdentity) -> None:
    run_action(WAITING, lambda: get_services().identities.refuse(identity, person.email), "It stays out.")
