"""The roster for administrators: who is a member, whose sign-in waits for a word, and signing somebody out."""

from __future__ import annotations

import streamlit as st

from coachroom.app.current import get_services
from coachroom.clock import short_date
from coachroom.people.identities import WaitingIdentity
from coachroom.people.people import Person
from coachroom.ui.flash import run_action, show_flash
from coachroom.ui.formatting import plain
from coachroom.ui.tables import table_height

WAITING = "waiting"
SIGN_OUT = "sign_out_member"


def members_page(person: Person) -> None:
    """What waits comes first, then the roster, then what is rarely done."""
    roster = get_services().people.roster()
    active = roster[roster["status"] == "active"]
    st.title("Members", anchor=False)
    _waiting(person)
    st.write(f"{len(active)} active of {len(roster)}.")
    st.caption("`python -m coachroom members import FILE` updates the roster while the app is stopped.")
    st.dataframe(roster, hide_index=True, width="stretch", height=table_height(len(roster)), alt="All members.")
    _sign_out(person, list(active["email"]))


def _waiting(person: Person) -> None:
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


def _sign_out(person: Person, emails: list[str]) -> None:
    st.header("Sign a member out everywhere", anchor=False)
    st.write("Ends all their sign-ins within seconds, in all windows and on all devices. They may sign in again.")
    show_flash(SIGN_OUT)
    with st.form(SIGN_OUT, border=False):
        st.selectbox("Member", emails, index=None, placeholder="Choose a member", key="member_to_sign_out")
        st.form_submit_button("Sign out everywhere", on_click=_sign_out_chosen, args=(person,))


def _sign_out_chosen(person: Person) -> None:
    email = st.session_state["member_to_sign_out"]
    if email is not None:
        run_action(
            SIGN_OUT, lambda: get_services().sign_ins.end_all_of(email, person.email), f"{email} is signed out."
        )
