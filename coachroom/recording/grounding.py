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

_END = re.compile(r"(?<=[.!?\u2026])\s+|(?<=[.!?\u2026][\"'\u201d\u2019)])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_QUOTED = re.compile(
    '"[^"\n]*"|\u201c[^\u201d\n]*\u201d|\u201e[^\u201c\u201d\n]*[\u201c\u201d]|\u00ab[^\u00bb\n]*\u00bb|\u300c[^\u300d\n]*\u300d'
)
_CLOSING = "\"'\u201d\u2019)"
# What ends in a full stop and ends no sentence, in the languages that are offered most.
_ABBREVIATION = re.compile(
    r"\b(?:(?i:mr|mrs|ms|dr|prof|st|jr|sr|vs|approx|bzw|ca|\w*str|sra|sta|av|avda|e\.g|i\.e|z\.\s?b|d\.\s?h|u\.\s?a)|[a-z])\.$"
)
MAX_ABBREVIATION_CHARS = 8
_BULLET = re.compile(r"^\s*(?:[-*\u2022]|\d{1,2}[.)])\s+")


def sentences(text: str) -> list[str]:
    """The sentences of a text, without list markers; the end of a line ends a sentence too. No quote is cut."""
    quotes = [found.span() for found in _QUOTED.finditer(text)]
    cuts = [cut.span() for cut in _END.finditer(text) if _ends(text, cut, quotes)]
    begins, ends = [0, *(end for _, end in cuts)], [*(begin for begin, _ in cuts), len(text)]
    parts = (_BULLET.sub("", text[begin:end]).strip() for begin, end in zip(begins, ends, strict=True))
    return [part for part in parts if any(sign.isalnum() for sign in part)]


def _ends(text: str, cut: re.Match[str], quotes: Sequence[tuple[int, int]]) -> bool:
    """Not within a quote, not behind one where the sentence goes on, and not after an abbreviation."""
    if any(begin < cut.start() < end for begin, end in quotes):
        return False
    if "\n" not in cut[0] and _ABBREVIATION.search(text[max(0, cut.start() - MAX_ABBREVIATION_CHARS) : cut.start()]):
        return False
    goes_on = text[cut.end() : cut.end() + 1].islower() and "\n" not in cut[0]
    return not (goes_on and text[cut.start() - 1] in _CLOSING)


def grounding_turns(sentence: str, turns: Sequence[Turn]) -> tuple[str, ...]:
    """As TurnIndex.grounding_turns, for one sentence."""
    return TurnIndex(turns).grounding_turns(sentence)


class TurnIndex:
    """Turns in which sentences are looked up; their words are split once. `language`: theirs, where it is known."""

    def __init__(self, turns: Sequence[Turn], language: str | None = None) -> None:
        self.language = language or language_of(turn.message for turn in turns)
        indexed = [(turn, content_words(turn.message, self.language)) for turn in turns]
        self._order = [turn.id for turn in turns]
        self._clients = [(turn.id, words) for turn, words in indexed if turn.is_clients_own]
        self._others = [(turn.id, words) for turn, words in indexed if not turn.is_clients_own]

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
