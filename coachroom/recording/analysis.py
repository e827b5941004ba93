"""Derives a session's memories, proposals and scores from the provider's analysis of its calls. Pure.

The analysis is a claim. What is not grounded in the session's turns is dropped; what would change the client's goals
or actions becomes a proposal. Ids follow from the session and the text: reading a record again creates nothing twice,
and what the client edited, forgot, accepted or declined is recognised.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from coachroom.coaching.actions import Action, ActionStatus
from coachroom.coaching.goals import LEVELS, Goal, GoalStatus
from coachroom.coaching.memory import MAX_MEMORY_CHARS, Memory, MemoryKind, MemorySource, MemoryStatus, fingerprint
from coachroom.coaching.proposals import Proposal, ProposalKind, ProposalSource, ProposalStatus
from coachroom.coaching.validation import InvalidInputError, one_line, whole_number
from coachroom.elevenlabs.call_record import CallRecord, CriterionResult
from coachroom.elevenlabs.data_collection import CRITERION, Collected
from coachroom.recording.grounding import TurnIndex, sentences
from coachroom.recording.turn import Turn
from coachroom.recording.vocabulary import content_words
from coachroom.recording.words import spoken_words
from coachroom.rooms.states import Sender

MAX_SENTENCES = 12
MAX_LINES = 20
# How sure we are of what the analysis found; the client's own statement has 1.
FACT_CONFIDENCE = 0.8
SUMMARY_CONFIDENCE = 0.7


@dataclass(frozen=True)
class SessionContext:
    """What is stored beside the calls: the client's goals and actions, and the proposals noted in the session."""

    session_id: str
    client_id: str
    goals: Sequence[Goal] = ()
    actions: Sequence[Action] = ()
    noted: Sequence[Proposal] = ()


@dataclass(frozen=True)
class Confidence:
    """The client's confidence, 0 to 10, at the beginning and at the end; None where they gave none."""

    before: int | None
    after: int | None


@dataclass(frozen=True)
class SessionOutcomes:
    """All that is derived from a session's calls. `at_time`: when the last of them ended."""

    memories: tuple[Memory, ...]
    proposals: tuple[Proposal, ...]
    evaluation: CriterionResult | None
    confidence: Confidence | None
    at_time: datetime | None


def derive_outcomes(known: SessionContext, turns: Sequence[Turn], records: Iterable[CallRecord]) -> SessionOutcomes:
    """The outcomes of the session's calls. `turns` are the session's final ones."""
    calls = [
        record
        for record in sorted(records, key=lambda each: (each.started_at, each.conversation_id))
        if record.analysis is not None
    ]
    # What a human coach said or wrote says nothing about the client.
    everybody = TurnIndex([turn for turn in turns if turn.sender is not Sender.COACH])
    client = TurnIndex([turn for turn in turns if turn.is_clients_own], everybody.language)
    memories: dict[str, Memory] = {}
    proposals: dict[str, Proposal] = {}
    for call in calls:
        for memory in _memories(known, everybody, client, call):
            memories.setdefault(memory.id, memory)
        for place, each in enumerate((*_actions(known, client, call), *_progress(known, everybody, call))):
            # The last progress counts. Proposals are shown in the order of the analysis.
            proposals[each.id] = replace(each, created_at=call.ended_at + timedelta(microseconds=place))
    return SessionOutcomes(
        memories=tuple(memories.values()),
        proposals=tuple(proposals.values()),
        evaluation=_evaluation(calls),
        confidence=_confidence(calls),
        at_time=max((call.ended_at for call in calls), default=None),
    )


def _memories(known: SessionContext, everybody: TurnIndex, client: TurnIndex, call: CallRecord) -> Iterator[Memory]:
    if not any(turn.sender is Sender.CLIENT and spoken_words(turn.sender, turn.message) for turn in call.turns):
        # A call without the client's words says nothing about the client, whatever the analysis holds.
        return
    noted = [
        content_words(str(note.content.get("text", "")), everybody.language)
        for note in _tool_notes(known, ProposalKind.MEMORY)
    ]
    candidates = [
        *((MemoryKind.FACT, line, client, FACT_CONFIDENCE) for line in _lines(call, Collected.FACTS)),
        *((MemoryKind.CHALLENGE, line, client, FACT_CONFIDENCE) for line in _lines(call, Collected.CHALLENGES)),
        *((MemoryKind.SUMMARY, line, everybody, SUMMARY_CONFIDENCE) for line in _summary(call)),
    ]
    for place, (kind, words, basis, confidence) in enumerate(candidates):
        found = basis.grounding_turns(words)
        text = _line(words, MAX_MEMORY_CHARS)
        # A part of what a tool noted in the call, where the client saw it, is no second memory.
        if not found or text is None or any(content_words(words, everybody.language) <= each for each in noted):
            continue
        yield Memory(
            id=_id(known, kind, text),
            client_id=known.client_id,
            kind=kind,
            text=text,
            session_id=known.session_id,
            turns=found,
            confidence=confidence,
            source=MemorySource.PROVIDER,
            status=MemoryStatus.ACTIVE,
            # Keeps the order of the analysis.
            created_at=call.ended_at + timedelta(microseconds=place),
        )


def _actions(known: SessionContext, client: TurnIndex, call: CallRecord) -> Iterator[Proposal]:
    """What the client said they will do, unless it is noted already."""
    existing = {_mark(known, note.content.get("title")) for note in _tool_notes(known, ProposalKind.ACTION)}
    existing |= {_mark(known, action.title) for action in known.actions if action.status is ActionStatus.OPEN}
    for line in _lines(call, Collected.ACTIONS):
        words, _, day = line.partition("|")
        title, found = _line(words), client.grounding_turns(words)
        if title is None or not found or _mark(known, title) in existing:
            continue
        due_on = _due(day)
        content = {"title": title} | ({"due_on": due_on.isoformat()} if due_on else {})
        yield _proposal(known, call, ProposalKind.ACTION, words=title, content=content, turns=found)


def _progress(known: SessionContext, everybody: TurnIndex, call: CallRecord) -> Iterator[Proposal]:
    """The progress on each of the client's goals, unless it is noted already."""
    existing = {note.content.get("goal_id") for note in _tool_notes(known, ProposalKind.PROGRESS)}
    goals = {_mark(known, goal.title): goal for goal in reversed(known.goals) if goal.status is GoalStatus.ACTIVE}
    for line in _lines(call, Collected.PROGRESS):
        title, _, number = line.rpartition("|")
        goal, score = goals.get(_mark(known, title)), _number(number, LEVELS[0], LEVELS[-1])
        if goal is None or score is None or goal.id in existing:
            continue
        content = {"goal_id": goal.id, "score": score}
        turns = everybody.grounding_turns(goal.title)
        yield _proposal(known, call, ProposalKind.PROGRESS, words=goal.id, content=content, turns=turns)


def _tool_notes(known: SessionContext, kind: ProposalKind) -> list[Proposal]:
    return [note for note in known.noted if note.kind is kind and note.source is ProposalSource.TOOL]


def _proposal(
    known: SessionContext,
    call: CallRecord,
    kind: ProposalKind,
    *,
    words: str,
    content: dict[str, Any],
    turns: tuple[str, ...],
) -> Proposal:
    return Proposal(
        id=_id(known, kind, words),
        client_id=known.client_id,
        session_id=known.session_id,
        source=ProposalSource.PROVIDER,
        kind=kind,
        content=content,
        turns=turns,
        status=ProposalStatus.OPEN,
        target_id=None,
        created_at=call.ended_at,
    )


def _evaluation(calls: Sequence[CallRecord]) -> CriterionResult | None:
    """The best result of the calls: a next step found in one of them is found. The last of equals counts."""
    order = ("unknown", "failure", "success")
    results = [
        call.analysis.criteria.get(CRITERION.id) or CriterionResult(call.analysis.successful, None)
        for call in calls
        if call.analysis is not None
    ]
    return max(reversed(results), key=lambda each: order.index(each.result), default=None)


def _confidence(calls: Sequence[CallRecord]) -> Confidence | None:
    before, after = (
        [score for call in calls if (score := _number(_collected(call, which), 0, 10)) is not None]
        for which in (Collected.CONFIDENCE_BEFORE, Collected.CONFIDENCE_AFTER)
    )
    return Confidence(before[0] if before else None, after[-1] if after else None) if before or after else None


def _summary(call: CallRecord) -> list[str]:
    return sentences(call.analysis.summary)[:MAX_SENTENCES] if call.analysis else []


def _lines(call: CallRecord, item: Collected) -> list[str]:
    value = _collected(call, item)
    return _entries(value)[:MAX_LINES] if isinstance(value, str) else []


def _entries(text: str) -> list[str]:
    """The entries of a collected list, one a line, without list markers."""
    lines = (line.strip().lstrip("-*•").strip() for line in text.splitlines())
    return [line for line in lines if any(sign.isalnum() for sign in line)]


def _collected(call: CallRecord, item: Collected) -> str | float | None:
    return call.analysis.collected.get(item) if call.analysis else None


def _line(text: str, longest: int = 200) -> str | None:
    try:
        return one_line(text, "It", longest)
    except InvalidInputError:
        return None


def _number(value: object, low: int, high: int) -> int | None:
    try:
        return whole_number(value, "It", low, high)
    except InvalidInputError:
        return None


def _due(day: str) -> date | None:
    try:
        return date.fromisoformat(day.strip())
    except ValueError:
        return None


def _mark(known: SessionContext, words: object) -> str:
    return fingerprint(known.client_id, words) if isinstance(words, str) else ""


def _id(known: SessionContext, kind: str, words: str) -> str:
    """The same for the same text of a kind in a session, in whichever of its calls the analysis found it."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{known.session_id}\0{kind}\0{_mark(known, words)}"))
