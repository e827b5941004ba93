"""The journal of one session's turns, to which the page's events are applied."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import dropwhile
from typing import Any

from coachroom.recording.events import TurnCorrected, TurnInterrupted, TurnMeasured, TurnReported, TurnTimed
from coachroom.recording.limits import DEFAULT_LIMITS, RecordingLimits
from coachroom.recording.turn import Source, Turn
from coachroom.rooms.states import Sender
from coachroom.text import CUT_MARK

# The latest of a turn's corrections; a page sends one or two.
MAX_CORRECTIONS = 8
# The latest turns with one event id; the provider makes two or three.
MAX_OF_ONE_EVENT = 8


class Journal:
    """The turns of one session in memory; applying an event twice changes nothing."""

    def __init__(self, turns: Iterable[Turn], limits: RecordingLimits = DEFAULT_LIMITS) -> None:
        self._turns: list[Turn] = []
        self._place: dict[str, int] = {}
        self._answers = _Answers()
        self._limits = limits
        self.size = 0
        # How often a turn was added or changed.
        self.changes = 0
        for turn in turns:
            self._append(turn)

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(self._turns)

    @property
    def full(self) -> bool:
        """Whether the session's limits are reached."""
        return self.size >= self._limits.session_bytes or len(self._turns) >= self._limits.session_turns

    def holds(self, epoch: str, event: TurnReported) -> bool:
        """Whether the turn is known."""
        return f"{epoch}.{event.n}" in self._place

    def add_turn(self, epoch: str, event: TurnReported, timestamp: datetime) -> Turn | None:
        """Adds the turn; None if it is known. A longer text of a known turn, cut short by a beacon, completes it."""
        turn_id = f"{epoch}.{event.n}"
        if turn_id in self._place:
            return self._complete(self._turns[self._place[turn_id]], event.text)
        # Each delivery measures the page's clock again, and never quite the same.
        before = (turn.timestamp for turn in reversed(self._turns) if turn.id.rpartition(".")[0] == epoch)
        timestamp = max(timestamp, next(before, timestamp))
        turn = Turn(self._next_seq(), turn_id, event.text, event.sender, timestamp, _reported_facts(event))
        self._append(turn)
        return turn

    def correct_turn(self, epoch: str, event: TurnCorrected) -> Turn | None:
        """Cuts the agent's turn to what was spoken, as the latest correction has it; None if nothing changes."""
        turn = self._agent_turn(epoch, event)
        if turn is None:
            return None
        known = turn.context.get("corrections", {})
        original = _first_text(turn)
        if str(event.n) in known:
            return None
        ordered = sorted({**known, str(event.n): event.text}.items(), key=lambda each: int(each[0]))
        # What corrects nothing is no correction, whether it comes before those that do or after them.
        numbered = list(dropwhile(lambda each: each[1] == original, ordered))
        corrections = dict(numbered[-MAX_CORRECTIONS:])
        if corrections == known or not corrections:
            return None
        text = numbered[-1][1]
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
        turn = self._turn_before(epoch, event)
        if turn is None or "latency_ms" in turn.context:
            return None
        return self._put(turn.noting(latency_ms=event.latency_ms))

    def measure_turn(self, epoch: str, event: TurnMeasured) -> Turn | None:
        """Adds what was heard to the agent's turn it belongs to; None if there is no such turn or it is known."""
        turn = self._turn_before(epoch, event)
        if turn is None or turn.sender is not Sender.AGENT:
            return None
        new = {name: value for name, value in event.heard.items() if name not in turn.context}
        return self._put(turn.noting(**new)) if new else None

    def _turn_before(self, epoch: str, event: TurnTimed | TurnMeasured) -> Turn | None:
        # Only a turn before the event can be meant; without this, the event sent again would find a later one.
        place = self._place.get(f"{epoch}.{event.turn}") if event.turn < event.n else None
        return None if place is None else self._turns[place]

    def _complete(self, turn: Turn, text: str) -> Turn | None:
        longer = len(text) > len(turn.message) and text.startswith(turn.message.removesuffix(CUT_MARK))
        # A corrected turn stays short.
        return self._put(replace(turn, message=text)) if longer and "original" not in turn.context else None

    def _next_seq(self) -> int:
        return self._turns[-1].seq + 1 if self._turns else 1

    def _append(self, turn: Turn) -> None:
        self._place[turn.id] = len(self._turns)
        self._turns.append(turn)
        self._answers.add(turn)
        self.size += turn.size
        self.changes += 1

    def _put(self, turn: Turn) -> Turn:
        place = self._place[turn.id]
        self.size += turn.size - self._turns[place].size
        self._turns[place] = turn
        self.changes += 1
        return turn

    def _agent_turn(self, epoch: str, event: TurnCorrected | TurnInterrupted) -> Turn | None:
        """The agent's turn in this call that the event is about: by its id, else the latest one.

        Where several turns share the id, the text that is corrected decides. Turns and corrections after the event do
        not count, so that the event finds the same turn when it is sent again.
        """
        same_id = []
        if event.event_id is not None:
            same_id = self._before(epoch, event, MAX_OF_ONE_EVENT, event_id=event.event_id)
        if isinstance(event, TurnCorrected) and len(same_id) > 1:
            same_id = [turn for turn in same_id if event.original in _texts_before(turn, event.n)] or same_id
            same_id.sort(key=lambda turn: _first_text(turn) != event.original)
        return next(iter(same_id or self._before(epoch, event, 1)), None)

    def _before(
        self, epoch: str, event: TurnCorrected | TurnInterrupted, most: int, event_id: int | None = None
    ) -> list[Turn]:
        """The agent's turns before the event, latest first."""
        ids = self._answers.before(epoch, event.conversation_id, event_id, event.n, most)
        return [self._turns[self._place[turn_id]] for turn_id in ids]


class _Answers:
    """The ids of the agent's turns by page load and call, and by their event too, in the order of their numbers."""

    def __init__(self) -> None:
        self._ids: dict[tuple[object, ...], list[tuple[int, str]]] = {}

    def add(self, turn: Turn) -> None:
        epoch, _, n = turn.id.rpartition(".")
        call, event_id = turn.context.get("conversation_id"), turn.context.get("event_id")
        # Imported turns may hold anything.
        if turn.sender is not Sender.AGENT or not n.isdecimal() or not isinstance(call, str | None):
            return
        insort(self._ids.setdefault((epoch, call), []), (int(n), turn.id))
        if isinstance(event_id, int):
            insort(self._ids.setdefault((epoch, call, event_id), []), (int(n), turn.id))

    def before(self, epoch: str, call: str | None, event_id: int | None, n: int, most: int) -> list[str]:
        """Up to `most` of them with numbers up to `n`, latest first."""
        key = (epoch, call) if event_id is None else (epoch, call, event_id)
        ids = self._ids.get(key, [])
        end = bisect_right(ids, n, key=lambda each: each[0])
        return [turn_id for _, turn_id in reversed(ids[max(0, end - most) : end])]


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
        "mixed": event.mixed or None,
        "written": event.written,
    }
    return {name: value for name, value in facts.items() if value is not None}
