"""Small questions that every page of numbers asks of the database."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import streamlit as st

from coachroom.app.container import Services
from coachroom.app.current import get_services
from coachroom.metrics.day_notes import DayNote
from coachroom.metrics.inventory import UsedAgent

# A little longer than numbers stand for ten minutes (view.py), from when they are made ready.
KEPT_SECONDS = 900
# For questions whose answers change with the version that they are asked of, and with nothing else.
kept = st.cache_data(ttl=KEPT_SECONDS, max_entries=10, show_spinner=False)


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


def day_notes(known: Version) -> tuple[DayNote, ...]:
    """What is noted on days, and the days on which a new version of the agent was first met."""
    return (*get_services().day_notes.list(), *_version_changes(known))


@kept
def tiers(known: Version) -> list[str]:
    """The Skool tiers there are, the largest first."""
    del known
    return get_services().inventory.tiers()


@kept
def agents(known: Version) -> list[UsedAgent]:
    """The agents that sessions were held with, each version by itself, the most used first."""
    del known
    return get_services().inventory.agents()


@kept
def months_of_joining(known: Version, zone: str) -> list[str]:
    """The months in which clients joined, the latest first."""
    del known
    return get_services().inventory.months_of_joining(zone)


@kept
def sources(known: Version) -> list[str]:
    """Where clients' entries of the roster come from, the most frequent first."""
    del known
    return get_services().inventory.sources()


@kept
def _version_changes(known: Version) -> tuple[DayNote, ...]:
    del known
    services = get_services()
    settings = services.settings
    return services.metrics.version_changes(ZoneInfo(settings.reporting_timezone), settings.min_group)
