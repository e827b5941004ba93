"""Which turns a sentence rests on, by the words they share. Pure, and plain enough to be explained.

Small words and endings do not count. A sentence rests on turns when they hold at least half of its other words, and
at least two of them where it has two. Whoever repeats a thought in quite other words is not believed: better a true
sentence lost than an invented one kept.
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

# Words that say nothing about a person, and those that a summary uses to tell that something was said.
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
    """The sentences of a text, each without the sign that lists put before it; a line ends one too."""
    parts = (_BULLET.sub("", part).strip() for part in _END.split(text))
    return [part for part in parts if any(sign.isalnum() for sign in part)]


def rests_on(sentence: str, turns: Sequence[Turn]) -> tuple[str, ...]:
    """As Spoken.rests_on, for one sentence."""
    return TurnIndex(turns).rests_on(sentence)


class TurnIndex:
    """Turns to look sentences up in; their words are taken apart once."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        told = [(turn, content_words(turn.message)) for turn in turns]
        self._order = [turn.id for turn in turns]
        self._clients = [(turn.id, words) for turn, words in told if turn.sender is Sender.CLIENT]
        self._others = [(turn.id, words) for turn, words in told if turn.sender is not Sender.CLIENT]

    def rests_on(self, sentence: str) -> tuple[str, ...]:
        """Ids of the turns that the sentence rests on, in their order; none where there are none.

        The client's own turns are looked through first; others count only where those do not suffice.
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
    """The words that carry the meaning, without their endings."""
    return frozenset(_stem(word) for word in _WORD.findall(text.casefold()) if word not in STOP)


def _cover(missing: set[str], spoken: Iterable[tuple[str, frozenset[str]]], found: set[str]) -> None:
    """Takes turns, the one that tells most first, until none tells anything that is missing."""
    left = [each for each in spoken if not each[1].isdisjoint(missing)]
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
