"""Small questions that every page of numbers asks of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from coachroom.app.current import get_services
from coachroom.store.duck import DuckStore
from coachroom.store.statements import load_statements

SQL = load_statements("coachroom.ui.dashboard", "options.sql")
# A little longer than numbers stand for ten minutes (view.py), from when they are made ready.
KEPT_SECONDS = 900


@dataclass(frozen=True)
class Version:
    """Changes when something is added: what was computed before does not hold then."""

    database: str
    sessions: int
    rows: tuple[int, ...]


def version(store: DuckStore) -> Version:
    """The version there is now. Asked once a run of a page."""
    rows = store.execute(SQL["version"])[0]
    return Version(str(store.path), rows[0], rows)


def tiers(known: Version) -> list[str]:
    """The Skool tiers there are, the largest first."""
    return _names("tiers", known, get_services().store)


def agents(known: Version) -> list[str]:
    """The agents that sessions were held with, the most used first."""
    return _names("agents", known, get_services().store)


def staff(most: int) -> list[str]:
    """Those who see numbers of their own, by e-mail: an administrator, an analyst, and so many coaches."""
    return [str(row[0]) for row in get_services().store.execute(SQL["staff"], [most])]


def first_session() -> datetime | None:
    """When the first session began."""
    found: datetime | None = get_services().store.execute(SQL["first_session"])[0][0]
    return found


@st.cache_data(ttl=KEPT_SECONDS, max_entries=20, show_spinner=False)
def _names(statement: str, version: Version, _store: DuckStore) -> list[str]:
    del version
    return [str(row[0]) for row in _store.execute(SQL[statement])]
