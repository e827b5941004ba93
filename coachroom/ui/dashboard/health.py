"""Is everything in order: what an administrator can see at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from coachroom.app.container import Services
from coachroom.charts.formatting import percent, some
from coachroom.clock import short_date
from coachroom.settings import AgentProvider

RECENT = timedelta(days=7)
STALE_ROSTER = timedelta(days=14)
TOO_MANY_FAILED = 0.1


@dataclass(frozen=True)
class HealthFinding:
    """One thing that was looked at."""

    good: bool
    text: str


def health_findings(services: Services) -> list[HealthFinding]:
    """The coach, the sessions of the last week, transcripts, assignments, and how old the roster is."""
    return [*_coach(services), *_sessions(services), *_people(services)]


def _coach(services: Services) -> Iterator[HealthFinding]:
    rooms = some(len(services.presence), "room is", "rooms are")
    yield HealthFinding(
        services.store_status.accepts_writes, f"{rooms} occupied right now, and what is said is being written down."
    )
    if services.settings.provider is AgentProvider.PRACTICE:
        yield HealthFinding(True, "The practice coach is on duty: no words leave this machine.")
    else:
        known = services.provider is not None
        yield HealthFinding(
            known, "ElevenLabs coaches." if known else "ElevenLabs coaches, but transcripts need an API key."
        )


def _sessions(services: Services) -> Iterator[HealthFinding]:
    since = services.clock() - RECENT
    recent = services.inventory.recent_sessions(since)
    sessions, failed = recent.sessions, recent.failed
    share = failed / sessions if sessions else 0
    said = f"{failed:,} of {some(sessions, 'session')} in the last 7 days failed"
    yield HealthFinding(
        share <= TOO_MANY_FAILED, f"{said} ({percent(share)})." if sessions else "No session in the last 7 days."
    )
    missing = services.inventory.missing_transcripts(since)
    lost = f"{some(missing, 'transcript')} of the last 7 days could not be fetched."
    yield HealthFinding(not missing, lost if missing else "No transcript of the last 7 days is missing.")


def _people(services: Services) -> Iterator[HealthFinding]:
    alone = services.inventory.clients_without_coach()
    left = f"{some(alone, 'client has', 'clients have')} no coach assigned."
    yield HealthFinding(not alone, left if alone else "Every client has a coach.")
    updated = services.inventory.roster_updated_at()
    if updated is not None:
        fresh = services.clock() - updated <= STALE_ROSTER
        yield HealthFinding(fresh, f"The roster was last updated from Skool on {short_date(updated)}.")
