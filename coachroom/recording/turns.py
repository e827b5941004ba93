"""A turn as it is kept, and the journal of one session's turns that events are applied to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from coachroom.recording.events import TurnCorrected, TurnInterrupted, TurnReported, TurnTimed
from coachroom.rooms.states import Sender
from coachroom.store.duck import DuckStore, Row
from coachroom.store.statements import load_statements
from coachroom.store.writer import Bulk

SQL = load_statements("coachroom.recording", "recording.sql")
UPSERT_TURNS = Bulk(SQL["put_turns"], key=2)


class Source(StrEnum):
    """Who brought a turn."""

    LIVE = "live"
    RECONCILE = "reconcile"


@dataclass(frozen=True)
class Turn:
    """One row of `conversations`. `id` names the turn whatever brings it; `seq` is its place, from 1.

    `context` holds: source, conversation_id, event_id, typed, interrupted, original (the text before a correction),
    latency_ms, heard_by (reconcile, where only the provider knows of the interruption); only what is known.
    """

    seq: int
    id: str
    message: str
    sender: Sender
    timestamp: datetime
    context: dict[str, Any] = field(default_factory=dict)

    def row(self, session_id: str) -> Row:
        """The parameters of `put_turns`."""
        context = json.dumps(self.context, ensure_ascii=False)
        return (session_id, self.seq, self.id, self.message, self.sender.value, self.timestamp, context)

    def noting(self, **facts: Any) -> Turn:
        """The same turn with more known about it."""
        return replace(self, context={**self.context, **facts})

    def interrupted_says(self, source: Source) -> Turn:
        """The same turn, of which somebody beside our page says that it was interrupted."""
        return self if self.context.get("interrupted") else self.noting(interrupted=True, heard_by=source.value)


def load_turns(store: DuckStore, session_id: str) -> list[Turn]:
    """The session's turns in their order."""
    return [
        Turn(row[0], row[1], row[2], Sender(row[3]), row[4], json.loads(row[5]))
        for row in store.execute(SQL["turns_of"], [session_id])
    ]


def live_turns(turns: Iterable[Turn]) -> list[Turn]:
    """Of a session's turns those that its page reported, without what the provider's record added to them."""
    return [_as_reported(turn) for turn in turns if turn.context.get("source") != Source.RECONCILE.value]


def _as_reported(turn: Turn) -> Turn:
    if "heard_by" not in turn.context:
        return turn
    added = ("interrupted", "heard_by")
    return replace(turn, context={name: fact for name, fact in turn.context.items() if name not in added})


class Journal:
    """The turns of one session in memory; applying an event twice changes nothing."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._turns = list(turns)
        self._place = {turn.id: place for place, turn in enumerate(self._turns)}

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self._turns)

    def said(self, epoch: str, event: TurnReported, timestamp: datetime) -> Turn | None:
        """Adds the turn; None if it is known. The whole of a turn whose beginning came by beacon completes it."""
        turn_id = f"{epoch}.{event.n}"
        if turn_id in self._place:
            known_turn = self._turns[self._place[turn_id]]
            longer = len(event.text) > len(known_turn.message) and event.text.startswith(known_turn.message)
            # What a correction cut short stays cut.
            return (
                self._put(replace(known_turn, message=event.text))
                if longer and "original" not in known_turn.context
                else None
            )
        facts = {
            "source": Source.LIVE.value,
            "conversation_id": event.conversation_id,
            "event_id": event.event_id,
            "typed": event.typed or None,
            "latency_ms": event.latency_ms,
        }
        known = {name: value for name, value in facts.items() if value is not None}
        # How far the page's clock is off is measured anew with each delivery, and never quite the same.
        before = (turn.timestamp for turn in reversed(self._turns) if turn.id.rpartition(".")[0] == epoch)
        moment = max(timestamp, next(before, timestamp))
        turn = Turn(self._next_seq(), turn_id, event.text, event.sender, moment, known)
        self._place[turn.id] = len(self._turns)
        self._turns.append(turn)
        return turn

    def corrected(self, epoch: str, event: TurnCorrected) -> Turn | None:
        """Cuts the agent's turn to what was spoken; None if there is no such turn or it is cut already."""
        turn = self._agent_turn(epoch, event)
        if turn is None or "original" in turn.context or turn.message == event.text:
            return None
        return self._put(replace(turn, message=event.text).noting(interrupted=True, original=turn.message))

    def interrupted(self, epoch: str, event: TurnInterrupted) -> Turn | None:
        """Marks the agent's turn as interrupted; None if there is none or it is marked."""
        turn = self._agent_turn(epoch, event)
        if turn is None or turn.context.get("interrupted"):
            return None
        return self._put(turn.noting(interrupted=True))

    def timed(self, epoch: str, event: TurnTimed) -> Turn | None:
        """Adds the response time to the turn it belongs to; None if there is no such turn or it is known."""
        # A turn that came after the event cannot be meant: sent again, the event would find it all the same.
        place = self._place.get(f"{epoch}.{event.turn}") if event.turn < event.n else None
        if place is None or "latency_ms" in self._turns[place].context:
            return None
        return self._put(self._turns[place].noting(latency_ms=event.latency_ms))

    def _next_seq(self) -> int:
        return self._turns[-1].seq + 1 if self._turns else 1

    def _put(self, turn: Turn) -> Turn:
        self._turns[self._place[turn.id]] = turn
        return turn

    def _agent_turn(self, epoch: str, event: TurnCorrected | TurnInterrupted) -> Turn | None:
        """The agent's turn in this call that the event is about: by its id, else the latest one before the event.

        What came after the event does not count, so that it finds the same turn when it is sent again.
        """
        latest = None
        for turn in reversed(self._turns):
            source, _, n = turn.id.rpartition(".")
            if (
                turn.sender is not Sender.AGENT
                or source != epoch
                or int(n) > event.n
                or turn.context.get("conversation_id") != event.conversation_id
            ):
                continue
            if event.event_id is not None and turn.context.get("event_id") == event.event_id:
                return turn
            latest = latest or turn
        return latest
