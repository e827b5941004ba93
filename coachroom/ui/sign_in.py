"""What somebody sees who is not signed in, or is but not a member."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import streamlit as st

from coachroom.app.current import get_services
from coachroom.ui.components import link_button, post_button

SIGNS_OUT_EVERYWHERE = "Signing out signs you out everywhere: in all windows and on all devices."
# In a tab: whoever looked at it has erased themself.
ERASED = "erased"
ROLE_WORDS = {"client": "client", "coach": "human coach", "analyst": "analyst", "admin": "administrator"}


def ask_to_sign_in(*, again: bool = False) -> None:
    """The way in, for whichever sign-in is set up. Afterwards the person is back on this very page.

    `again`: they were signed in and are no more.
    """
    services = get_services()
    with st.container(key="reading"):
        st.title("A quiet room to think aloud", anchor=False)
        if again:
            st.info(
                "You are signed out: you signed out in another window, an administrator did it for you, or you were "
                "away for long. Sign in again to go on where you were."
            )
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
        st.title("We can't find you among the members", anchor=False)
        st.text(f"You are signed in as {email}.")
        st.write(
            "This address does not belong to an active member of the community, or it has not been confirmed. "
            "If you joined a short time ago, it can take until the next update of the member list. "
            "If you use another address on Skool, sign out and sign in with that one."
        )
        sign_out_button()


def explain_erased() -> None:
    """For somebody who has just erased themself."""
    with st.container(key="reading"):
        st.title("Everything that was kept of you is erased", anchor=False)
        st.write("You are no member here any more and signed in nowhere. You may close this page.")


def explain_other_identity(email: str) -> None:
    """For somebody with a member's e-mail who is not whom that member signed in as before."""
    with st.container(key="reading"):
        st.title("We know this address by another account", anchor=False)
        st.text(f"You are signed in as {email}.")
        st.write(
            "A member with this address has been here before, with another account at the sign-in page. To keep that "
            "member's conversations private, this account stays out until an administrator of your community has "
            "looked at it. They have been told. If you have two accounts, sign out and take the other one."
        )
        sign_out_button()


def sign_out_button(label: str = "Sign out", *, key: str = "sign_out") -> None:
    """Ends every sign-in of the person, in this window and everywhere else."""
    if get_services().settings.demo_sign_in and not st.user.get("is_logged_in"):
        post_button(label, "/sign-out", key=key, primary=False)
    elif st.button(label, key=key):
        # The browser goes on to Streamlit's address, where the sign-ins end: see streamlit_sign_in.py.
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
