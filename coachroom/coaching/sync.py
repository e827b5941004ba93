"""Memories and proposals of a session, updated from the provider's records without changing the client's decisions.

What the client edited, forgot, accepted or declined stays as they left it; only what they have not answered follows
the records. Doing it again with the same records changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from coachroom.coaching.memory import Memory, MemoryStatus, fingerprint, remember_all
from coachroom.coaching.proposals import Proposal, ProposalStatus, propose
from coachroom.store.statements import load_statements
from coachroom.store.store import Transaction

SQL = load_statements("coachroom.coaching", "sync.sql")


def put_memories(transaction: Transaction, session_id: str, memories: Sequence[Memory], now: datetime) -> None:
    """Within the caller's transaction: the session's memories from the provider are these."""
    kept = {memory_id: rest for memory_id, *rest in transaction.execute(SQL["memories_in"], [session_id])}
    wanted = {memory.id for memory in memories}
    gone = [each for each, (status, *_) in kept.items() if status == MemoryStatus.ACTIVE and each not in wanted]
    if gone:
        transaction.execute(SQL["drop_memories"], [gone])
    new: list[Memory] = []
    for memory in memories:
        if memory.id not in kept:
            # After the others, whose turns may have other ids now.
            new.append(memory)
            continue
        status, text, turns, created_at = kept[memory.id]
        if status != MemoryStatus.ACTIVE:
            transaction.execute(SQL["follow_turns"], [memory.id, json.dumps(list(memory.turns))])
        elif (memory.text, list(memory.turns), memory.created_at) != (text, json.loads(turns), created_at):
            mark = fingerprint(memory.client_id, memory.text or "")
            words = [memory.text, mark, json.dumps(list(memory.turns))]
            transaction.execute(SQL["follow_memory"], [memory.id, *words, memory.created_at, now])
    remember_all(transaction, new)


def put_proposals(transaction: Transaction, session_id: str, proposals: Sequence[Proposal]) -> None:
    """Within the caller's transaction: the session's open proposals from the provider are these."""
    kept = {proposal_id: rest for proposal_id, *rest in transaction.execute(SQL["proposals_in"], [session_id])}
    wanted = {proposal.id for proposal in proposals}
    gone = [each for each, (status, *_) in kept.items() if status == ProposalStatus.OPEN and each not in wanted]
    if gone:
        transaction.execute(SQL["drop_proposals"], [gone])
    for proposal in proposals:
        if proposal.id not in kept:
            propose(transaction, proposal)
            continue
        status, content, turns, created_at = kept[proposal.id]
        now = (dict(proposal.content), list(proposal.turns), proposal.created_at)
        if status == ProposalStatus.OPEN and (json.loads(content), json.loads(turns), created_at) != now:
            words = [json.dumps(now[0], ensure_ascii=False), json.dumps(now[1])]
            transaction.execute(SQL["follow_proposal"], [proposal.id, *words, proposal.created_at])
