"""Proposals: from a session or from a human coach, and what the client decided.

    open ──accept──▶ applied ──undo──▶ undone
      └───decline──▶ declined

What the agent notes during a call with the client listening is applied at once and can be undone; what the provider's
analysis finds after the call, and what a coach suggests, waits for the client's answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from coachroom.clock import Clock, from_iso, new_id
from coachroom.coaching.actions import (
    ActionStatus,
    Outcome,
    add_action,
    read_actions,
    remove_action,
    settle_action,
)
from coachroom.coaching.approach import ApproachField, ChoiceSource, value_of
from coachroom.coaching.goals import LEVELS, NewGoal, add_check_in, add_goal, read_goals, remove_check_in, remove_goal
from coachroom.coaching.memory import (
    MAX_MEMORY_CHARS,
    WHY_NOT_KEPT,
    AfterForget,
    Memory,
    MemoryKind,
    MemorySource,
    MemoryStatus,
    RememberResult,
    forget,
    forget_resting_on,
    may_remember,
    read_memories,
    remember,
)
from coachroom.coaching.profiles import Profile, put_profile, read_profile
from coachroom.coaching.resting import noted_words
from coachroom.coaching.rows import NewRow
from coachroom.coaching.validation import InvalidInputError, one_line, same_words, whole_number
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "proposals.sql")

# Next steps of human coaches that wait for the client's word at once.
MAX_STEPS_WAITING = 3


class ProposalKind(StrEnum):
    """What it would make. In `content`:

    goal: title, importance?, difficulty?, levels? · progress: goal_id, score, note? · action: title, due_on?
    (ISO day), goal_id? · action_done: action_id, done (else dropped), why? · memory: text, memory_kind, confidence ·
    tailoring: field (tone, pace, opening, lead), value, why?
    """

    GOAL = "goal"
    PROGRESS = "progress"
    ACTION = "action"
    ACTION_DONE = "action_done"
    MEMORY = "memory"
    TAILORING = "tailoring"


class ProposalSource(StrEnum):
    TOOL = "tool"
    PROVIDER = "provider"
    COACH = "coach"


class ProposalStatus(StrEnum):
    OPEN = "open"
    APPLIED = "applied"
    DECLINED = "declined"
    UNDONE = "undone"


@dataclass(frozen=True)
class Proposal:
    """`turns`: ids of the session's turns it is based on; `target_id`: the row it made, once applied."""

    id: str
    client_id: str
    session_id: str | None
    source: ProposalSource
    kind: ProposalKind
    content: Mapping[str, Any]
    turns: tuple[str, ...]
    status: ProposalStatus
    target_id: str | None
    created_at: datetime


class Proposals:
    """A client's proposals. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, after_forget: AfterForget) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._after_forget = after_forget

    def of_session(self, session_id: str) -> list[Proposal]:
        """All proposals of a session, oldest first."""
        return [_proposal(row) for row in self._store.execute(SQL["proposals_in"], [session_id])]

    def open_for(self, client_id: str) -> list[Proposal]:
        """What waits for the client's word, oldest first."""
        return [_proposal(row) for row in self._store.execute(SQL["open_proposals"], [client_id])]

    def suggested_by_coaches(self, client_id: str) -> list[Proposal]:
        """What human coaches suggested, newest first, with what became of it."""
        return _suggestions(self._store, client_id)

    def suggest(
        self,
        client_id: str,
        coach_email: str,
        kind: ProposalKind,
        content: Mapping[str, Any],
        *,
        ensure_may: Callable[[Transaction, str, str], None],
    ) -> str:
        """A human coach suggests a next step, or how to coach this client; its id.

        `ensure_may`: raises where this coach may not, given their address and the client. Raises InvalidInputError,
        and what `ensure_may` raises.
        """
        now = self._clock()
        if kind is ProposalKind.ACTION:
            content = {**content, "title": one_line(content.get("title"), "The next step")}
            _due_on(content)
        else:
            _tailored(Profile(client_id, ""), content)
        proposal = Proposal(
            new_id(now), client_id, None, ProposalSource.COACH, kind, content, (), ProposalStatus.OPEN, None, now
        )

        def work(transaction: Transaction) -> None:
            ensure_may(transaction, coach_email, client_id)
            _ensure_not_waiting(transaction, proposal)
            propose(transaction, proposal)

        self._writer.submit(work).result()
        return proposal.id

    def accept(self, client_id: str, proposal_id: str, changes: Mapping[str, Any] | None = None) -> Proposal:
        """The client takes it, with `changes` to its content. Raises InvalidInputError."""

        def work(transaction: Transaction) -> Proposal:
            found = _require(transaction, client_id, proposal_id, ProposalStatus.OPEN)
            return apply(transaction, replace(found, content={**found.content, **(changes or {})}), self._clock)

        return self._writer.submit(work).result()

    def decline(self, client_id: str, proposal_id: str) -> None:
        """The client does not want it. Raises InvalidInputError."""

        def work(transaction: Transaction) -> None:
            found = _require(transaction, client_id, proposal_id, ProposalStatus.OPEN)
            _settle(transaction, _wiped(replace(found, status=ProposalStatus.DECLINED)), self._clock())
            _forget_resting_on(transaction, found, self._clock, self._after_forget)

        self._writer.submit(work).result()

    def undo(self, client_id: str, proposal_id: str) -> Proposal:
        """Takes back what it made and what rests on that; nothing happens to one that is undone.

        Raises InvalidInputError.
        """

        def work(transaction: Transaction) -> Proposal:
            found = _own(transaction, client_id, proposal_id)
            if found.status is ProposalStatus.UNDONE:
                return found
            if found.status is not ProposalStatus.APPLIED:
                raise InvalidInputError("There is nothing to undo here: reload the page.")
            for later in _made_on(transaction, found):
                _undo(transaction, later, self._clock, self._after_forget)
            return _undo(transaction, found, self._clock, self._after_forget)

        return self._writer.submit(work).result()


def _suggestions(source: Store | Transaction, client_id: str) -> list[Proposal]:
    return [_proposal(row) for row in source.execute(SQL["suggestions_of"], [client_id])]


def _ensure_not_waiting(transaction: Transaction, proposal: Proposal) -> None:
    suggested = _suggestions(transaction, proposal.client_id)
    waiting = [each for each in suggested if each.status is ProposalStatus.OPEN and each.kind is proposal.kind]
    if proposal.kind is ProposalKind.ACTION and len(waiting) >= MAX_STEPS_WAITING:
        raise InvalidInputError(f"{MAX_STEPS_WAITING} next steps still wait for the client's word.")
    field = proposal.content.get("field")
    if proposal.kind is ProposalKind.TAILORING and any(each.content.get("field") == field for each in waiting):
        raise InvalidInputError(f"A suggestion about {field} still waits for the client's word.")


def propose(transaction: Transaction, proposal: Proposal) -> bool:
    """Within the caller's transaction: keeps it, unless it is known; whether it is new.

    What was heard after a call and may not be remembered is not kept for asking either.
    """
    if find(transaction, proposal.id) is not None:
        return False
    asks_to_remember = (proposal.kind, proposal.source) == (ProposalKind.MEMORY, ProposalSource.PROVIDER)
    if (
        asks_to_remember
        and may_remember(transaction, _memory(proposal, proposal.created_at)) is not RememberResult.NEW
    ):
        return False
    transaction.execute(
        SQL["add_proposal"],
        [
            proposal.id,
            proposal.client_id,
            proposal.session_id,
            proposal.source,
            proposal.kind,
            json.dumps(dict(proposal.content), ensure_ascii=False),
            json.dumps(list(proposal.turns)),
            proposal.status,
            proposal.target_id,
            proposal.created_at,
        ],
    )
    return True


def apply(transaction: Transaction, proposal: Proposal, clock: Clock) -> Proposal:
    """Within the caller's transaction: does what it says, and marks it so where it is kept already.

    Raises InvalidInputError where its content cannot be used.
    """
    applied = _APPLY[proposal.kind](transaction, proposal, clock)
    _settle(transaction, applied, clock())
    return applied


def take_back_noted(transaction: Transaction, session_id: str, clock: Clock, after_forget: AfterForget) -> None:
    """Within the caller's transaction: undoes all that was noted in the session, as far as it can be undone."""
    for proposal in reversed(read_proposals(transaction, session_id)):
        if proposal.status is ProposalStatus.APPLIED:
            with suppress(InvalidInputError):
                _undo(transaction, proposal, clock, after_forget)


def find(transaction: Transaction, proposal_id: str) -> Proposal | None:
    """Within the caller's transaction: the proposal, if it is known."""
    found = transaction.execute(SQL["find_proposal"], [proposal_id])
    return _proposal(found[0]) if found else None


def read_proposals(transaction: Transaction, session_id: str) -> list[Proposal]:
    """Within the caller's transaction: all that was heard in a session, oldest first."""
    return [_proposal(row) for row in transaction.execute(SQL["proposals_in"], [session_id])]


def _made_on(transaction: Transaction, proposal: Proposal) -> list[Proposal]:
    """What the same session noted of the goal or action that this one made, latest first."""
    if proposal.session_id is None or proposal.kind not in {ProposalKind.GOAL, ProposalKind.ACTION}:
        return []
    about = {ProposalKind.PROGRESS: "goal_id", ProposalKind.ACTION_DONE: "action_id"}
    return [
        each
        for each in reversed(read_proposals(transaction, proposal.session_id))
        if each.status is ProposalStatus.APPLIED
        and each.kind in about
        and each.content.get(about[each.kind]) == proposal.target_id
    ]


def _own(transaction: Transaction, client_id: str, proposal_id: str) -> Proposal:
    found = find(transaction, proposal_id)
    if found is None or found.client_id != client_id:
        raise InvalidInputError("There is no such note of yours: reload the page.")
    return found


def _require(transaction: Transaction, client_id: str, proposal_id: str, status: ProposalStatus) -> Proposal:
    found = _own(transaction, client_id, proposal_id)
    if found.status is not status:
        raise InvalidInputError("You have answered this already: reload the page.")
    return found


def _settle(transaction: Transaction, proposal: Proposal, now: datetime) -> None:
    content = json.dumps(dict(proposal.content), ensure_ascii=False)
    row = [proposal.id, proposal.status, proposal.target_id, content, now]
    transaction.execute(SQL["settle_proposal"], row)


def _wiped(proposal: Proposal) -> Proposal:
    """What the client does not want remembered does not stay in the note of it."""
    return replace(proposal, content={}) if proposal.kind is ProposalKind.MEMORY else proposal


def _apply_goal(transaction: Transaction, proposal: Proposal, clock: Clock) -> Proposal:
    content = proposal.content
    levels = {
        whole_number(score, "A level", LEVELS[0], LEVELS[-1]): str(words)
        for score, words in dict(content.get("levels") or {}).items()
    }
    weights = {name: content[name] for name in ("importance", "difficulty") if content.get(name) is not None}
    goal = NewGoal(content.get("title", ""), levels=levels, **weights).cleaned()
    making = _making(proposal, clock)
    add_goal(transaction, making, goal)
    return _made(proposal, making.id)


def _apply_progress(transaction: Transaction, proposal: Proposal, clock: Clock) -> Proposal:
    # Dated by the session: a late confirmation must not count as the latest check-in.
    making, content = replace(_making(proposal, clock), at_time=proposal.created_at), proposal.content
    add_check_in(transaction, making, str(content.get("goal_id")), content.get("score"), content.get("note"))
    return _made(proposal, making.id)


def _apply_action(transaction: Transaction, proposal: Proposal, clock: Clock) -> Proposal:
    making, content = _making(proposal, clock), proposal.content
    for action in read_actions(transaction, proposal.client_id):
        if action.status is ActionStatus.OPEN and same_words(action.title, str(content.get("title", ""))):
            raise InvalidInputError("This step is on the list already.")
    goals = {goal.id for goal in read_goals(transaction, proposal.client_id)}
    # The goal may have been taken back since.
    goal_id = content.get("goal_id") if content.get("goal_id") in goals else None
    add_action(transaction, making, content.get("title", ""), _due_on(content), goal_id)
    return _made(proposal, making.id)


def _apply_action_done(transaction: Transaction, proposal: Proposal, clock: Clock) -> Proposal:
    action_id, content = str(proposal.content.get("action_id")), proposal.content
    outcome = Outcome(ActionStatus.DONE if content.get("done") else ActionStatus.DROPPED, content.get("why"))
    before = settle_action(transaction, proposal.client_id, action_id, outcome, clock())
    was = {
        "status": before.status,
        "why": before.why,
        "done_at": before.done_at.isoformat() if before.done_at else None,
    }
    return _made(replace(proposal, content={**content, "before": was}), action_id)


def _apply_memory(transaction: Transaction, proposal: Proposal, clock: Clock) -> Proposal:
    memory = _memory(proposal, clock())
    kept = remember(transaction, memory)
    if kept is not RememberResult.NEW:
        raise InvalidInputError(WHY_NOT_KEPT[kept])
    return _made(proposal, memory.id)


def _apply_tailoring(transaction: Transaction, proposal: Proposal, clock: Clock) -> Proposal:
    before = read_profile(transaction, proposal.client_id)
    put_profile(transaction, _tailored(before, proposal.content), clock, ChoiceSource.COACH)
    content = {**proposal.content, "before": getattr(before, proposal.content["field"])}
    return _made(replace(proposal, content=content), proposal.client_id)


def _memory(proposal: Proposal, now: datetime) -> Memory:
    """The memory it would make. Raises InvalidInputError."""
    kind, sure = proposal.content.get("memory_kind") or MemoryKind.FACT, proposal.content.get("confidence", 0.8)
    return Memory(
        id=new_id(now),
        client_id=proposal.client_id,
        kind=MemoryKind(kind) if kind in set(MemoryKind) else MemoryKind.FACT,
        text=one_line(proposal.content.get("text"), "What to remember", MAX_MEMORY_CHARS),
        session_id=proposal.session_id,
        turns=proposal.turns,
        confidence=sure if isinstance(sure, (int, float)) and 0 <= sure <= 1 else 0.8,
        # Not the provider's: what the client said yes to does not follow the provider's records.
        source=MemorySource.TOOL,
        status=MemoryStatus.ACTIVE,
        created_at=now,
    )


def _moment(text: object) -> datetime | None:
    """Raises InvalidInputError where the text is no time."""
    if text is None or text == "":
        return None
    try:
        return from_iso(str(text))
    except ValueError:
        raise InvalidInputError("The day is none: give one like 2026-05-04.") from None


def _due_on(content: Mapping[str, Any]) -> date | None:
    """The day in it. Notes from before days were kept hold the end of that day in UTC. Raises InvalidInputError."""
    moment = _moment(content.get("due_on") or content.get("due_at"))
    return moment.date() if moment else None


def _tailored(profile: Profile, content: Mapping[str, Any]) -> Profile:
    """The profile with what the suggestion says. Raises InvalidInputError."""
    try:
        field = ApproachField(str(content.get("field")))
        return profile.choosing({field: value_of(field, content.get("value"))})
    except ValueError:
        raise InvalidInputError(
            "A suggestion is about tone (direct or gentle), pace (short or exploring), opening (check_back, goal or "
            "open) or lead (client or coach)."
        ) from None


def _making(proposal: Proposal, clock: Clock) -> NewRow:
    now = clock()
    return NewRow(new_id(now), proposal.client_id, proposal.session_id, now)


def _made(proposal: Proposal, target_id: str) -> Proposal:
    return replace(proposal, status=ProposalStatus.APPLIED, target_id=target_id)


def _undo(transaction: Transaction, proposal: Proposal, clock: Clock, after_forget: AfterForget) -> Proposal:
    if proposal.kind is ProposalKind.MEMORY:
        _undo_memory(transaction, proposal, clock, after_forget)
    else:
        _UNDO[proposal.kind](transaction, proposal, clock)
    undone = _wiped(replace(proposal, status=ProposalStatus.UNDONE))
    _settle(transaction, undone, clock())
    _forget_resting_on(transaction, proposal, clock, after_forget)
    return undone


def _forget_resting_on(transaction: Transaction, proposal: Proposal, clock: Clock, after_forget: AfterForget) -> None:
    words = noted_words(proposal.session_id, proposal.kind, proposal.content, proposal.turns)
    forget_resting_on(transaction, proposal.client_id, words, clock(), after_forget)


def _undo_goal(transaction: Transaction, proposal: Proposal, _: Clock) -> None:
    goal = next((each for each in read_goals(transaction, proposal.client_id) if each.id == proposal.target_id), None)
    if goal is not None and goal.latest is not None and goal.latest.session_id != proposal.session_id:
        raise InvalidInputError("You have checked in on this goal since: close it on your Goals page instead.")
    remove_goal(transaction, str(proposal.target_id))


def _undo_action(transaction: Transaction, proposal: Proposal, _: Clock) -> None:
    actions = read_actions(transaction, proposal.client_id)
    if any(each.id == proposal.target_id and each.status is not ActionStatus.OPEN for each in actions):
        raise InvalidInputError("You have finished or dropped this step since: it stays on your Goals page.")
    remove_action(transaction, str(proposal.target_id))


def _undo_action_done(transaction: Transaction, proposal: Proposal, clock: Clock) -> None:
    # The action may have been taken back since; then there is nothing to open again.
    if any(action.id == proposal.target_id for action in read_actions(transaction, proposal.client_id)):
        was = proposal.content.get("before") or {}
        before = Outcome(
            ActionStatus(was.get("status", ActionStatus.OPEN)), was.get("why"), _moment(was.get("done_at"))
        )
        settle_action(transaction, proposal.client_id, str(proposal.target_id), before, clock())


def _undo_memory(transaction: Transaction, proposal: Proposal, clock: Clock, after_forget: AfterForget) -> None:
    if any(memory.id == proposal.target_id for memory in read_memories(transaction, proposal.client_id)):
        forget(transaction, proposal.client_id, str(proposal.target_id), clock(), after_forget)


def _undo_tailoring(transaction: Transaction, proposal: Proposal, clock: Clock) -> None:
    profile = read_profile(transaction, proposal.client_id)
    before = {"field": proposal.content["field"], "value": proposal.content.get("before")}
    put_profile(transaction, _tailored(profile, before), clock, ChoiceSource.COACH)


_APPLY: dict[ProposalKind, Callable[[Transaction, Proposal, Clock], Proposal]] = {
    ProposalKind.GOAL: _apply_goal,
    ProposalKind.PROGRESS: _apply_progress,
    ProposalKind.ACTION: _apply_action,
    ProposalKind.ACTION_DONE: _apply_action_done,
    ProposalKind.MEMORY: _apply_memory,
    ProposalKind.TAILORING: _apply_tailoring,
}
_UNDO: dict[ProposalKind, Callable[[Transaction, Proposal, Clock], None]] = {
    ProposalKind.GOAL: _undo_goal,
    ProposalKind.PROGRESS: lambda transaction, proposal, _: remove_check_in(transaction, str(proposal.target_id)),
    ProposalKind.ACTION: _undo_action,
    ProposalKind.ACTION_DONE: _undo_action_done,
    ProposalKind.TAILORING: _undo_tailoring,
}


def _proposal(row: Row) -> Proposal:
    proposal_id, client_id, session_id, source, kind, content, turns, status, target_id, created_at = row
    return Proposal(
        proposal_id,
        client_id,
        session_id,
        ProposalSource(source),
        ProposalKind(kind),
        json.loads(content),
        tuple(json.loads(turns)),
        ProposalStatus(status),
        target_id,
        created_at,
    )
