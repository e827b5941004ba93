"""Finds the turns that a sentence is grounded in, by the words they share. Pure.

Stop words and endings do not count. A sentence is grounded in turns that hold at least half of its other words, and
at least two of them where it has two. A true sentence in quite other words is lost: that is better than an invented
one kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from coachroom.recording.turn import Turn
from coachroom.recording.vocabulary import content_words, language_of
from coachroom.rooms.states import Sender

_END = re.compile(r"(?<=[.!?\u2026])\s+|(?<=[.!?\u2026][\"'\u201d\u2019)])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_BULLET = re.compile(r"^\s*(?:[-*\u2022]|\d{1,2}[.)])\s+")


def sentences(text: str) -> list[str]:
    """The sentences of a text, without list markers; the end of a line ends a sentence too."""
    parts = (_BULLET.sub("", part).strip() for part in _END.split(text))
    return [part for part in parts if any(sign.isalnum() for sign in part)]


def grounding_turns(sentence: str, turns: Sequence[Turn]) -> tuple[str, ...]:
    """As TurnIndex.grounding_turns, for one sentence."""
    return TurnIndex(turns).grounding_turns(sentence)


class TurnIndex:
    """Turns in which sentences are looked up; their words are split once. `language`: theirs, where it is known."""

    def __init__(self, turns: Sequence[Turn], language: str | None = None) -> None:
        self.language = language or language_of(turn.message for turn in turns)
        indexed = [(turn, content_words(turn.message, self.language)) for turn in turns]
        self._order = [turn.id for turn in turns]
        self._clients = [(turn.id, words) for turn, words in indexed if turn.sender is Sender.CLIENT]
        self._others = [(turn.id, words) for turn, words in indexed if turn.sender is not Sender.CLIENT]

    def grounding_turns(self, sentence: str) -> tuple[str, ...]:
        """Ids of the turns that the sentence is grounded in, in their order; empty where it is not grounded.

        The client's own turns are searched first; others count only where those do not suffice.
        """
        words = content_words(sentence, self.language)
        if not words:
            return ()
        found: set[str] = set()
        missing = set(words)
        enough = max(min(len(words), 2), -(-len(words) // 2))
        for group in (self._clients, self._others):
            _cover(missing, group, found)
            if len(words) - len(missing) >= enough:
                return tuple(turn_id for turn_id in self._order if turn_id in found)
        return ()


def _cover(missing: set[str], turns: Iterable[tuple[str, frozenset[str]]], found: set[str]) -> None:
    """Takes turns, the one with most missing words first, until none holds a missing word."""
    left = [each for each in turns if not each[1].isdisjoint(missing)]
    while missing and left:
        turn_id, words = max(left, key=lambda each: len(each[1] & missing))
        if words.isdisjoint(missing):
            return
        found.add(turn_id)
        missing -= words
