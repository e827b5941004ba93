"""What of a turn's text was said: its words, without what only shows how something sounds, or that nothing was. Pure.

Two kinds of text are no words. White space, invisible signs and dots ("...", "…") stand where nobody said anything.
An audio tag ("[warmly]") in the agent's text tells its voice how to speak.

A bracket is an audio tag only if all of this holds; otherwise it is text ("[link]", "[1]", "[see](https://…)"):
- the agent said it: what a client types or says in brackets are their words;
- it holds one to four words of letters, nothing else;
- one of them is about a voice: an adverb of manner ("gently"), or one of SOUNDS ("laughs", "pause", "accent");
- none of them says whose it is ("[your voice]" is left for the client to fill in);
- neither a letter nor a digit stands right before or after it, and no "(" or ":" after it, as in Markdown's links.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from coachroom.rooms.states import Sender

SILENT = frozenset(".…。⋯")

# Sounds, moods and ways of speaking; also with an ending of _ENDINGS.
_SOUNDS = """
accent amused angry annoyed anxious applause awe bored breath breathe breathy calm caring chuckle clap clear
compassionate concern confident confuse contempt cough cry curious deadpan delight disappoint dramatic empathetic
emphasize emphatic encourage enthusiastic excite excitement exhale fast firm friendly frown frustrate gasp gentle
giggle groan grumble gulp happy hesitant hesitate hopeful hum hush impress inhale kind laugh laughter loud
mischievous moan mumble murmur mutter nervous pant pause pensive playful proud quiet reassure reflective relax
relieve resign rush sad sarcasm sarcastic serious shout sigh silence sincere sing slow smile sniff snort soft sob
sorrowful stammer stutter supportive surprise sympathetic tender tense thoughtful throat tire tone understanding
voice warm warmth wheeze whimper whisper whistle wistful worry yawn yell
"""
SOUNDS = frozenset(_SOUNDS.split())
# Words in -ly that say nothing about a voice.
_NO_MANNER = """
anomaly apply assembly bully butterfly daily early family fly imply italy july likely monthly multiply only rely
reply supply weekly yearly
"""
NO_MANNER = frozenset(_NO_MANNER.split())
WHOSE = frozenset({"my", "your", "our", "his", "her", "their", "its"})
# An ending, and what the word ends in without it: crying is of cry, pausing of pause, worried of worry.
_ENDINGS = (("ing", ""), ("ing", "e"), ("ed", ""), ("es", ""), ("ies", "y"), ("ied", "y"), ("s", ""), ("d", ""))

_BRACKET = re.compile(r"(?<!\w)\[([^\W\d_]+(?: [^\W\d_]+){0,3})\](?![\w(:])")
_SPACES = " \t"
_SIGNS = frozenset(",.;:!?…\n")


def spoken_words(sender: Sender, text: str) -> str:
    """The words of the text; empty where nothing was said. A text that holds only words stays as it is."""
    words = _without_audio_tags(text) if sender is Sender.AGENT else text
    return words if any(map(_is_heard, words)) else ""


def _is_heard(sign: str) -> bool:
    return not (sign.isspace() or sign in SILENT or unicodedata.category(sign) in ("Cc", "Cf"))


def _without_audio_tags(text: str) -> str:
    tags = [found for found in _BRACKET.finditer(text) if _is_audio_tag(found[1].casefold().split())]
    return "".join(_between(text, tags)).strip() if tags else text


def _is_audio_tag(words: list[str]) -> bool:
    return any(map(_is_about_a_voice, words)) and WHOSE.isdisjoint(words)


def _is_about_a_voice(word: str) -> bool:
    if word.endswith("ly") and len(word) > 4:
        return word not in NO_MANNER
    stems = (word.removesuffix(ending) + end for ending, end in _ENDINGS if word.endswith(ending))
    return word in SOUNDS or any(stem in SOUNDS for stem in stems)


def _between(text: str, tags: list[re.Match[str]]) -> Iterator[str]:
    """The parts between the tags, with one space where a tag stood between two words."""
    ends = [0, *(tag.end() for tag in tags)]
    begins = [*(tag.start() for tag in tags), len(text)]
    line_begins = True
    for begin, end in zip(ends, begins, strict=True):
        part = text[begin:end].strip(_SPACES)
        if part and not line_begins and part[0] not in _SIGNS:
            yield " "
        yield part
        line_begins = part.endswith("\n") if part else line_begins
