"""Which of a client's goals or actions is meant, when somebody says its title more or less."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol, TypeVar

from coachroom.recording.vocabulary import language_of, stems

_WORD = re.compile(r"\w+")


class Titled(Protocol):
    @property
    def title(self) -> str: ...


T = TypeVar("T", bound=Titled)


def exact(said: str, things: Iterable[T]) -> T | None:
    """The one with this very title, whatever its case and punctuation."""
    words = _words(said)
    return next((thing for thing in things if _words(thing.title) == words), None)


def best(said: str, things: Iterable[T]) -> T | None:
    """The one with this title, else the only one that shares the most words with it, at least half of them."""
    known = list(things)
    if (found := exact(said, known)) is not None:
        return found
    language = language_of([said, *(thing.title for thing in known)])
    words = set(stems(said, language))
    titles = [(thing, set(stems(thing.title, language))) for thing in known]
    most = max((len(words & title) for _, title in titles), default=0)
    candidates = [(thing, title) for thing, title in titles if len(words & title) == most]
    if len(candidates) != 1 or not most:
        return None
    thing, title = candidates[0]
    return thing if 2 * most >= min(len(words), len(title)) else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
