"""Brings our record of a session together with the provider's. Pure: the same records give the same turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from coachroom.coaching.validation import essence
from coachroom.elevenlabs.call_record import CallRecord, CallTurn
from coachroom.recording.turn import Source, Turn
from coachroom.rooms.states import Sender

# Beyond this many lines that differ, finding the best pairs would hold everybody up.
MAX_COMPARED = 2_000


def compose(live: Iterable[Turn], records: Iterable[CallRecord]) -> list[Turn]:
    """All turns of a session, in order and numbered from 1: ours as they are, and what only the provider has.

    Ours came from the page while it happened, with exact times; the provider's fill the gaps that a lost
    connection left. `live` are ours alone, in any order.
    """
    turns = _in_order(live)
    for record in sorted(records, key=lambda each: (each.started_at, each.conversation_id)):
        turns = _merged(turns, record)
    return [turn if turn.seq == seq else replace(turn, seq=seq) for seq, turn in enumerate(_in_time(turns), start=1)]


def _in_order(live: Iterable[Turn]) -> list[Turn]:
    """Turns of one load of the page by their numbers; those of several by their times. However they arrived."""
    pages: dict[str, list[tuple[int, int, Turn]]] = {}
    for place, turn in enumerate(live):
        page, _, n = turn.id.rpartition(".")
        pages.setdefault(page, []).append((int(n) if n.isdecimal() else place, place, turn))
    said = {page: [turn for *_, turn in sorted(each, key=lambda one: one[:2])] for page, each in pages.items()}
    if len(said) < 2:
        return [turn for each in said.values() for turn in each]
    keyed: list[tuple[tuple[datetime, datetime, str], Turn]] = []
    for page, each in said.items():
        latest = each[0].timestamp
        for turn in each:
            latest = max(latest, turn.timestamp)
            keyed.append(((latest, each[0].timestamp, page), turn))
    return [turn for _, turn in sorted(keyed, key=lambda one: one[0])]


def _merged(turns: Sequence[Turn], record: CallRecord) -> list[Turn]:
    """The turns with what one call's record adds."""
    ours = [
        turn for turn in turns if _is_ours(turn) and turn.context.get("conversation_id") == record.conversation_id
    ]
    followers: dict[str | None, list[Turn]] = {}
    known: dict[str, Turn] = {}
    previous: str | None = None
    for mine, theirs in _pairs(ours, record):
        if mine is not None:
            previous = mine.id
            if theirs is not None and theirs[1].interrupted and mine.sender is Sender.AGENT:
                known[mine.id] = mine.interrupted_says(Source.RECONCILE)
        elif theirs is not None:
            followers.setdefault(previous, []).append(_new_turn(record, *theirs))
    return list(_woven(turns, _before(turns, ours, record), known, followers))


def _is_ours(turn: Turn) -> bool:
    return turn.context.get("source") != Source.RECONCILE.value


def _before(turns: Sequence[Turn], ours: Sequence[Turn], record: CallRecord) -> str | None:
    """The turn before which the call began: its first one, or the first after its start; None for the end."""
    if ours:
        return ours[0].id
    return next((turn.id for turn in turns if turn.timestamp > record.started_at), None)


def _pairs(ours: Sequence[Turn], record: CallRecord) -> Iterator[tuple[Turn | None, tuple[int, CallTurn] | None]]:
    """Both records side by side, in order; a line that only one of them has stands alone."""
    mine = [(turn.sender, essence(turn.message)) for turn in ours]
    theirs = [(turn.sender, essence(turn.message)) for turn in record.turns]
    numbered = list(enumerate(record.turns))
    if len(mine) + len(theirs) > 2 * MAX_COMPARED:
        yield from _block(ours, numbered)
        return
    for _, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        yield from _block(ours[a:b], numbered[c:d])


def _block(
    ours: Sequence[Turn], theirs: Sequence[tuple[int, CallTurn]]
) -> Iterator[tuple[Turn | None, tuple[int, CallTurn] | None]]:
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


def _new_turn(record: CallRecord, index: int, theirs: CallTurn) -> Turn:
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


def _woven(
    turns: Sequence[Turn], begins_before: str | None, known: dict[str, Turn], followers: dict[str | None, list[Turn]]
) -> Iterator[Turn]:
    """Every turn with those that follow it."""
    for turn in turns:
        if turn.id == begins_before:
            yield from followers.pop(None, [])
        yield known.get(turn.id, turn)
        yield from followers.pop(turn.id, [])
    yield from followers.pop(None, [])


def _in_time(turns: Sequence[Turn]) -> list[Turn]:
    """Whole seconds are coarse: a filled-in turn is moved between its neighbours, ours stay."""
    later: list[datetime | None] = []
    next_of_ours: datetime | None = None
    for turn in reversed(turns):
        later.append(next_of_ours)
        next_of_ours = turn.timestamp if _is_ours(turn) else next_of_ours
    timed: list[Turn] = []
    for turn, limit in zip(turns, reversed(later), strict=True):
        if _is_ours(turn):
            timed.append(turn)
            continue
        moment = min(turn.timestamp, limit) if limit else turn.timestamp
        moment = max(moment, timed[-1].timestamp) if timed else moment
        timed.append(replace(turn, timestamp=moment))
    return timed
