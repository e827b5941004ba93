"""Small questions that every page of numbers asks of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from coachroom.app.current import get_services
from coachroom.metrics import inventory
from coachroom.store.duck import DuckStore

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
    rows = inventory.row_counts(store)
    return Version(str(store.path), rows[0], rows)


def tiers(known: Version) -> list[str]:
    """The Skool tiers there are, the largest first."""
    return _tiers(known, get_services().store)


def agents(known: Version) -> list[str]:
    """The agents that sessions were held with, the most used first."""
    return _agents(known, get_services().store)


def staff(most: int) -> list[str]:
    """Those who see numbers of their own, by e-mail: an administrator, an analyst, and so many coaches."""
    return inventory.staff(get_services().store, most)


def first_session() -> datetime | None:
    """When the first session began."""
    return inventory.first_session(get_services().store)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=10, show_spinner=False)
def _tiers(version: Version, _store: DuckStore) -> list[str]:
    del version
    return inventory.tiers(_store)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=10, show_spinner=False)
def _agents(version: Version, _store: DuckStore) -> list[str]:
    del version
    return inventory.agents(_store)
