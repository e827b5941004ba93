"""Small questions that every page of numbers asks of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.inventory import Inventory, UsedAgent
from coachroom.metrics.reader import MetricsReader

# A little longer than numbers stand for ten minutes (view.py), from when they are made ready.
KEPT_SECONDS = 900


@dataclass(frozen=True)
class Version:
    """Changes when something is added or deleted: what was computed before does not hold then."""

    database: str
    sessions: int
    rows: tuple[int, ...]
    # Another one after each deletion, however much there is.
    generation: int = 0


def version(services: Services) -> Version:
    """The version there is now. Asked once a run of a page."""
    rows = services.inventory.row_counts()
    return Version(str(services.settings.database), rows[0], rows, services.copies.generation)


def tiers(known: Version) -> list[str]:
    """The Skool tiers there are, the largest first."""
    return _tiers(known, get_services().inventory)


def agents(known: Version) -> list[UsedAgent]:
    """The agents that sessions were held with, each version by itself, the most used first."""
    return _agents(known, get_services().inventory)


def day_notes(known: Version) -> tuple[DayNote, ...]:
    """What is noted on days, and the days on which a new version of the agent was first met."""
    services = get_services()
    settings = services.settings
    return (
        *services.day_notes.list(),
        *_version_changes(known, ZoneInfo(settings.reporting_timezone), settings.min_group, services.metrics),
    )


def months_of_joining(known: Version, zone: str) -> list[str]:
    """The months in which clients joined, the latest first."""
    return _months_of_joining(known, zone, get_services().inventory)


def sources(known: Version) -> list[str]:
    """Where clients' entries of the roster come from, the most frequent first."""
    return _sources(known, get_services().inventory)


def staff(most: int) -> list[str]:
    """Those who see numbers of their own, by e-mail: an administrator, an analyst, and so many coaches."""
    return get_services().inventory.staff(most)


def first_session() -> datetime | None:
    """When the first session began."""
    return get_services().inventory.first_session()


@st.cache_data(ttl=KEPT_SECONDS, max_entries=10, show_spinner=False)
def _tiers(version: Version, _inventory: Inventory) -> list[str]:
    del version
    return _inventory.tiers()


@st.cache_data(ttl=KEPT_SECONDS, max_entries=10, show_spinner=False)
def _agents(version: Version, _inventory: Inventory) -> list[UsedAgent]:
    del version
    return _inventory.agents()


@st.cache_data(ttl=KEPT_SECONDS, max_entries=10, show_spinner=False)
def _version_changes(
    version: Version, zone: ZoneInfo, min_group: int, _metrics: MetricsReader
) -> tuple[DayNote, ...]:
    del version
    return _metrics.version_changes(zone, min_group)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=10, show_spinner=False)
def _months_of_joining(version: Version, zone: str, _inventory: Inventory) -> list[str]:
    del version
    return _inventory.months_of_joining(zone)


@st.cache_data(ttl=KEPT_SECONDS, max_entries=10, show_spinner=False)
def _sources(version: Version, _inventory: Inventory) -> list[str]:
    del version
    return _inventory.sources()
