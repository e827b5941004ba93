"""Whether something remembered rests on a note of the same session, by their words and turns. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from coachroom.coaching.validation import essence

# The parts of a note that say what was noted. A goal's title is not what a note of progress on it says.
WORDS = {"goal": ("title",), "action": ("title",), "progress": ("note",), "action_done": ("about", "why")}
LONG_ENOUGH = 2


@dataclass(frozen=True)
class NotedWords:
    """What a note says, and the turns of its session that it is based on."""

    session_id: str | None
    texts: tuple[str, ...]
    turns: frozenset[str]

    def carries(self, session_id: str | None, text: str, turns: Iterable[str]) -> bool:
        """Whether a memory with this text rests on it: it says the same, or half of it on the same turns."""
        if self.session_id is None or session_id != self.session_id:
            return False
        same_turns = not self.turns.isdisjoint(turns)
        words = essence(text).split()
        return any(_says(words, each.split(), same_turns) for each in self.texts)


def noted_words(session_id: str | None, kind: str, content: Mapping[str, Any], turns: Iterable[str]) -> NotedWords:
    """The words of a note of this kind."""
    texts = (essence(str(content.get(part) or "")) for part in WORDS.get(kind, ()))
    return NotedWords(session_id, tuple(filter(None, texts)), frozenset(turns))


def _says(words: list[str], noted: list[str], same_turns: bool) -> bool:
    if same_turns:
        return 2 * len(set(noted) & set(words)) >= len(set(noted))
    return len(noted) >= LONG_ENOUGH and f" {' '.join(noted)} " in f" {' '.join(words)} "
