"""A community in which versions are compared: its administrator, its calls and its sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from coachroom.app.container import Services
from coachroom.comparisons.agent_tries import AgentTry, VersionsThere, keep_try
from coachroom.comparisons.comparisons import Plan
from coachroom.comparisons.drawing import FENCE_CLIENTS
from coachroom.comparisons.states import Arm, Comparison
from coachroom.rooms.states import Session
from coachroom.store.store import Row
from tests.services import HandClock, enter, opened, store_of

AMIRA = "amira.haddad@example.com"
NOW = datetime(2026, 5, 1, 12)
PLAN = Plan("Shorter turns", "Clients say that it talks much.", "branch-main", "branch-short", 0.35)


@contextmanager
def comparing(folder: Path, clock: HandClock, **overrides: object) -> Iterator[Services]:
    """A community with a key and many new clients: a comparison may begin."""
    given = {
        "agent_provider": "elevenlabs",
        "ELEVENLABS_API_KEY": "key",
        "agent_id": "agent",
        "comparisons": True,
    } | overrides
    with opened(folder, clock, **given) as services:
        for name in ("ana.silva", "ben.okafor"):
            services.people.find(f"{name}@example.com")
        put_sessions(services, "new", clients=500, each=2, at=clock() - timedelta(weeks=2))
        yield services


def put_sessions(
    services: Services,
    name: str,
    *,
    clients: int,
    each: int,
    at: datetime,
    rating: str = "4",
    status: str = "completed",
) -> None:
    """So many sessions of each of these clients, `name`-1 and on; `rating`: SQL over their number and the place."""
    with store_of(services).transaction() as transaction:
        values = [name, clients, each, at, status]
        transaction.execute(
            """INSERT INTO session_facts (session_id, client_id, client_no, start_time, end_time, status,
                  duration_seconds, client_turns, agent_turns, client_words, agent_words, interrupted_turns,
                  off_record)
                SELECT $1 || '-' || c.number || '-' || s.place || '-' || CAST($4 AS timestamp), $1 || '-' || c.number,
                       c.number, CAST($4 AS timestamp), CAST($4 AS timestamp) + INTERVAL '10 minutes', $5,
                       600, 5, 5, 50, 50, 0, FALSE
                FROM generate_series(1, $2) c(number), generate_series(1, $3) s(place)""",
            values,
        )
        transaction.execute(
            f"""INSERT INTO feedback (session_id, rating, created_at)
                SELECT $1 || '-' || c.number || '-' || s.place || '-' || CAST($4 AS timestamp),
                       {rating}, CAST($4 AS timestamp)
                FROM generate_series(1, $2) c(number), generate_series(1, $3) s(place)
                WHERE ({rating}) IS NOT NULL AND $5 <> 'failed'""",
            values,
        )


def draw_clients(services: Services, comparison: Comparison, name: str, clients: int, *, fence: bool = False) -> None:
    """Draws so many clients, every other one into the candidate."""
    with store_of(services).transaction() as transaction:
        transaction.execute(
            """INSERT INTO comparison_draws (comparison_id, client_id, arm, probability, fence, drawn_at)
               SELECT $1, $2 || '-' || number, CASE WHEN number % 2 = 0 THEN 'candidate' ELSE 'standing' END, 0.5,
                      $4, $5
               FROM generate_series(1, $3) c(number)""",
            [comparison.id, name, clients, fence, comparison.started_at],
        )


TESTS = "the file of clients"


def fits(comparison: Comparison) -> VersionsThere:
    """Both versions may be met, and are as they were when they were tried."""
    return VersionsThere({arm: f"version of {comparison.branch(arm)}" for arm in Arm}, TESTS)


def try_versions(
    services: Services, plan: Plan = PLAN, *, failed: tuple[str, ...] = (), at: datetime | None = None
) -> None:
    """`agent test` found this in both versions."""
    with store_of(services).transaction() as transaction:
        for branch in (plan.standing, plan.candidate):
            keep_try(transaction, AgentTry(branch, f"version of {branch}", TESTS, failed, at or services.clock()))


def begin(services: Services, plan: Plan = PLAN, *, past_the_fence: bool = False) -> Comparison:
    """A running comparison."""
    id = services.comparisons.add(plan, AMIRA)
    try_versions(services, plan)
    services.comparisons.start(id, AMIRA, fits)
    running = services.comparisons.get(id)
    if past_the_fence:
        draw_clients(services, running, "fenced", FENCE_CLIENTS, fence=True)
    return running


def first_session(services: Services, client: str) -> Session:
    return enter(services, client)


def draws(services: Services, client: str) -> list[Row]:
    sql = "SELECT arm, probability, fence, drawn_at, left_at FROM comparison_draws WHERE client_id = $1"
    return store_of(services).execute(sql, [client])
