"""A turn as it is stored, and how a session's turns are read and written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from coachroom.clock import from_iso
from coachroom.recording.words import spoken_words
from coachroom.rooms.states import Sender
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Bulk

SQL = load_statements("coachroom.recording", "turn.sql")
# A plain insert takes a third of the CPU time of an upsert.
INSERT_TURNS = Bulk(SQL["insert_turns"], key=2)
UPSERT_TURNS = Bulk(SQL["upsert_turns"], key=2)

REPORTED_AT = "reported_at"
MISMATCHED_LATENCY = "mismatched_latency_ms"
RAW = "raw"


class CoachWords(StrEnum):
    """What a human coach wrote in a session: to the agent, to the client, or how their talk with the client went."""

    HINT = "hint"
    MESSAGE = "message"
    SUMMARY = "summary"


class Source(StrEnum):
    """Who brought a turn."""

    LIVE = "live"
    RECONCILE = "reconcile"


@dataclass(frozen=True)
class Turn:
    """One row of `conversations`. `id` names the turn whatever brings it; `seq` is its place, from 1.

    `message` holds the words that were said; it is empty where nothing was. `context` holds: source, conversation_id,
    event_id, typed, raw (the whole text, where the words are not all of it), interrupted, original (the text before
    its corrections), corrections (the text of each, by its event's number), what the page heard (events.DELAYS and
    cut_in), latency_ms (in its place, from pages before 2026-12), heard_by (reconcile, where
    only the provider knows of the interruption), cut_by (reconcile, where only it knows how much was spoken), and
    where a record gives another order than the page: reported_at, mismatched_latency_ms; mixed (client and human
    coach spoke at once, or nobody knows which), written (CoachWords, where a human coach wrote it); only what is
    known.
    """

    seq: int
    id: str
    message: str
    sender: Sender
    timestamp: datetime
    context: dict[str, Any] = field(default_factory=dict)

    def row(self, session_id: str) -> Row:
        """The parameters of INSERT_TURNS and UPSERT_TURNS."""
        return (session_id, self.seq, self.id, self.message, self.sender.value, self.timestamp, self._context_json)

    @cached_property
    def size(self) -> int:
        """The bytes of its words and its context."""
        return len(self.message.encode()) + len(self._context_json.encode())

    @cached_property
    def words(self) -> str:
        """The words of its message; empty where nothing was said."""
        return spoken_words(self.sender, self.message)

    @property
    def is_clients_own(self) -> bool:
        """Whether the client said it, and nobody else with them."""
        return self.sender is Sender.CLIENT and not self.context.get("mixed")

    @property
    def heard_by_agent_from(self) -> Sender | None:
        """Whose words they are to the agent, which tells no human from another; None where it does not hear them."""
        if "written" in self.context:
            return None
        return Sender.CLIENT if self.sender is Sender.COACH else self.sender

    @property
    def _context_json(self) -> str:
        return json.dumps(self.context, ensure_ascii=False)

    def noting(self, **facts: Any) -> Turn:
        """The same turn with more known about it."""
        return replace(self, context={**self.context, **facts})

    def as_said(self) -> Turn:
        """The same turn with its words alone; the raw text is kept beside."""
        return self._said or self

    @cached_property
    def _said(self) -> Turn | None:
        """None where the message holds nothing but its words."""
        if self.words and self.words == self.message:
            return None
        return replace(self.noting(**{RAW: self.message}), message=self.words)

    def interrupted_says(self, source: Source) -> Turn:
        """The same turn, of which somebody beside our page says that it was interrupted."""
        return self if self.context.get("interrupted") else self.noting(interrupted=True, heard_by=source.value)

    def cut_to(self, spoken: str, source: Source) -> Turn:
        """The same turn with what was spoken of it, as somebody beside our page says; all of it is kept beside."""
        facts = {RAW: self.context.get(RAW, self.message), "original": self.message, "cut_by": source.value}
        return replace(self.interrupted_says(source).noting(**facts), message=spoken)

    def without_latency(self) -> Turn:
        """The same turn, whose response time was measured from other words; it is kept beside, and counts nowhere."""
        return self._renamed("latency_ms", MISMATCHED_LATENCY)

    def moved_to(self, moment: datetime) -> Turn:
        """The same turn at another time; the time that the page reported is kept beside."""
        if moment == self.timestamp:
            return self
        return replace(self.noting(**{REPORTED_AT: self.timestamp.isoformat()}), timestamp=moment)

    def as_reported(self) -> Turn:
        """The turn as the page reported it: its raw text, without what a record changed."""
        turn = self._renamed(MISMATCHED_LATENCY, "latency_ms")
        if REPORTED_AT in turn.context:
            turn = replace(turn, timestamp=from_iso(turn.context[REPORTED_AT]))
        turn = replace(turn, message=turn.context.get(RAW, turn.message))
        added = {RAW, REPORTED_AT}
        added |= {"interrupted", "heard_by"} if "heard_by" in turn.context else set()
        added |= {"original", "cut_by"} if "cut_by" in turn.context else set()
        return replace(turn, context={name: fact for name, fact in turn.context.items() if name not in added})

    def _renamed(self, old: str, new: str) -> Turn:
        return replace(self, context={new if name == old else name: fact for name, fact in self.context.items()})


def load_turns(store: Store, session_id: str) -> list[Turn]:
    """The session's turns by `seq`, those without words too."""
    return [
        Turn(seq, turn_id, message, Sender(sender), timestamp, json.loads(context))
        for seq, turn_id, message, sender, timestamp, context in store.execute(SQL["list_turns"], [session_id])
    ]


def load_said_turns(store: Store, session_id: str) -> list[Turn]:
    """The session's turns by `seq` in which something was said."""
    return [turn for turn in load_turns(store, session_id) if turn.words]


def live_turns(turns: Iterable[Turn]) -> list[Turn]:
    """Of a session's turns those that its page reported, without what the provider's record added to them."""
    return [turn.as_reported() for turn in turns if turn.context.get("source") != Source.RECONCILE.value]


def new_and_changed(before: Iterable[Turn], after: Iterable[Turn]) -> tuple[list[Turn], list[Turn]]:
    """Of `after`, the turns whose `seq` is not on disk yet, and those that are there with other content."""
    on_disk = {turn.seq: turn for turn in before}
    new = [turn for turn in after if turn.seq not in on_disk]
    changed = [turn for turn in after if on_disk.get(turn.seq, turn) != turn]
    return new, changed


def turn_writes(session_id: str, before: Sequence[Turn], after: Sequence[Turn]) -> list[tuple[str, list[Any]]]:
    """The statements, with their parameters, that replace the turns on disk, `before`, with `after`.

    Made outside of a transaction, which has only to execute them.
    """
    new, changed = new_and_changed(before, after)
    writes: list[tuple[str, list[Any]]] = []
    for bulk, turns in ((INSERT_TURNS, new), (UPSERT_TURNS, changed)):
        if turns:
            columns = zip(*(turn.row(session_id) for turn in turns), strict=True)
            writes.append((bulk.sql, [list(column) for column in columns]))
    if len(after) < len(before):
        writes.append((SQL["delete_turns_after"], [session_id, len(after)]))
    return writes


def write_turns(transaction: Transaction, writes: Iterable[tuple[str, list[Any]]]) -> None:
    """Within the caller's transaction: executes these statements."""
    for sql, parameters in writes:
        transaction.execute(sql, parameters)
