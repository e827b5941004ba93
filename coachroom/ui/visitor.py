"""Who looks at this page, and by which sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import streamlit as st

from coachroom.app.current import get_services
from coachroom.people.people import Person
from coachroom.people.sign_ins import SignInRefusal
from coachroom.ui.tab_state import this_tab
from coachroom.web.identity import sign_in_of


@dataclass(frozen=True)
class Visitor:
    """Whoever looks at the page: a member, or the reason why not, which is None for somebody not signed in.

    `email` is what they are signed in as.
    """

    person: Person | None = None
    refusal: SignInRefusal | None = None
    email: str = "your account"


_checked: ContextVar[Visitor | None] = ContextVar("checked", default=None)


@contextmanager
def checked_once(found: Visitor) -> Iterator[None]:
    """Within it the visitor who was found at the beginning of this run is believed."""
    token = _checked.set(found)
    try:
        yield
    finally:
        _checked.reset(token)


def visitor_of_run() -> Visitor:
    """The visitor of this run of the whole page; checked anew where a part of it runs alone."""
    return _checked.get() or visitor()


def this_sign_in() -> str | None:
    """The id of the sign-in that this tab is open for, whether or not it is over."""
    return sign_in_of(st.context.cookies, _claims(), get_services())


def visitor() -> Visitor:
    """Checks the visitor's sign-in, on every run: it may have ended a moment ago, or the membership."""
    services, sign_in = get_services(), this_sign_in()
    if sign_in is None:
        # Signed in by a provider that does not say as whom: as good as no member.
        return Visitor(None, SignInRefusal.NO_MEMBER, _email()) if _claims() else Visitor()
    checked = services.sign_ins.check(sign_in)
    if checked.person is not None:
        services.open_pages.show(this_tab(), sign_in)
    return Visitor(checked.person, checked.refusal, checked.email or _email())


def _email() -> str:
    return str(_claims().get("email") or Visitor.email)


def _claims() -> dict[str, Any]:
    # Each question to st.user looks for files of secrets: one is enough.
    claims = st.user.to_dict()
    return dict(claims) if claims.get("is_logged_in") else {}
