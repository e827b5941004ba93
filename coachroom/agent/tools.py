"""Answers the tools that the agent uses during a call: checks what it gives, does it at once, and says so.

All of a call's work is one transaction. What it notes carries an id made from the call's, so that the same call sent
again changes nothing and is answered the same. An agent that did not hear the answer asks again with another id: what
stands in the session's notes already is not noted twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from coachroom.agent.notes import (
    Note,
    booked_note,
    call_note_id,
    ids_of,
    looked_up_note,
    note_id_of,
    note_of,
    summary_text,
    tool_result_text,
)
from coachroom.agent.recall import SWITCHED_OFF, recall
from coachroom.agent.title_match import best, exact
from coachroom.agent.tool_input import checked, spec_of
from coachroom.agent.tool_specs import LEVEL_PARAMETERS, Tool
from coachroom.clock import Clock, day_there
from coachroom.coaching.actions import Action, ActionStatus, read_actions
from coachroom.coaching.days import day_ahead
from coachroom.coaching.goals import Goal, GoalStatus, read_goals
from coachroom.coaching.memory import WHY_NOT_KEPT, MemoryKind
from coachroom.coaching.proposals import (
    Proposal,
    ProposalKind,
    Proposals,
    ProposalSource,
    ProposalStatus,
    apply,
    find,
    propose,
    read_proposals,
)
from coachroom.coaching.stages import Stage, reach_stage
from coachroom.coaching.validation import MAX_TITLE_CHARS, InvalidInputError, bare, one_line, quoted
from coachroom.people.profiles import zone_of
from coachroom.recording.grounding import grounding_turns, sentences
from coachroom.recording.turn import Turn, load_said_turns
from coachroom.rooms.states import Session, SessionStatus
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.agent", "tools.sql")

MAX_NOTES = 60
MAX_SENTENCES = 10
MAX_TITLES = 8
SURE_OF_SUMMARY = 0.9
NOTHING_BOOKED = (
    "Nothing is booked in a session off the record: tell the client that they can book on their page Appointments."
)
NOTHING_NOTED = "Nothing is noted in this session: the client took it off the record. Go on without notes."

_STAGES = {
    Tool.SAVE_GOAL: Stage.GOAL,
    Tool.LOG_PROGRESS: Stage.REALITY,
    Tool.ADD_ACTION: Stage.WILL,
    Tool.WRAP_UP: Stage.WILL,
}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


# Of a session, of its client, and what the agent gave: a sentence for the agent, and the time that is booked, in
# words; None where none is. Raises InvalidInputError.
BookNext = Callable[[str, str, Mapping[str, Any]], tuple[str, str | None]]


@dataclass(frozen=True)
class Answer:
    """`result` is a sentence for the agent; `stage` is what the session has come to by this call, if anything."""

    result: str
    is_error: bool = False
    note: Note | None = None
    stage: Stage | None = None


class Tools:
    """Takes calls from any thread; each is committed before it is answered."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        proposals: Proposals,
        *,
        book_next: BookNext | None = None,
    ) -> None:
        """`book_next`: None where there are no appointments."""
        self._book_next = book_next
        self._store = store
        self._writer = writer
        self._clock = clock
        self._proposals = proposals

    def call(self, session: Session, call_id: str, name: str, parameters: Mapping[str, Any]) -> Answer:
        """Does what the agent asks for. What cannot be had is an answer with `is_error`."""
        try:
            spec = spec_of(name, appointments=self._book_next is not None)
            given = checked(spec, parameters)
            if spec.tool is Tool.RECALL:
                return self._recall(session, call_note_id(session.id, call_id), given["about"])
            if spec.tool is Tool.BOOK_NEXT and self._book_next is not None:
                return self._agree_on_next(session, call_note_id(session.id, call_id), given, self._book_next)
            said = [turn for turn in load_said_turns(self._store, session.id) if turn.is_clients_own]
            call = _Call(call_note_id(session.id, call_id), session, given, said, self._clock)
            return self._writer.submit(lambda transaction: call.use(spec.tool, transaction)).result()
        except InvalidInputError as refusal:
            return Answer(str(refusal), is_error=True)

    def notes(self, session_id: str) -> list[Note]:
        """What was noted in this session and was not taken back, and what was looked up, oldest first."""
        standing = [each for each in self._noted(session_id) if each.status is ProposalStatus.APPLIED]
        noted = [(proposal.created_at, note_of(proposal)) for proposal in standing]
        looked_up = [
            (at, looked_up_note(id, about)) for id, about, at in self._store.execute(SQL["lookups_of"], [session_id])
        ]
        in_order = sorted([*noted, *looked_up], key=lambda each: each[0])
        return list({note.id: note for _, note in in_order}.values())

    def undo(self, session: Session, note_id: str) -> None:
        """Takes back all that the note made; nothing happens to one that is undone. Raises InvalidInputError."""
        found = [proposal for proposal in self._noted(session.id) if note_id_of(proposal) == note_id]
        if not found:
            raise InvalidInputError("There is no such note in this session: reload the page.")
        for proposal in found:
            self._proposals.undo(session.client_id, proposal.id)

    def _recall(self, session: Session, note_id: str, about: str) -> Answer:
        """Looks up outside of a transaction, so that nobody's writes wait for it. Raises InvalidInputError."""
        # What is on record may be looked up in a session off the record too.
        _require_going_on(self._store.execute(SQL["status_of"], [session.id]))
        result = recall(self._store, session.client_id, session.id, about)
        if result != SWITCHED_OFF:
            row = [note_id, session.id, about, self._clock()]
            self._writer.submit(lambda transaction: transaction.execute(SQL["put_lookup"], row)).result()
        return Answer(result, note=looked_up_note(note_id, about))

    def _agree_on_next(self, session: Session, note_id: str, given: Mapping[str, Any], book_next: BookNext) -> Answer:
        """The client sees what is booked at once; it is kept among their appointments. Raises InvalidInputError."""
        status = self._store.execute(SQL["status_of"], [session.id])
        _require_going_on(status)
        if _is_off_record(status):
            return Answer(NOTHING_BOOKED)
        result, booked = book_next(session.id, session.client_id, given)
        return Answer(result, note=booked_note(note_id, booked) if booked else None)

    def _noted(self, session_id: str) -> list[Proposal]:
        return [each for each in self._proposals.of_session(session_id) if each.source is ProposalSource.TOOL]


@dataclass(frozen=True)
class _Call:
    """One call: `id` is that of its first note, `said` what the client has said until now."""

    id: str
    session: Session
    given: Mapping[str, Any]
    said: Sequence[Turn]
    clock: Clock

    def use(self, tool: Tool, transaction: Transaction) -> Answer:
        """Within the caller's transaction: all of it, or nothing. Raises InvalidInputError."""
        status = transaction.execute(SQL["status_of"], [self.session.id])
        _require_going_on(status)
        if _is_off_record(status):
            return Answer(NOTHING_NOTED)
        stage = Stage(self.given["stage"]) if tool is Tool.MARK_STAGE else _STAGES.get(tool)
        if known := self._known(transaction):
            return _about(known, stage)
        made = _USES[tool](self, transaction)
        if stage is not None:
            reach_stage(transaction, self.session.id, stage, self.clock())
        return Answer(made, stage=stage) if isinstance(made, str) else _about(made, stage)

    def save_goal(self, transaction: Transaction) -> list[Proposal] | str:
        title = one_line(self.given["title"], "The goal")
        if (known := exact(title, self._goals(transaction))) is not None:
            return f"{quoted(known.title)} is one of the client's goals already."
        levels = {str(score): self.given[name] for name, score in LEVEL_PARAMETERS.items() if name in self.given}
        content = {"title": title, **self._some("importance", "difficulty"), **({"levels": levels} if levels else {})}
        return self._note(transaction, ProposalKind.GOAL, content, title)

    def log_progress(self, transaction: Transaction) -> list[Proposal] | str:
        """About a goal where a score is given, about an action where it was done or not; either where both are."""
        about, note = self.given["about"], self.given.get("note")
        if "score" not in self.given and "done" not in self.given:
            raise InvalidInputError("Give a score for a goal, or done for an action.")
        goals = self._goals(transaction) if "score" in self.given else []
        actions = self._actions(transaction) if "done" in self.given else []
        things: list[Goal | Action] = [*goals, *actions]
        if (known := self._settled_before(transaction, about, things)) is not None:
            return [known]
        thing = best(about, things)
        if thing is None:
            raise InvalidInputError(_which(things))
        words = note or thing.title
        if isinstance(thing, Goal):
            if (known := self._scored_before(transaction, thing)) is not None:
                return [known]
            content = {"goal_id": thing.id, "about": thing.title, "score": self.given["score"], "note": note}
            return self._note(transaction, ProposalKind.PROGRESS, content, words)
        content = {"action_id": thing.id, "about": thing.title, "done": self.given["done"], "why": note}
        return self._note(transaction, ProposalKind.ACTION_DONE, content, words)

    def add_action(self, transaction: Transaction) -> list[Proposal] | str:
        title = one_line(self.given["title"], "The action")
        if (known := exact(title, self._actions(transaction))) is not None:
            return f"{quoted(known.title)} is one of the client's open actions already."
        today = day_there(self.clock(), zone_of(transaction, self.session.client_id))
        due_on = day_ahead(_day(self.given["due_date"]), today) if "due_date" in self.given else None
        goal = best(self.given["goal"], self._goals(transaction)) if "goal" in self.given else None
        content = {
            "title": title,
            "due_on": due_on.isoformat() if due_on else None,
            "goal_id": goal.id if goal else None,
        }
        return self._note(transaction, ProposalKind.ACTION, content, title)

    def remember(self, transaction: Transaction) -> list[Proposal] | str:
        content = {"text": self.given["text"], "memory_kind": self.given.get("kind", MemoryKind.FACT.value)}
        try:
            return self._note(transaction, ProposalKind.MEMORY, content, self.given["text"])
        except InvalidInputError as refusal:
            # Known already, forgotten, or switched off: that is the client's will and no mistake of the agent's.
            if str(refusal) in WHY_NOT_KEPT.values():
                return f"Nothing new was noted. {refusal}"
            raise

    def mark_stage(self, _transaction: Transaction) -> list[Proposal] | str:
        return f"The session is at the stage {self.given['stage']} now."

    def wrap_up(self, transaction: Transaction) -> list[Proposal] | str:
        """Each sentence is remembered by itself; one without support in the client's words is dropped."""
        noted = {str(note.content.get("text")): note for note in self._standing(transaction, ProposalKind.MEMORY)}
        wanted = sentences(self.given["summary"])[:MAX_SENTENCES]
        if not all(sentence in noted for sentence in wanted):
            self._require_room(transaction)
        found: list[Proposal] = []
        ids = ids_of(self.id)
        note_id = next(ids)
        for sentence in wanted:
            if sentence in noted:
                found.append(noted[sentence])
                continue
            turns = grounding_turns(sentence, self.said)
            content = {"text": sentence, "memory_kind": MemoryKind.SUMMARY.value, "confidence": SURE_OF_SUMMARY}
            try:
                if turns:
                    found.append(self._keep(transaction, note_id, ProposalKind.MEMORY, content, turns))
                    note_id = next(ids)
            except InvalidInputError:
                continue
        return found or summary_text(0)

    def _note(
        self, transaction: Transaction, kind: ProposalKind, content: Mapping[str, Any], words: str
    ) -> list[Proposal]:
        """Keeps one thing, with the client's turns that its words rest on, or else the latest."""
        self._require_room(transaction)
        turns = grounding_turns(words, self.said) or tuple(turn.id for turn in self.said[-1:])
        return [self._keep(transaction, self.id, kind, content, turns)]

    def _keep(
        self,
        transaction: Transaction,
        note_id: str,
        kind: ProposalKind,
        content: Mapping[str, Any],
        turns: tuple[str, ...],
    ) -> Proposal:
        client_id, session_id, now = self.session.client_id, self.session.id, self.clock()
        proposal = Proposal(
            note_id, client_id, session_id, ProposalSource.TOOL, kind, content, turns, ProposalStatus.OPEN, None, now
        )
        # In this order, so that nothing is kept of what is refused.
        applied = apply(transaction, proposal, self.clock)
        propose(transaction, applied)
        return applied

    def _known(self, transaction: Transaction) -> list[Proposal]:
        """What this very call has noted before."""
        known: list[Proposal] = []
        for note_id in ids_of(self.id):
            if (found := find(transaction, note_id)) is None:
                break
            known.append(found)
        return known

    def _require_room(self, transaction: Transaction) -> None:
        """Raises InvalidInputError where the session has all the notes it may have."""
        if transaction.execute(SQL["count_notes"], [self.session.id])[0][0] >= MAX_NOTES:
            raise InvalidInputError(f"There are {MAX_NOTES} notes in this session already: note no more.")

    def _scored_before(self, transaction: Transaction, goal: Goal) -> Proposal | None:
        """The session's note of this very score, where the goal still stands at it."""
        score = self.given["score"]
        if goal.latest is None or goal.latest.score != score:
            return None
        notes = self._standing(transaction, ProposalKind.PROGRESS)
        same = (note for note in notes if (note.content["goal_id"], note.content["score"]) == (goal.id, score))
        return next(same, None)

    def _settled_before(
        self, transaction: Transaction, about: str, things: Sequence[Goal | Action]
    ) -> Proposal | None:
        """The session's note that settled the action in the same way, where none of `things` is meant."""
        notes = {
            note.content["action_id"]: note
            for note in self._standing(transaction, ProposalKind.ACTION_DONE)
            if note.content["done"] == self.given.get("done")
        }
        actions = read_actions(transaction, self.session.client_id)
        settled = [each for each in actions if each.id in notes and each.status is not ActionStatus.OPEN]
        meant = best(about, [*things, *settled])
        return notes[meant.id] if isinstance(meant, Action) and meant in settled else None

    def _standing(self, transaction: Transaction, kind: ProposalKind) -> list[Proposal]:
        """What tools have noted in this session and the client has not taken back, newest first."""
        notes = reversed(read_proposals(transaction, self.session.id))
        wanted = (ProposalSource.TOOL, kind, ProposalStatus.APPLIED)
        return [note for note in notes if (note.source, note.kind, note.status) == wanted]

    def _some(self, *names: str) -> dict[str, Any]:
        return {name: self.given[name] for name in names if name in self.given}

    def _goals(self, transaction: Transaction) -> list[Goal]:
        goals = read_goals(transaction, self.session.client_id)
        return [goal for goal in goals if goal.status is GoalStatus.ACTIVE]

    def _actions(self, transaction: Transaction) -> list[Action]:
        actions = read_actions(transaction, self.session.client_id)
        return [action for action in actions if action.status is ActionStatus.OPEN]


# What a tool makes: what is noted now, or a sentence where nothing new is.
_USES: dict[Tool, Callable[[_Call, Transaction], list[Proposal] | str]] = {
    Tool.SAVE_GOAL: _Call.save_goal,
    Tool.LOG_PROGRESS: _Call.log_progress,
    Tool.ADD_ACTION: _Call.add_action,
    Tool.REMEMBER: _Call.remember,
    Tool.MARK_STAGE: _Call.mark_stage,
    Tool.WRAP_UP: _Call.wrap_up,
}


def forget_lookups(transaction: Transaction, session_ids: Sequence[str]) -> None:
    """What was looked up is kept while its session goes on, and no longer."""
    transaction.execute(SQL["forget_lookups"], [list(session_ids)])


def _require_going_on(status: Sequence[Row]) -> None:
    """Raises InvalidInputError where the session of this status is over."""
    if not status or SessionStatus(status[0][0]).over:
        raise InvalidInputError("This session is over: the coach's tools can do nothing more in it.")


def _is_off_record(status: Sequence[Row]) -> bool:
    return bool(status[0][1])


def _about(proposals: Sequence[Proposal], stage: Stage | None) -> Answer:
    standing = [each for each in proposals if each.status is ProposalStatus.APPLIED]
    return Answer(tool_result_text(proposals), note=note_of(standing[0]) if standing else None, stage=stage)


def _which(things: Sequence[Goal | Action]) -> str:
    if not things:
        return "The client has no such goal or open action: save the goal or add the action first."
    titles = ", ".join(quoted(thing.title, MAX_TITLE_CHARS) for thing in things[:MAX_TITLES])
    return f"It is not clear which one is meant. Name one of these: {titles}."


def _day(text: str) -> date:
    """Raises InvalidInputError where it is no day."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInputError(f"due_date must be a day like 2026-05-04, not {quoted(bare(text, 40), 40)}.")
