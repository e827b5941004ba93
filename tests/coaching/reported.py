"""What a tool, the provider's analysis or a human coach would put on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from coachroom.app.container import Services
from coachroom.caseload.caseload import ensure_coach_of
from coachroom.clock import new_id
from coachroom.coaching.memory import Memory, MemoryKind, MemorySource, MemoryStatus, RememberResult, remember
from coachroom.coaching.proposals import Proposal, ProposalKind, ProposalSource, ProposalStatus, apply, propose
from coachroom.store.store import Transaction
from tests.services import ANA, NOON, store_of, writer_of

SESSION = "session-1"


def heard(
    services: Services,
    kind: ProposalKind,
    *,
    client: str = ANA,
    session: str | None = SESSION,
    turns: tuple[str, ...] = ("turn-1",),
    proposal_id: str | None = None,
    **content: Any,
) -> str:
    """Waits for the client's word, as what the provider's analysis heard does; its id."""
    now = services.clock()
    return _put(
        services,
        Proposal(
            proposal_id or new_id(now),
            client,
            session,
            ProposalSource.PROVIDER,
            kind,
            content,
            turns,
            ProposalStatus.OPEN,
            None,
            now,
        ),
    )


def noted(
    services: Services,
    kind: ProposalKind,
    *,
    client: str = ANA,
    session: str | None = SESSION,
    turns: tuple[str, ...] = ("turn-1",),
    **content: Any,
) -> str:
    """Applied at once, as what the coach notes during a call is; its id."""
    now = services.clock()
    return _put(
        services,
        Proposal(
            new_id(now), client, session, ProposalSource.TOOL, kind, content, turns, ProposalStatus.OPEN, None, now
        ),
    )


def remembered(
    services: Services,
    text: str,
    *,
    client: str = ANA,
    session: str | None = SESSION,
    turns: tuple[str, ...] = ("turn-1",),
    memory_id: str | None = None,
    kind: MemoryKind = MemoryKind.FACT,
) -> RememberResult:
    """What becomes of a fact that the provider's analysis found."""
    now = services.clock()
    memory = Memory(
        memory_id or new_id(now), client, kind, text, session, turns, 0.8, MemorySource.PROVIDER,
        MemoryStatus.ACTIVE, now,
    )  # fmt: skip
    return writer_of(services).submit(lambda transaction: remember(transaction, memory)).result()


def _put(services: Services, proposal: Proposal) -> str:
    def work(transaction: Transaction) -> None:
        if propose(transaction, proposal) and proposal.source is ProposalSource.TOOL:
            apply(transaction, proposal, services.clock)

    writer_of(services).submit(work).result()
    return proposal.id


def begun(services: Services, session: str = SESSION, client: str = ANA) -> None:
    """The session itself, which what is noted by its name alone does without."""
    store_of(services).execute(
        "INSERT INTO sessions (id, room_id, client_id, start_time, status, last_seen_at) "
        "VALUES ($1, 'room-1', $2, $3, 'waiting', $3)",
        [session, client, NOON],
    )


def suggested(services: Services, kind: ProposalKind, content: Mapping[str, Any]) -> str:
    """As Ana's human coach does; its id."""
    suggest = services.coaching.proposals.suggest
    return suggest(ANA, "carla.mendes@example.com", kind, content, ensure_may=ensure_coach_of)
