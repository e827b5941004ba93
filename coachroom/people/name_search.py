"""Finds members by a part of their name, whatever case and accents are typed.

Databases compare letters each in their own way, so names are compared here.
"""

from __future__ import annotations

from coachroom.store.statements import load_statements
from coachroom.store.store import Store
from coachroom.text import folded

SQL = load_statements("coachroom.people", "name_search.sql")


def named_like(store: Store, part: str) -> list[str]:
    """The e-mails of all members whose name contains this."""
    wanted = folded(part)
    return [email for email, name, *_ in store.execute(SQL["names"]) if wanted in folded(name)]


def found_by(store: Store, text: str) -> list[str]:
    """The e-mails of all members whose name or e-mail contains this, or one of whose IDs it is."""
    wanted = folded(text)
    return [
        email
        for email, name, *ids in store.execute(SQL["names"])
        if wanted in folded(name) or wanted in folded(email) or wanted in (folded(each) for each in ids if each)
    ]
