"""Brings our record of a session together with the provider's. Pure: the same records give the same turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import NamedTuple

from coachroom.coaching.validation import essence
from coachroom.elevenlabs.call_record import CallRecord, CallTurn
from coachroom.recording.shared_voice import SharedVoice
from coachroom.recording.turn import Source, Turn
from coachroom.recording.words import spoken_words
from coachroom.rooms.states import Sender

# Beyond this many lines that differ, finding the best pairs would hold everybody up.
MAX_COMPARED = 2_000


class Words(NamedTuple):
    """What was to be said, and whether any of it was heard."""

    speaker: Sender | None
    essence: str
    heard: bool


def compose(
    live: Iterable[Turn], records: Iterable[CallRecord], shared_voices: Sequence[SharedVoice] = ()
) -> list[Turn]:
    """All turns of a session, each thing said once, numbered from 1, in the order of the calls' records.

    `live` are the turns that the page reported, in any order. They keep their words and, where the order allows it,
    their exact times; the records give the order, because the provider knows what it heard first, and fill gaps. A
    response time stays only where the answer follows the words that it was measured from. A live turn without words
    stays at its place; a record's line without words is left out. To the provider the client and a human coach are
    one speaker: our turn says which of them, and what only the record has may be of either in `shared_voices`.
    """
    reported = [turn.as_said() for turn in _in_order(live)]
    turns = _questions_first(reported)
    for record in sorted(records, key=lambda each: (each.started_at, each.conversation_id)):
        turns = _merged(turns, record)
    timed = [
        turn.noting(mixed=True) if _may_be_a_coachs(turn, shared_voices) else turn
        for turn in _with_rising_times(_without_foreign_latency(turns, reported))
    ]
    return [turn if turn.seq == seq else replace(turn, seq=seq) for seq, turn in enumerate(timed, start=1)]


def _in_order(live: Iterable[Turn]) -> list[Turn]:
    """Turns of one page load by their numbers, those of several by their times. In whatever order they arrived."""
    pages: dict[str, list[tuple[int, int, Turn]]] = {}
    for place, turn in enumerate(live):
        page, _, n = turn.id.rpartition(".")
        pages.setdefault(page, []).append((int(n) if n.isdecimal() else place, place, turn))
    ordered = {page: [turn for *_, turn in sorted(each, key=lambda one: one[:2])] for page, each in pages.items()}
    if len(ordered) < 2:
        return [turn for each in ordered.values() for turn in each]
    keyed: list[tuple[tuple[datetime, datetime, str], Turn]] = []
    for page, each in ordered.items():
        latest = each[0].timestamp
        for turn in each:
            latest = max(latest, turn.timestamp)
            keyed.append(((latest, each[0].timestamp, page), turn))
    return [turn for _, turn in sorted(keyed, key=lambda one: one[0])]


def _questions_first(turns: Sequence[Turn]) -> list[Turn]:
    """The turns with the client's words before the agent's answer to the same event, when they arrived after it."""
    answers: dict[tuple[object, int], int] = {}
    questions: dict[int, list[Turn]] = {}
    others: list[Turn] = []
    for turn in turns:
        event = turn.context.get("event_id")
        if isinstance(event, int):
            key = (turn.context.get("conversation_id"), event)
            if turn.heard_by_agent_from is Sender.CLIENT and key in answers:
                questions.setdefault(answers[key], []).append(turn)
                continue
            if turn.sender is Sender.AGENT:
                answers.setdefault(key, len(others))
        others.append(turn)
    return [each for place, turn in enumerate(others) for each in (*questions.get(place, ()), turn)]


def _merged(turns: Sequence[Turn], record: CallRecord) -> list[Turn]:
    """The turns with one call's turns in its record's order, and what only the record has."""
    turns = _without_unheard(turns, record)
    ours = [turn for turn in turns if _is_of(turn, record)]
    spoken = [turn for turn in ours if turn.message or "original" in turn.context]
    lines = [(index, line) for index, line in enumerate(_heard(record)) if _whole_line(line)]
    pairs = _pairs(spoken, [line for _, line in lines])
    first, last = _stretch(turns, ours, record)
    paired_with = {lines[place][0]: spoken[mine] for mine, place in pairs.items()}
    paired_ids = {turn.id for turn in paired_with.values()}
    followers: dict[str | None, list[Turn]] = {}
    before: str | None = None
    for turn in turns[first:last]:
        if turn.id not in paired_ids:
            followers.setdefault(before, []).append(turn)
        else:
            before = turn.id
    middle = followers.pop(None, [])
    for index, theirs in lines:
        mine = paired_with.get(index)
        if mine is not None:
            cut = theirs.interrupted and mine.sender is Sender.AGENT and _words(theirs)
            middle += [_cut(mine, theirs) if cut else mine, *followers.pop(mine.id, [])]
        elif _words(theirs):
            middle.append(_new_turn(record, index, theirs))
    return [*turns[:first], *middle, *turns[last:]]


def _heard(record: CallRecord) -> Iterator[CallTurn]:
    return (line for line in record.turns if line.message)


def _without_unheard(turns: Sequence[Turn], record: CallRecord) -> list[Turn]:
    """The turns, without the words of those answers of which by the record nothing was spoken."""
    unheard = Counter(
        essence(spoken_words(line.sender, line.original))
        for line in record.turns
        if line.original and not _words(line)
    )
    heard = Counter(essence(_words(line)) for line in _heard(record) if line.sender is Sender.AGENT)
    silenced = list(turns)
    for place, turn in enumerate(turns):
        words = essence(turn.message)
        ours = turn.sender is Sender.AGENT and _is_of(turn, record) and "original" not in turn.context
        if not ours or not words or not unheard[words]:
            continue
        if heard[words]:
            heard[words] -= 1
            continue
        unheard[words] -= 1
        silenced[place] = turn.cut_to("", Source.RECONCILE)
    return silenced


def _cut(mine: Turn, theirs: CallTurn) -> Turn:
    """Our answer as the record has it interrupted; the page may have missed how much of it was spoken."""
    spoken = _words(theirs)
    shorter = essence(mine.message) != essence(spoken) and essence(mine.message).startswith(essence(spoken))
    if shorter and "original" not in mine.context:
        return mine.cut_to(spoken, Source.RECONCILE)
    return mine.interrupted_says(Source.RECONCILE)


def _whole(turn: Turn) -> str:
    """Our words as they were to be said."""
    original = turn.context.get("original")
    return spoken_words(turn.sender, original) if original else turn.message


def _whole_line(line: CallTurn) -> str:
    """Their words as they were to be said, where the record has that."""
    return (spoken_words(line.sender, line.original) if line.original else "") or _words(line)


def _words(line: CallTurn) -> str:
    return spoken_words(line.sender, line.message)


def _may_be_a_coachs(turn: Turn, shared_voices: Sequence[SharedVoice]) -> bool:
    clients = turn.sender is Sender.CLIENT and not _is_ours(turn)
    return clients and any(each.covers(turn.timestamp) for each in shared_voices)


def _is_of(turn: Turn, record: CallRecord) -> bool:
    return _is_ours(turn) and turn.context.get("conversation_id") == record.conversation_id


def _is_ours(turn: Turn) -> bool:
    return turn.context.get("source") != Source.RECONCILE.value


def _stretch(turns: Sequence[Turn], ours: Sequence[Turn], record: CallRecord) -> tuple[int, int]:
    """Where the call's turns begin and end; where we have none of them, the place of its start."""
    if ours:
        ids = [turn.id for turn in turns]
        return ids.index(ours[0].id), ids.index(ours[-1].id) + 1
    place = next((index for index, turn in enumerate(turns) if turn.timestamp > record.started_at), len(turns))
    return place, place


def _pairs(ours: Sequence[Turn], theirs: Sequence[CallTurn]) -> dict[int, int]:
    """Which line of theirs each of ours is, by their places.

    First the same words in the same order, then the same words wherever they are, then an answer of which one side
    has the beginning alone, then what is left between them: lines of the same speaker in the same order, worded
    differently. A turn that was cut to nothing is only the line that has its original words, and first one of which
    nothing was spoken; no other turn is such a line. What was cut to the same beginning is told apart by what was to
    be said.
    """
    my_words = [Words(turn.heard_by_agent_from, essence(_whole(turn)), bool(turn.message)) for turn in ours]
    their_words = [Words(line.sender, essence(_whole_line(line)), bool(_words(line))) for line in theirs]
    blocks, pairs = _aligned(my_words, their_words)
    _pair_equal(my_words, their_words, pairs)
    _pair_equal([each._replace(heard=True) for each in my_words], their_words, pairs)
    _pair_cut(ours, theirs, (my_words, their_words), pairs)
    taken = set(pairs.values())
    for mine, others in blocks:
        waiting = [index for index in others if index not in taken and their_words[index].heard]
        for place in mine:
            if place in pairs or not ours[place].message:
                continue
            speaker = ours[place].heard_by_agent_from
            index = next((each for each in waiting if theirs[each].sender is speaker), None)
            if index is not None:
                pairs[place] = index
                waiting = [each for each in waiting if each > index]
    return pairs


def _aligned(mine: Sequence[Words], theirs: Sequence[Words]) -> tuple[list[tuple[range, range]], dict[int, int]]:
    """The stretches that differ, and the pairs of lines that are equal in the same order."""
    if len(mine) + len(theirs) > 2 * MAX_COMPARED:
        return [(range(len(mine)), range(len(theirs)))], {}
    blocks: list[tuple[range, range]] = []
    pairs: dict[int, int] = {}
    for tag, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if tag == "equal":
            pairs.update(zip(range(a, b), range(c, d), strict=True))
        else:
            blocks.append((range(a, b), range(c, d)))
    return blocks, pairs


def _pair_equal(mine: Sequence[Words], theirs: Sequence[Words], pairs: dict[int, int]) -> None:
    """Adds the pairs of equal lines that are left, whatever their order."""
    taken = set(pairs.values())
    left: dict[Words, list[int]] = {}
    for index, words in enumerate(theirs):
        if index not in taken:
            left.setdefault(words, []).append(index)
    for place, words in enumerate(mine):
        if place not in pairs and left.get(words):
            pairs[place] = left[words].pop(0)


def _pair_cut(
    ours: Sequence[Turn],
    theirs: Sequence[CallTurn],
    words: tuple[Sequence[Words], Sequence[Words]],
    pairs: dict[int, int],
) -> None:
    """Adds the pairs of answers that were interrupted where only one side knows of it."""
    taken = set(pairs.values())
    answers = [
        each
        for each, line in enumerate(theirs)
        if line.sender is Sender.AGENT and words[1][each].heard and each not in taken
    ]
    for place, turn in enumerate(ours):
        if place in pairs or turn.sender is not Sender.AGENT or not turn.message:
            continue
        cut = (each for each in answers if theirs[each].interrupted or turn.context.get("interrupted"))
        index = next((each for each in cut if _begins(words[0][place].essence, words[1][each].essence)), None)
        if index is not None:
            pairs[place] = index
            answers.remove(index)


def _begins(one: str, other: str) -> bool:
    """Whether one of the two is the beginning of the other."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def _new_turn(record: CallRecord, index: int, theirs: CallTurn) -> Turn:
    facts = {"source": Source.RECONCILE.value, "conversation_id": record.conversation_id}
    turn = Turn(
        seq=0,
        id=f"{record.conversation_id}.{index}",
        message=theirs.message,
        sender=theirs.sender,
        timestamp=record.started_at + timedelta(seconds=theirs.seconds),
        context=dict(facts),
    ).as_said()
    return turn.noting(interrupted=True) if theirs.interrupted else turn


def _without_foreign_latency(turns: Sequence[Turn], reported: Sequence[Turn]) -> list[Turn]:
    """The page measures from the client's latest words it knows of; where the order says otherwise, that is wrong."""
    measured_from, asked = _questions(reported), _questions(turns)
    return [
        turn.without_latency()
        if "latency_ms" in turn.context and measured_from.get(turn.id) != asked[turn.id]
        else turn
        for turn in turns
    ]


def _questions(turns: Sequence[Turn]) -> Mapping[str, str | None]:
    """For each turn the id of what was said to the agent before it in the same call."""
    latest: dict[object, str] = {}
    found: dict[str, str | None] = {}
    for turn in turns:
        call = turn.context.get("conversation_id")
        found[turn.id] = latest.get(call)
        if turn.heard_by_agent_from is Sender.CLIENT and turn.message:
            latest[call] = turn.id
    return found


def _with_rising_times(turns: Sequence[Turn]) -> list[Turn]:
    """Ours keep their times unless the order moved them; a filled-in turn, of whole seconds, fits between them."""
    risen: list[Turn] = []
    latest: datetime | None = None
    for turn in turns:
        if _is_ours(turn):
            latest = max(turn.timestamp, latest) if latest else turn.timestamp
            risen.append(turn.moved_to(latest))
        else:
            risen.append(turn)
    limits: list[datetime | None] = []
    next_of_ours: datetime | None = None
    for turn in reversed(risen):
        limits.append(next_of_ours)
        next_of_ours = turn.timestamp if _is_ours(turn) else next_of_ours
    timed: list[Turn] = []
    for turn, limit in zip(risen, reversed(limits), strict=True):
        if _is_ours(turn):
            timed.append(turn)
            continue
        moment = min(turn.timestamp, limit) if limit else turn.timestamp
        moment = max(moment, timed[-1].timestamp) if timed else moment
        timed.append(replace(turn, timestamp=moment))
    return timed
