"""Is everything in order: what an administrator can see at a glance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from coachroom.app.container import Services
from coachroom.charts.formatting import percent, some
from coachroom.clock import short_date
from coachroom.notifications.message import Channel
from coachroom.settings import AgentProvider
from coachroom.ui.dashboard.budget import budget_warnings

RECENT = timedelta(days=7)
NO_REPORT = "Nobody reports that a session was not safe."
STALE_ROSTER = timedelta(days=14)
TOO_MANY_FAILED = 0.1
RECENT_CALLS = 20


@dataclass(frozen=True)
class HealthFinding:
    """One thing that was looked at. `link`: what a link to the page System says, where more of it stands there."""

    good: bool
    text: str
    link: str | None = None


def health_findings(services: Services) -> list[HealthFinding]:
    """Reports of safety, the coach, its budget, the last week's sessions, transcripts, people, the roster, mail."""
    looks = (_safety, _coach, _budget, _sessions, _people, _messages)
    return [finding for look in looks for finding in look(services)]


def _safety(services: Services) -> Iterator[HealthFinding]:
    counts = services.safety_reports.counts()
    if counts.open:
        said = "that a session was not safe"
        waiting = some(counts.open, f"report {said} is", f"reports {said} are")
        yield HealthFinding(False, f"{waiting} not dealt with yet.", "Read what was reported, on the page System")
    else:
        waits = "Every report that a session was not safe is dealt with." if counts.all else NO_REPORT
        yield HealthFinding(True, waits)


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


def _budget(services: Services) -> Iterator[HealthFinding]:
    warnings = list(budget_warnings(services))
    yield from (HealthFinding(False, warning) for warning in warnings)
    if not warnings:
        yield HealthFinding(True, "The time with the coach is within the community's budget.")


def _messages(services: Services) -> Iterator[HealthFinding]:
    if not any(map(services.outbox.can_send, Channel)):
        return
    lost = services.outbox.given_up_since(services.clock() - RECENT)
    said = f"{some(lost, 'message')} of the last week could not be delivered: the page System says why."
    yield HealthFinding(not lost, said if lost else "Every message of the last week went out, or is tried again.")


def _sessions(services: Services) -> Iterator[HealthFinding]:
    since = services.clock() - RECENT
    recent = services.inventory.recent_sessions(since)
    sessions, failed = recent.sessions, recent.failed
    share = failed / sessions if sessions else 0
    said = f"{failed:,} of {some(sessions, 'session')} in the last 7 days failed"
    yield HealthFinding(
        share <= TOO_MANY_FAILED, f"{said} ({percent(share)})." if sessions else "No session in the last 7 days."
    )
    yield from _calls(services)
    missing = services.inventory.missing_transcripts(since)
    lost = f"{some(missing, 'transcript')} of the last 7 days could not be fetched."
    yield HealthFinding(not missing, lost if missing else "No transcript of the last 7 days is missing.")


def _calls(services: Services) -> Iterator[HealthFinding]:
    """Why calls failed, with the way out of each cause."""
    recent = services.failed_calls.recent(RECENT_CALLS)
    only = recent.calls == 1
    if recent.calls and not recent.causes:
        fine = "The only call so far went well." if only else f"None of the last {recent.calls} calls failed."
        yield HealthFinding(True, fine)
    for cause in recent.causes:
        failed = "The only call so far failed" if only else f"{cause.calls} of the last {recent.calls} calls failed"
        way_out = f"Way out: {cause.refusal.way_out}. Last seen on {short_date(cause.latest)}."
        yield HealthFinding(False, f"{failed}: {cause.refusal.what}. {way_out}")


def _people(services: Services) -> Iterator[HealthFinding]:
    alone = services.inventory.clients_without_coach()
    left = f"{some(alone, 'client has', 'clients have')} no coach: give them one on the page Members."
    yield HealthFinding(not alone, left if alone else "Every client has a coach.")
    waiting = len(services.identities.waiting())
    if waiting:
        came = some(waiting, "sign-in came with a member's e-mail", "sign-ins came with members' e-mails")
        yield HealthFinding(False, f"{came} but from another account: decide on the page Members.")
    updated = services.inventory.roster_updated_at()
    if updated is not None:
        fresh = services.clock() - updated <= STALE_ROSTER
        yield HealthFinding(fresh, f"The roster was last updated from Skool on {short_date(updated)}.")
