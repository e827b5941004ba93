"""The first line of every page: who is there, and may they see this."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from coachroom.app.current import get_services
from coachroom.people.people import Person, Role
from coachroom.people.refused_access import Refused
from coachroom.people.sign_ins import SignInRefusal
from coachroom.ui.sign_in import (
    ERASED,
    ROLE_WORDS,
    ask_to_sign_in,
    explain_erased,
    explain_no_membership,
    explain_other_identity,
)
from coachroom.ui.visitor import Visitor, visitor_of_run

# Who they are is proven, and they may not come in.
PROVEN_STRANGERS = {SignInRefusal.NO_MEMBER, SignInRefusal.OTHER_IDENTITY}


def require(*roles: Role) -> Person:
    """The member looking at this page; shows what to do instead, and stops, for anybody else."""
    seen = visitor_of_run()
    if seen.person is None:
        if seen.refusal is not None and seen.refusal in PROVEN_STRANGERS:
            get_services().refused_access.note(Refused.SIGN_IN, actor=seen.email, subject=seen.refusal.value)
        _explain(seen)
        st.stop()
    if roles and seen.person.role not in roles:
        page = urlsplit(st.context.url or "").path.rpartition("/")[2]
        get_services().refused_access.note(Refused.PAGE, actor=seen.person.email, subject=page or "page")
        st.title("This page is not for your role", anchor=False)
        role = ROLE_WORDS[seen.person.role]
        st.write(f"Your role here is {role}: your own pages are in the menu above.")
        st.page_link("pages/Start.py", label="Go to your home page")
        st.stop()
    return seen.person


def _explain(seen: Visitor) -> None:
    if st.session_state.get(ERASED):
        explain_erased()
    elif seen.refusal is SignInRefusal.NO_MEMBER:
        explain_no_membership(seen.email)
    elif seen.refusal is SignInRefusal.OTHER_IDENTITY:
        explain_other_identity(seen.email)
    else:
        ask_to_sign_in(again=seen.refusal is not None)
