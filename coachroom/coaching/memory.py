"""The ledger of what the coach may remember: one row a fact, all of it the client's to read, change and forget.

What is forgotten keeps no text, here or in what was noted of it, only a fingerprint and its source turns, so
that nothing from the same words is remembered again. Only the client brings it back, by writing it here.
What they put in their own words is not remembered again in others', either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coachroom.clock import Clock, new_id
from coachroom.coaching.resting import NotedWords, noted_words
from coachroom.coaching.validation import InvalidInputError, essence, one_line
from coachroom.coaching.wording import for_client
from coachroom.store.statements import load_statements
from coachroom.store.store import Row, Store, Transaction
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "memory.sql")
MAX_MEMORY_CHARS = 500
MAX_MEMORIES = 1_000


class MemoryKind(StrEnum):
    FACT = "fact"
    PREFERENCE = "preference"
    CHALLENGE = "challenge"
    SUMMARY = "summary"


class MemorySource(StrEnum):
    """Who wrote it: the client, the agent during a call, or the provider's analysis after it."""

    CLIENT = "client"
    TOOL = "tool"
    PROVIDER = "provider"


class MemoryStatus(StrEnum):
    ACTIVE = "active"
    EDITED = "edited"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Memory:
    """One remembered fact. `text` is None once forgotten; `turns` are ids of the session's turns it is based on."""

    id: str
    client_id: str
    kind: MemoryKind
    text: str | None
    session_id: str | None
    turns: tuple[str, ...]
    confidence: float
    source: MemorySource
    status: MemoryStatus
    created_at: datetime

    @property
    def words(self) -> str:
        """As its client reads it: their own words as they are, what was noted of them as a sentence to them."""
        own = self.source is MemorySource.CLIENT or self.status is MemoryStatus.EDITED
        return (self.text or "") if own else for_client(self.text or "")


@dataclass(frozen=True)
class Forgotten:
    """What a client has forgotten: its words, and the sessions it came from. At `at_time`, naive UTC."""

    client_id: str
    texts: tuple[str, ...]
    session_ids: tuple[str, ...]
    at_time: datetime


@dataclass(frozen=True)
class Forgetting:
    """What was just forgotten, as it was: memories, and notes of them as id, status and content.

    It is nowhere on record: whoever holds it can put it back, and nobody can once it is let go of.
    """

    client_id: str
    memories: tuple[Memory, ...]
    notes: tuple[tuple[str, str, str], ...]


# Removes forgotten words from what packages above keep, in the transaction that forgets them.
AfterForget = Callable[[Transaction, Forgotten], None]


class Ledger:
    """What is remembered of a client. Writes block until they are committed."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, after_forget: AfterForget) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._after_forget = after_forget

    def list_for(self, client_id: str) -> list[Memory]:
        """All that is remembered, newest first; what was forgotten is not among it."""
        return read_memories(self._store, client_id)

    def forgotten_turns(self, session_id: str) -> frozenset[str]:
        """Ids of this session's turns that something forgotten was based on."""
        return _turns(self._store.execute(SQL["forgotten_in"], [session_id]))

    def write(self, client_id: str, text: str, kind: MemoryKind = MemoryKind.FACT) -> str:
        """The client tells the coach something to remember; its id. Raises InvalidInputError."""
        memory = Memory(
            id=new_id(self._clock()),
            client_id=client_id,
            kind=kind,
            text=one_line(text, "The memory", MAX_MEMORY_CHARS),
            session_id=None,
            turns=(),
            confidence=1.0,
            source=MemorySource.CLIENT,
            status=MemoryStatus.ACTIVE,
            created_at=self._clock(),
        )
        kept = self._writer.submit(lambda transaction: remember(transaction, memory)).result()
        if kept is not RememberResult.NEW:
            raise InvalidInputError(WHY_NOT_KEPT[kept])
        return memory.id

    def edit(self, client_id: str, memory_id: str, text: str) -> None:
        """The client's own words for it from now on. Raises InvalidInputError."""
        words, now = one_line(text, "The memory", MAX_MEMORY_CHARS), self._clock()

        def work(transaction: Transaction) -> None:
            before, kind = _require(transaction, client_id, memory_id)
            transaction.execute(SQL["edit"], [memory_id, words, fingerprint(client_id, words), now])
            # Its former words would outlive it once it is forgotten.
            transaction.execute(
                SQL["edit_note"], [memory_id, json.dumps({"text": words, "memory_kind": kind}, ensure_ascii=False)]
            )
            if before != words:
                self._after_forget(transaction, Forgotten(client_id, (before,), (), now))

        self._writer.submit(work).result()

    def forget(self, client_id: str, memory_id: str) -> Forgetting:
        """Forgets it and all that is based on the same turns; what went. Raises InvalidInputError."""
        now = self._clock()
        return self._writer.submit(
            lambda transaction: forget(transaction, client_id, memory_id, now, self._after_forget)
        ).result()

    def take_back(self, forgetting: Forgetting) -> None:
        """Remembers again what was just forgotten, but for what the client has written anew meanwhile."""
        now = self._clock()

        def work(transaction: Transaction) -> None:
            for memory in forgetting.memories:
                transaction.execute(
                    SQL["restore"], [memory.id, forgetting.client_id, memory.text, memory.status, _mark(memory), now]
                )
            for note in forgetting.notes:
                transaction.execute(SQL["restore_note"], [*note, forgetting.client_id])

        self._writer.submit(work).result()

    def forget_all(self, client_id: str) -> int:
        """Forgets everything, and what is still to come of the sessions so far; how many there were."""
        now = self._clock()

        def work(transaction: Transaction) -> int:
            known = read_memories(transaction, client_id)
            _forget(transaction, client_id, known, now, self._after_forget)
            noted = transaction.execute(SQL["notes_of"], [client_id])
            transaction.execute(SQL["strike_notes"], [[proposal_id for proposal_id, *_ in noted], now])
            transaction.execute(SQL["nothing_before"], [client_id, now])
            return len(known)

        return self._writer.submit(work).result()


class RememberResult(StrEnum):
    """What became of something to remember."""

    NEW = "new"
    KNOWN = "known"
    OFF = "off"
    FORGOTTEN = "forgotten"
    FULL = "full"


WHY_NOT_KEPT = {
    RememberResult.KNOWN: "The coach remembers this already.",
    RememberResult.OFF: "Memory is switched off: switch it on first.",
    RememberResult.FORGOTTEN: "This was forgotten and stays so.",
    RememberResult.FULL: f"The coach remembers {MAX_MEMORIES} things already: forget some first.",
}


def remember(transaction: Transaction, memory: Memory) -> RememberResult:
    """Within the caller's transaction: keeps one more memory, unless the client does not want it kept.

    The same words are kept once. What the client forgot comes back only by their own hand (`source` client).
    """
    return remember_all(transaction, [memory])[0]


def remember_all(transaction: Transaction, memories: Sequence[Memory]) -> list[RememberResult]:
    """As `remember`, for several of one client's; what became of each."""
    if not memories:
        return []
    standing = _standing(transaction, memories[0].client_id)
    became = []
    new = []
    for memory in memories:
        became.append(standing.would_keep(memory))
        if became[-1] is RememberResult.NEW:
            standing.lines.append(_Line(memory.id, _mark(memory), memory.status, memory.session_id, memory.turns))
            new.append(_row(memory))
    if new:
        transaction.execute(SQL["add_memories"], [list(column) for column in zip(*new, strict=True)])
    return became


def may_remember(transaction: Transaction, memory: Memory) -> RememberResult:
    """Within the caller's transaction: what `remember` would answer, without keeping anything."""
    return _standing(transaction, memory.client_id).would_keep(memory)


@dataclass(frozen=True)
class _Line:
    """One line of the ledger, forgotten ones included, without its words."""

    id: str
    mark: str
    status: MemoryStatus
    session_id: str | None
    turns: tuple[str, ...]


@dataclass(frozen=True)
class _Standing:
    """What decides whether something may be remembered: the client's wish, and what is and was remembered."""

    remembers: bool
    nothing_before: datetime | None
    lines: list[_Line]
    taken_back: Sequence[NotedWords]

    def would_keep(self, memory: Memory) -> RememberResult:
        """What would become of it."""
        if not self.remembers:
            return RememberResult.OFF
        mark = _mark(memory)
        known = {line.status for line in self.lines if mark == line.mark or memory.id == line.id}
        if known - {MemoryStatus.FORGOTTEN}:
            return RememberResult.KNOWN
        if memory.source is not MemorySource.CLIENT:
            late = self.nothing_before is not None and memory.created_at < self.nothing_before
            if known or late or self._rests_on(memory, MemoryStatus.FORGOTTEN) or self._was_taken_back(memory):
                return RememberResult.FORGOTTEN
            # What the client put in their own words is not remembered again in others'.
            if self._rests_on(memory, MemoryStatus.EDITED):
                return RememberResult.KNOWN
        full = sum(line.status is not MemoryStatus.FORGOTTEN for line in self.lines) >= MAX_MEMORIES
        return RememberResult.FULL if full else RememberResult.NEW

    def _was_taken_back(self, memory: Memory) -> bool:
        return any(note.carries(memory.session_id, memory.text or "", memory.turns) for note in self.taken_back)

    def _rests_on(self, memory: Memory, status: MemoryStatus) -> bool:
        same = (line for line in self.lines if line.status is status and line.session_id == memory.session_id)
        return any(not set(line.turns).isdisjoint(memory.turns) for line in same)


def wishes_of(source: Store | Transaction, client_id: str) -> tuple[bool, datetime | None]:
    """Whether the client wants anything remembered, and before when nothing (naive UTC)."""
    found = source.execute(SQL["wishes"], [client_id])
    return found[0] if found else (True, None)


def _standing(transaction: Transaction, client_id: str) -> _Standing:
    remembers, nothing_before = wishes_of(transaction, client_id)
    lines = transaction.execute(SQL["lines_of"], [client_id])
    return _Standing(
        remembers,
        nothing_before,
        [
            _Line(memory_id, mark, MemoryStatus(status), session_id, tuple(json.loads(turns)))
            for memory_id, mark, status, session_id, turns in lines
        ],
        _taken_back(transaction, client_id),
    )


def _taken_back(transaction: Transaction, client_id: str) -> list[NotedWords]:
    """What the client undid or declined, but for what was noted again since and stands."""
    notes = [
        (status, noted_words(session_id, kind, json.loads(content), json.loads(turns)))
        for session_id, kind, content, turns, status in transaction.execute(SQL["noted_of"], [client_id])
    ]
    standing = {(note.session_id, note.texts) for status, note in notes if status == "applied"}
    return [note for status, note in notes if status != "applied" and (note.session_id, note.texts) not in standing]


def _mark(memory: Memory) -> str:
    if memory.text is None:
        raise ValueError("a memory without text")
    return fingerprint(memory.client_id, memory.text)


def _row(memory: Memory) -> Row:
    """The parameters of `add_memories`, one a column."""
    turns = json.dumps(list(memory.turns))
    who, what = (memory.id, memory.client_id, memory.kind.value), (memory.text, _mark(memory))
    whence = (memory.session_id, turns, memory.confidence, memory.source.value)
    return (*who, *what, *whence, memory.status.value, memory.created_at)


def forget(
    transaction: Transaction, client_id: str, memory_id: str, now: datetime, after_forget: AfterForget
) -> Forgetting:
    """Within the caller's transaction: as Ledger.forget."""
    _require(transaction, client_id, memory_id)
    known = read_memories(transaction, client_id)
    gone = next(memory for memory in known if memory.id == memory_id)
    same_words = [memory for memory in known if memory is gone or _same_turns(gone, memory.session_id, memory.turns)]
    notes = _forget(transaction, client_id, same_words, now, after_forget)
    return Forgetting(client_id, tuple(same_words), notes)


def forget_resting_on(
    transaction: Transaction, client_id: str, note: NotedWords, now: datetime, after_forget: AfterForget
) -> None:
    """Within the caller's transaction: forgets what rests on a note; what the client put in their own words stays."""
    gone = [
        memory
        for memory in read_memories(transaction, client_id)
        if memory.source is not MemorySource.CLIENT
        and memory.status is MemoryStatus.ACTIVE
        and note.carries(memory.session_id, memory.text or "", memory.turns)
    ]
    if gone:
        _forget(transaction, client_id, gone, now, after_forget, same_turns=False)


def read_memories(source: Store | Transaction, client_id: str) -> list[Memory]:
    """As Ledger.list_for, within a transaction too."""
    return [_memory(row) for row in source.execute(SQL["memories_of"], [client_id])]


def fingerprint(client_id: str, text: str) -> str:
    """The same for the same words of the same client, whatever their case and punctuation; tells no word of them."""
    return hashlib.sha256(f"{client_id}\0{essence(text)}".encode()).hexdigest()[:32]


def _require(transaction: Transaction, client_id: str, memory_id: str) -> tuple[str, str]:
    """Text and kind of this client's memory. Raises InvalidInputError."""
    found = transaction.execute(SQL["own_memory"], [memory_id, client_id])
    if not found:
        raise InvalidInputError("There is no such memory of yours: reload the page.")
    return found[0][0], found[0][1]


def _same_turns(gone: Memory, session_id: str | None, turns: Sequence[str]) -> bool:
    return gone.session_id is not None and gone.session_id == session_id and not set(gone.turns).isdisjoint(turns)


def _forget(
    transaction: Transaction,
    client_id: str,
    gone: Sequence[Memory],
    now: datetime,
    after_forget: AfterForget,
    *,
    same_turns: bool = True,
) -> tuple[tuple[str, str, str], ...]:
    """Deletes the words of these memories, here, in what was noted of them or of their turns, and above.

    Returns the notes as they were: id, status and content.
    """
    transaction.execute(SQL["forget"], [[memory.id for memory in gone], now])
    ids = {memory.id for memory in gone}
    marks = {fingerprint(client_id, memory.text or "") for memory in gone}
    notes = tuple(
        (note_id, status, content)
        for note_id, session_id, turns, target_id, content, status in transaction.execute(
            SQL["notes_of"], [client_id]
        )
        if target_id in ids
        or fingerprint(client_id, str(json.loads(content).get("text", ""))) in marks
        or (same_turns and any(_same_turns(memory, session_id, json.loads(turns)) for memory in gone))
    )
    transaction.execute(SQL["strike_notes"], [[note_id for note_id, *_ in notes], now])
    texts = tuple(memory.text for memory in gone if memory.text)
    sessions = tuple(memory.session_id for memory in gone if memory.session_id)
    after_forget(transaction, Forgotten(client_id, texts, sessions, now))
    return notes


def _turns(rows: Sequence[Row]) -> frozenset[str]:
    return frozenset(turn for (turns,) in rows for turn in json.loads(turns))


def _memory(row: Row) -> Memory:
    memory_id, client_id, kind, text, session_id, turns, confidence, source, status, created_at = row
    return Memory(
        memory_id,
        client_id,
        MemoryKind(kind),
        text,
        session_id,
        tuple(json.loads(turns)),
        confidence,
        MemorySource(source),
        MemoryStatus(status),
        created_at,
    )
