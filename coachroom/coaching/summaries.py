"""What a session was about, for its client: a title, and a few sentences that each say what they rest on.

Both are made from what was remembered and noted, each time they are read: what the client forgets or undoes is in
neither any more. The client may give the session a title of their own, and share the sentences of a summary with
their human coach. What is shared are these sentences: one that comes later is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coachroom.clock import Clock, short_date
from coachroom.coaching.memory import Ledger, Memory, MemoryKind
from coachroom.coaching.proposal_text import due_day
from coachroom.coaching.proposals import Proposal, ProposalKind, Proposals, ProposalStatus
from coachroom.coaching.resting import noted_words
from coachroom.coaching.score_text import score_meaning, signed_score
from coachroom.coaching.stages import Stage
from coachroom.coaching.validation import optional_line
from coachroom.coaching.written_steps import WrittenStep, steps_by, steps_of
from coachroom.store.statements import load_statements
from coachroom.store.store import Store
from coachroom.store.writer import Writer

SQL = load_statements("coachroom.coaching", "summaries.sql")
MIN_SENTENCES, MAX_SENTENCES = 3, 6
MAX_TITLE_CHARS = 80
MAX_MADE_TITLE_CHARS = 60
_WISH = re.compile(
    r"^(?:(?:I|you) (?:want|would like|wish) to|I['\u2019]d like to|(?:my|your) goal is to) ", re.IGNORECASE
)


@dataclass(frozen=True)
class SummarySentence:
    """`turns`: ids of the session's turns that it rests on; `id`: of the memory or note that it is made from."""

    id: str
    text: str
    turns: tuple[str, ...]


@dataclass(frozen=True)
class SessionSummary:
    """`title` is the client's own or made from what was noted, None where nothing was; `shared`: ids of sentences."""

    session_id: str
    title: str | None
    sentences: tuple[SummarySentence, ...]
    shared: frozenset[str] | None

    @property
    def shared_sentences(self) -> tuple[SummarySentence, ...]:
        """What the human coach may read."""
        return tuple(each for each in self.sentences if each.id in (self.shared or ()))


class Summaries:
    """Titles and summaries of a client's sessions. Whoever asks knows that the session is the client's."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, *, memory: Ledger, proposals: Proposals) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._memory = memory
        self._proposals = proposals

    def of_session(self, client_id: str, session_id: str) -> SessionSummary:
        """The session's title and summary as they are now."""
        return self._summary(client_id, session_id, self._memory.list_for(client_id), self._choices(client_id))

    def titles(self, client_id: str) -> dict[str, str]:
        """The titles of the client's sessions, by session; those without one are missing."""
        made: dict[str, dict[str, str]] = {}
        for session_id, kind, content in self._store.execute(SQL["noted_by"], [client_id]):
            made.setdefault(session_id, {}).setdefault(kind, _noted_title(kind, json.loads(content)))
        titles = {session_id: _first(noted) for session_id, noted in made.items()}
        for memory in self._memory.list_for(client_id):
            if memory.kind is MemoryKind.SUMMARY and memory.session_id is not None:
                titles.setdefault(memory.session_id, headline(memory.words))
        for step in steps_by(self._store, client_id):
            if step.stage is Stage.GOAL:
                titles.setdefault(step.session_id, headline(step.words))
        own = {session_id: title for session_id, (title, _) in self._choices(client_id).items() if title}
        return {session_id: title for session_id, title in {**titles, **own}.items() if title}

    def shared_by(self, client_id: str) -> list[SessionSummary]:
        """The client's summaries that their human coach may read, each only with what is shared of it."""
        memories, choices = self._memory.list_for(client_id), self._choices(client_id)
        shared = [
            self._summary(client_id, session_id, memories, choices)
            for session_id, (_, ids) in choices.items()
            if ids is not None
        ]
        return [
            SessionSummary(each.session_id, each.title, each.shared_sentences, each.shared)
            for each in shared
            if each.shared_sentences
        ]

    def rename(self, client_id: str, session_id: str, title: str | None) -> None:
        """The client's own title; without one it is made from what was noted. Raises InvalidInputError."""
        words, now = optional_line((title or "").strip(), "The title", MAX_TITLE_CHARS), self._clock()
        self._writer.submit(
            lambda transaction: transaction.execute(SQL["put_title"], [session_id, client_id, words, now])
        ).result()

    def share(self, client_id: str, session_id: str, sentences: Iterable[str] | None) -> None:
        """The human coach may read these sentences, by their ids; None: nothing of it."""
        ids, now = None if sentences is None else json.dumps(list(sentences)), self._clock()
        self._writer.submit(
            lambda transaction: transaction.execute(SQL["put_shared"], [session_id, client_id, ids, now])
        ).result()

    def _choices(self, client_id: str) -> dict[str, tuple[str | None, frozenset[str] | None]]:
        return {
            session_id: (title, None if shared is None else frozenset(json.loads(shared)))
            for session_id, title, shared in self._store.execute(SQL["choices_of"], [client_id])
        }

    def _summary(
        self,
        client_id: str,
        session_id: str,
        memories: Sequence[Memory],
        choices: Mapping[str, tuple[str | None, frozenset[str] | None]],
    ) -> SessionSummary:
        remembered = [memory for memory in reversed(memories) if memory.session_id == session_id]
        own, shared = choices.get(session_id, (None, None))
        noted = [each for each in self._proposals.of_session(session_id) if each.status is ProposalStatus.APPLIED]
        title = own or self.titles(client_id).get(session_id)
        written = tuple(_written_sentence(step) for step in steps_of(self._store, session_id))
        return SessionSummary(session_id, title, written + tuple(sentences(remembered, noted)), shared)


def sentences(remembered: Sequence[Memory], noted: Sequence[Proposal]) -> list[SummarySentence]:
    """At most six: the session's summary, what was noted and is not in it, and facts where that is little."""
    found = [_sentence(memory) for memory in remembered if memory.kind is MemoryKind.SUMMARY]
    for note in noted:
        words = noted_words(note.session_id, note.kind, note.content, note.turns)
        text = _noted_sentence(note)
        if text and not any(words.carries(note.session_id, each.text, each.turns) for each in found):
            found.append(SummarySentence(note.id, text, note.turns))
    facts: Iterator[Memory] = (memory for memory in remembered if memory.kind is not MemoryKind.SUMMARY)
    while len(found) < MIN_SENTENCES and (memory := next(facts, None)) is not None:
        found.append(_sentence(memory))
    return found[:MAX_SENTENCES]


def headline(text: str) -> str:
    """A short title from a sentence, without the words that begin a wish."""
    words = _WISH.sub("", text).strip().rstrip(".!")
    words = words[:1].upper() + words[1:]
    if len(words) <= MAX_MADE_TITLE_CHARS:
        return words
    return words[:MAX_MADE_TITLE_CHARS].rsplit(" ", 1)[0].rstrip(",;:") + "\u2026"


_WRITTEN = {
    Stage.GOAL: "What you want: ",
    Stage.REALITY: "Where you are: ",
    Stage.OPTIONS: "What you could do: ",
    Stage.WILL: "You decided on a next step: ",
}


def _written_sentence(step: WrittenStep) -> SummarySentence:
    words = " ".join(step.words.split())
    return SummarySentence(f"{step.session_id}.{step.stage}", f"{_WRITTEN[step.stage]}\u201c{words}\u201d.", ())


def _sentence(memory: Memory) -> SummarySentence:
    return SummarySentence(memory.id, memory.words, memory.turns)


def _first(noted: Mapping[str, str]) -> str:
    return next((noted[kind] for kind in ("goal", "action", "progress") if noted.get(kind)), "")


def _noted_title(kind: str, content: Mapping[str, object]) -> str:
    return headline(str(content.get("about" if kind == "progress" else "title") or ""))


def _noted_sentence(note: Proposal) -> str:
    content = note.content
    about = content.get("title") or content.get("about")
    if not about:
        return ""
    match note.kind:
        case ProposalKind.GOAL:
            return f"You set a goal: \u201c{about}\u201d."
        case ProposalKind.ACTION:
            due = due_day(content)
            return f"You decided on a next step{f', by {short_date(due)}' if due else ''}: \u201c{about}\u201d."
        case ProposalKind.PROGRESS if isinstance(score := content.get("score"), int):
            return f"With \u201c{about}\u201d you stand at {signed_score(score)}, {score_meaning(score)}."
        case ProposalKind.ACTION_DONE:
            return f"You {'did' if content.get('done') else 'let go of'} a next step: \u201c{about}\u201d."
    return ""
