"""Finds the turns that a sentence is grounded in, by the words they share. Pure.

Stop words and endings do not count. A sentence is grounded in turns that hold at least half of its other words, and
at least two of them where it has two. A true sentence in quite other words is lost: that is better than an invented
one kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from coachroom.recording.turn import Turn
from coachroom.rooms.states import Sender

# One sign of a script that puts no spaces between words, or a word.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W_]+")
_END = re.compile(r"(?<=[.!?\u2026])\s+|(?<=[.!?\u2026][\"'\u201d\u2019)])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_BULLET = re.compile(r"^\s*(?:[-*\u2022]|\d{1,2}[.)])\s+")
_ENDINGS = ("ingly", "edly", "ing", "ied", "ies", "ed", "es", "ly", "s", "e")
_MIN_STEM_CHARS = 3

# Words that say nothing about a person, and those with which a summary reports speech.
_STOP = """
a about after again all also am an and any are as at be because been before being but by can could did do does
doing done down for from further get gets got had has have having he her here hers him his how i if in into is it
its just let ll m may me might mine more most much must my no nor not now of off on once only or other our out
over own re s same shall she should so some such t than that the their theirs them then there these they thing things
this those through to today too under up us ve very was we were what when where which while who why will with
would yes yet you your
agent client coach conversation session user asked discussed expressed explained feel feels felt mentioned noted
said say says shared speaker spoke stated talked told want wanted wants wish wished
"""
STOP = frozenset(_STOP.split())


def sentences(text: str) -> list[str]:
    """The sentences of a text, without list markers; the end of a line ends a sentence too."""
    parts = (_BULLET.sub("", part).strip() for part in _END.split(text))
    return [part for part in parts if any(sign.isalnum() for sign in part)]


def grounding_turns(sentence: str, turns: Sequence[Turn]) -> tuple[str, ...]:
    """As TurnIndex.grounding_turns, for one sentence."""
    return TurnIndex(turns).grounding_turns(sentence)


class TurnIndex:
    """Turns in which sentences are looked up; their words are split once."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        indexed = [(turn, content_words(turn.message)) for turn in turns]
        self._order = [turn.id for turn in turns]
        self._clients = [(turn.id, words) for turn, words in indexed if turn.sender is Sender.CLIENT]
        self._others = [(turn.id, words) for turn, words in indexed if turn.sender is not Sender.CLIENT]

    def grounding_turns(self, sentence: str) -> tuple[str, ...]:
        """Ids of the turns that the sentence is grounded in, in their order; empty where it is not grounded.

        The client's own turns are searched first; others count only where those do not suffice.
        """
        words = content_words(sentence)
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


def content_words(text: str) -> frozenset[str]:
    """The words of a text that are no stop words, without their endings."""
    return frozenset(_stem(word) for word in _WORD.findall(text.casefold()) if word not in STOP)


def _cover(missing: set[str], turns: Iterable[tuple[str, frozenset[str]]], found: set[str]) -> None:
    """Takes turns, the one with most missing words first, until none holds a missing word."""
    left = [each for each in turns if not each[1].isdisjoint(missing)]
    while missing and left:
        turn_id, words = max(left, key=lambda each: len(each[1] & missing))
        if words.isdisjoint(missing):
            return
        found.add(turn_id)
        missing -= words


def _stem(word: str) -> str:
    """The word without its endings, one after the other: mornings, morning and morn are the same."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM_CHARS:
            stem = word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
            doubled = ending.startswith(("ing", "ed")) and stem[-1] == stem[-2] and stem[-1] not in "ls"
            return _stem(stem[:-1] if doubled else stem)
    return word
