"""What somebody sees who is not signed in, or is but not a member."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import streamlit as st

from coachroom.app.current import get_services
from coachroom.ui.components import link_button, post_button

ROLE_WORDS = {"client": "client", "coach": "human coach", "analyst": "analyst", "admin": "administrator"}


def ask_to_sign_in() -> None:
    """The way in, for whichever sign-in is set up. Afterwards the person is back on this very page."""
    services = get_services()
    with st.container(key="reading"):
        st.title("A quiet room to think aloud")
        st.write(
            "Here members of the community talk with an AI voice coach, in private. "
            "Sign in first; then you open your room and the coach greets you."
        )
        if services.settings.oidc_configured:
            link_button("Sign in with the e-mail you use on Skool", _login_address(), key="sign_in")
            st.caption("You go to the sign-in page of your community and come back here.")
        if services.settings.demo_sign_in:
            _demo_sign_in()


def explain_no_membership(email: str) -> None:
    """For somebody whose e-mail is not on the roster, or no more."""
    with st.container(key="reading"):
        st.title("We can't find you among the members")
        st.text(f"You are signed in as {email}.")
        st.write(
            "This address does not belong to an active member of the community, or it has not been confirmed. "
            "If you joined a short time ago, it can take until the next update of the member list. "
            "If you use another address on Skool, sign out and sign in with that one."
        )
        sign_out_button()


def sign_out_button() -> None:
    if get_services().settings.demo_sign_in and not st.user.get("is_logged_in"):
        post_button("Sign out", "/sign-out", key="sign_out", primary=False)
    elif st.button("Sign out", key="sign_out"):
        st.logout()


def demo_banner() -> None:
    """Always there where anybody may sign in as anybody."""
    if get_services().settings.demo_sign_in:
        with st.container(key="demo_banner"):
            st.markdown("**Demo.** Anybody on this computer can sign in here as anybody. Don't enter anything real.")


def _demo_sign_in() -> None:
    st.write("This is a demo on your own computer. Choose who you want to be:")
    for place, person in enumerate(get_services().people.demo_people()):
        label = f"{person.name} ({ROLE_WORDS[person.role]})"
        fields = {"email": person.email, "next": _here()}
        post_button(label, "/sign-in", key=f"as_{person.email}", fields=fields, primary=place == 0)


def _login_address() -> str:
    return "/login?next=" + quote(_here(), safe="")


def _here() -> str:
    """Path and query of the page being shown, to come back to."""
    path = "/" + (st.context.url or "").partition("://")[2].partition("/")[2].partition("?")[0]
    query = urlencode(st.query_params.to_dict())
    return f"{path}?{query}" if query else path
