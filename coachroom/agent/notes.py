"""What the agent noted during a call: as notes for the client, and as a tool's result for the agent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from coachroom.coaching.memory import MemoryKind
from coachroom.coaching.proposal_text import describe
from coachroom.coaching.proposals import Proposal, ProposalKind, ProposalStatus
from coachroom.coaching.validation import bare

MAX_SHOWN_CHARS = 120
TAKEN_BACK = "The client has taken this back: do not note it again."
SUMMARY = "Summary of this session"


@dataclass(frozen=True)
class Note:
    """What was noted, in words for the client; `id` undoes it. `kind` is None where it was only looked up."""

    id: str
    text: str
    kind: ProposalKind | None


def call_note_id(session_id: str, call_id: str) -> str:
    """The id of what a call notes first: always the same for the same call."""
    return hashlib.sha256(f"{session_id}\0{call_id}".encode("utf-8", "replace")).hexdigest()[:32]


def ids_of(note_id: str) -> Iterator[str]:
    """The ids of all that is noted by one call, one after the other."""
    yield note_id
    yield from (f"{note_id}-{n}" for n in count(2))


def note_id_of(proposal: Proposal) -> str:
    """The id of the note that this is, or is a part of."""
    return proposal.id.partition("-")[0]


def is_summary(proposal: Proposal) -> bool:
    return proposal.kind is ProposalKind.MEMORY and proposal.content.get("memory_kind") == MemoryKind.SUMMARY


def note_of(proposal: Proposal) -> Note:
    return Note(note_id_of(proposal), bare(_shown(proposal), MAX_SHOWN_CHARS), proposal.kind)


def looked_up_note(note_id: str, about: str) -> Note:
    """For the client: what the coach looked up."""
    return Note(note_id, bare(f"Looked up: {about}", MAX_SHOWN_CHARS), None)


def booked_note(note_id: str, when: str) -> Note:
    """For the client: the time that was booked; they cancel it among their appointments."""
    return Note(note_id, bare(f"Booked: {when}", MAX_SHOWN_CHARS), None)


def tool_result_text(proposals: Sequence[Proposal]) -> str:
    """One sentence for the agent about what its call has made."""
    standing = [each for each in proposals if each.status is ProposalStatus.APPLIED]
    if not standing:
        return TAKEN_BACK
    if is_summary(standing[0]):
        return summary_text(len(standing))
    return f"Noted for the client to see: {bare(_shown(standing[0]), 2 * MAX_SHOWN_CHARS)}."


def summary_text(kept: int) -> str:
    """One sentence for the agent about how much of its summary was kept."""
    if not kept:
        return "No sentence of the summary was kept: none is in the client's words, or they want none remembered."
    return f"{kept} {'sentence' if kept == 1 else 'sentences'} of the summary kept."


def _shown(proposal: Proposal) -> str:
    return SUMMARY if is_summary(proposal) else str(describe(proposal))
