"""The journal of one session's turns, to which the page's events are applied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from coachroom.recording.events import TurnCorrected, TurnInterrupted, TurnReported, TurnTimed
from coachroom.recording.turn import Source, Turn
from coachroom.rooms.states import Sender


class Journal:
    """The turns of one session in memory; applying an event twice changes nothing."""

    def __init__(self, turns: Iterable[Turn]) -> None:
        self._turns = list(turns)
        self._place = {turn.id: place for place, turn in enumerate(self._turns)}

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self._turns)

    def add_turn(self, epoch: str, event: TurnReported, timestamp: datetime) -> Turn | None:
        """Adds the turn; None if it is known. A longer text of a known turn, cut short by a beacon, completes it."""
        turn_id = f"{epoch}.{event.n}"
        if turn_id in self._place:
            return self._complete(self._turns[self._place[turn_id]], event.text)
        # Each delivery measures the page's clock again, and never quite the same.
        before = (turn.timestamp for turn in reversed(self._turns) if turn.id.rpartition(".")[0] == epoch)
        timestamp = max(timestamp, next(before, timestamp))
        turn = Turn(self._next_seq(), turn_id, event.text, event.sender, timestamp, _reported_facts(event))
        self._place[turn.id] = len(self._turns)
        self._turns.append(turn)
        return turn

    def correct_turn(self, epoch: str, event: TurnCorrected) -> Turn | None:
        """Cuts the agent's turn to what was spoken, as the latest correction has it; None if nothing changes."""
        turn = self._agent_turn(epoch, event)
        if turn is None:
            return None
        corrections = turn.context.get("corrections", {})
        original = _first_text(turn)
        if str(event.n) in corrections or (event.text == original and not corrections):
            return None
        corrections = dict(sorted({**corrections, str(event.n): event.text}.items(), key=lambda each: int(each[0])))
        text = corrections[max(corrections, key=int)]
        facts = {"interrupted": True, "original": original, "corrections": corrections}
        return self._put(replace(turn, message=text).noting(**facts))

    def interrupt_turn(self, epoch: str, event: TurnInterrupted) -> Turn | None:
        """Marks the agent's turn as interrupted; None if there is none or it is marked."""
        turn = self._agent_turn(epoch, event)
        if turn is None or turn.context.get("interrupted"):
            return None
        return self._put(turn.noting(interrupted=True))

    def time_turn(self, epoch: str, event: TurnTimed) -> Turn | None:
        """Adds the response time to the turn it belongs to; None if there is no such turn or it is known."""
        # Only a turn before the event can be meant; without this, the event sent again would find a later one.
        place = self._place.get(f"{epoch}.{event.turn}") if event.turn < event.n else None
        if place is None or "latency_ms" in self._turns[place].context:
            return None
        return self._put(self._turns[place].noting(latency_ms=event.latency_ms))

    def _complete(self, turn: Turn, text: str) -> Turn | None:
        longer = len(text) > len(turn.message) and text.startswith(turn.message)
        # A corrected turn stays short.
        return self._put(replace(turn, message=text)) if longer and "original" not in turn.context else None

    def _next_seq(self) -> int:
        return self._turns[-1].seq + 1 if self._turns else 1

    def _put(self, turn: Turn) -> Turn:
        self._turns[self._place[turn.id]] = turn
        return turn

    def _agent_turn(self, epoch: str, event: TurnCorrected | TurnInterrupted) -> Turn | None:
        """The agent's turn in this call that the event is about: by its id, else the latest one.

        Where several turns share the id, the text that is corrected decides. Turns and corrections after the event do
        not count, so that the event finds the same turn when it is sent again.
        """
        before = [turn for turn in reversed(self._turns) if _may_be_meant(turn, epoch, event)]
        same_id = [turn for turn in before if event.event_id is not None and _event_id(turn) == event.event_id]
        if isinstance(event, TurnCorrected) and len(same_id) > 1:
            same_id = [turn for turn in same_id if event.original in _texts_before(turn, event.n)] or same_id
            same_id.sort(key=lambda turn: _first_text(turn) != event.original)
        return next(iter(same_id or before), None)


def _may_be_meant(turn: Turn, epoch: str, event: TurnCorrected | TurnInterrupted) -> bool:
    source, _, n = turn.id.rpartition(".")
    return (
        turn.sender is Sender.AGENT
        and source == epoch
        and int(n) <= event.n
        and turn.context.get("conversation_id") == event.conversation_id
    )


def _event_id(turn: Turn) -> object:
    return turn.context.get("event_id")


def _first_text(turn: Turn) -> str:
    return str(turn.context.get("original", turn.message))


def _texts_before(turn: Turn, n: int) -> list[str]:
    """The texts that the turn had before event number `n`."""
    corrections = turn.context.get("corrections", {})
    return [_first_text(turn), *(text for number, text in corrections.items() if int(number) < n)]


def _reported_facts(event: TurnReported) -> dict[str, Any]:
    facts = {
        "source": Source.LIVE.value,
        "conversation_id": event.conversation_id,
        "event_id": event.event_id,
        "typed": event.typed or None,
        "latency_ms": event.latency_ms,
    }
    return {name: value for name, value in facts.items() if value is not None}
