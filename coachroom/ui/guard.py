"""The first line of every page: who is there, and may they see this."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from coachroom.app.current import get_services
from coachroom.people.people import Person, Role
from coachroom.ui.sign_in import ask_to_sign_in, explain_no_membership
from coachroom.ui.style import use_style
from coachroom.web.identity import signed_in_email


@dataclass(frozen=True)
class Visitor:
    """Whoever looks at the page: nobody we know (both None), an e-mail without membership, or a member."""

    email: str | None
    person: Person | None


def visitor() -> Visitor:
    """Looks the visitor up in the roster, on every run: a membership may have ended a moment ago."""
    services = get_services()
    email = signed_in_email(st.context.cookies, dict(st.user), services)
    if email is None and st.user.get("is_logged_in"):
        # Signed in, but the provider does not vouch for the address: as good as no member.
        return Visitor(str(st.user.get("email") or "your account"), None)
    return Visitor(email, services.people.find(email) if email else None)


def require(*roles: Role) -> Person:
    """The member looking at this page; shows what to do instead, and stops, for anybody else."""
    use_style()
    seen = visitor()
    if seen.email is None:
        ask_to_sign_in()
        st.stop()
    if seen.person is None:
        explain_no_membership(seen.email)
        st.stop()
    if roles and seen.person.role not in roles:
        st.title("This page is not for your role")
        st.write("You are signed in as " + seen.person.role.value + ". Your own pages are in the menu above.")
        st.page_link("pages/Start.py", label="Go to your home page")
        st.stop()
    return seen.person
