"""Brings our record of a call together with the provider's. Pure: the same two records give the same result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from coachroom.agent.events import Sender
from coachroom.agent.turns import Source, Turn


@dataclass(frozen=True)
class ProviderTurn:
    """One line of the provider's transcript; `seconds` (whole ones) count from the call's start."""

    sender: Sender
    message: str
    seconds: float
    interrupted: bool


@dataclass(frozen=True)
class ProviderRecord:
    """The provider's transcript of one call with our client `user_id`. `settled`: it will not grow any more."""

    conversation_id: str
    started_at: datetime
    settled: bool
    turns: tuple[ProviderTurn, ...]
    user_id: str | None = None


def merge(kept: Sequence[Turn], record: ProviderRecord) -> list[Turn]:
    """All turns of the session, in order and numbered from 1: ours as they are, and what only the provider has.

    Ours came from the page while it happened, with exact times; the provider's fill the gaps that a lost
    connection left. What an earlier record filled in is filled in anew, so that merging again changes nothing;
    a record that knows less than the earlier one is left alone.
    """
    filled_before = [turn for turn in kept if _filled_in(turn, record)]
    live = [turn for turn in kept if not _filled_in(turn, record)]
    ours = [turn for turn in live if turn.context.get("conversation_id") == record.conversation_id]
    followers: dict[str | None, list[Turn]] = {}
    known: dict[str, Turn] = {}
    previous: str | None = None
    for mine, theirs in _pairs(ours, record):
        if mine is not None:
            previous = mine.id
            interrupted = theirs is not None and theirs[1].interrupted and mine.sender is Sender.AGENT
            known[mine.id] = mine.noting(interrupted=True) if interrupted else mine
        elif theirs is not None:
            followers.setdefault(previous, []).append(_new_turn(record, *theirs))
    if not record.turns or sum(map(len, followers.values())) < len(filled_before):
        return list(kept)
    return _numbered(live, _before(live, ours, record), known, followers)


def _filled_in(turn: Turn, record: ProviderRecord) -> bool:
    return (
        turn.context.get("source") == Source.RECONCILE.value
        and turn.context.get("conversation_id") == record.conversation_id
    )


def _before(live: Sequence[Turn], ours: Sequence[Turn], record: ProviderRecord) -> str | None:
    """The turn before which the call began: its first one, or the first after its start; None for the end."""
    if ours:
        return ours[0].id
    return next((turn.id for turn in live if turn.timestamp > record.started_at), None)


def _pairs(
    ours: Sequence[Turn], record: ProviderRecord
) -> Iterator[tuple[Turn | None, tuple[int, ProviderTurn] | None]]:
    """Both records side by side, in order; a line that only one of them has stands alone."""
    mine = [(turn.sender, _essence(turn.message)) for turn in ours]
    theirs = [(turn.sender, _essence(turn.message)) for turn in record.turns]
    numbered = list(enumerate(record.turns))
    for _, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        yield from _block(ours[a:b], numbered[c:d])


def _block(
    ours: Sequence[Turn], theirs: Sequence[tuple[int, ProviderTurn]]
) -> Iterator[tuple[Turn | None, tuple[int, ProviderTurn] | None]]:
    """Within a stretch, lines of the same speaker in the same order are the same turn, worded differently."""
    waiting = list(theirs)
    for turn in ours:
        place = next((i for i, (_, other) in enumerate(waiting) if other.sender is turn.sender), None)
        if place is None:
            yield turn, None
            continue
        for earlier in waiting[:place]:
            yield None, earlier
        yield turn, waiting[place]
        del waiting[: place + 1]
    for left_over in waiting:
        yield None, left_over


def _essence(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _new_turn(record: ProviderRecord, index: int, theirs: ProviderTurn) -> Turn:
    facts = {"source": Source.RECONCILE.value, "conversation_id": record.conversation_id}
    turn = Turn(
        seq=0,
        id=f"{record.conversation_id}.{index}",
        message=theirs.message,
        sender=theirs.sender,
        timestamp=record.started_at + timedelta(seconds=theirs.seconds),
        context=dict(facts),
    )
    return turn.noting(interrupted=True) if theirs.interrupted else turn


def _numbered(
    live: Sequence[Turn], begins_before: str | None, known: dict[str, Turn], followers: dict[str | None, list[Turn]]
) -> list[Turn]:
    """Every turn with those that follow it; times never run backwards through what was filled in."""
    result: list[Turn] = []
    for turn in live:
        if turn.id == begins_before:
            result += followers.pop(None, [])
        result.append(known.get(turn.id, turn))
        result += followers.pop(turn.id, [])
    result += followers.pop(None, [])
    return _in_time([replace(turn, seq=seq) for seq, turn in enumerate(result, start=1)])


def _in_time(turns: list[Turn]) -> list[Turn]:
    """Whole seconds are coarse: a filled-in turn is moved between its neighbours, ours stay."""
    timed: list[Turn] = []
    for place, turn in enumerate(turns):
        if turn.context.get("source") == Source.RECONCILE.value:
            later = next(
                (t.timestamp for t in turns[place + 1 :] if t.context.get("source") != Source.RECONCILE.value), None
            )
            moment = min(turn.timestamp, later) if later else turn.timestamp
            moment = max(moment, timed[-1].timestamp) if timed else moment
            timed.append(replace(turn, timestamp=moment))
        else:
            timed.append(turn)
    return timed
