"""A remembered sentence as its client reads it: whole, and in the second person. Pure.

What is kept stays as it was said: by the client ("I have two children"), or about them ("The client has two
children"). English is put into the second person, where it is plain who is meant; other languages stay as they are.
What is quoted is never touched.
"""

from __future__ import annotations

import re

_QUOTED = re.compile('("[^"]*"|\u201c[^\u201d]*\u201d|\u201e[^\u201c\u201d]*[\u201c\u201d]|\u00ab[^\u00bb]*\u00bb)')
_ENDS = ".!?\u2026\u3002\uff01\uff1f"
_CLOSING = "\"'\u201d\u201c\u2019\u00bb)\u300d"
_SOMEONE = re.compile(r"^(?:the |this )?(?:client|user|member|coachee)(?P<of>[\u2019']s)?\s+", re.IGNORECASE)
_THEY = re.compile(r"^(?:(?P<of>their)|they)\s+", re.IGNORECASE)
_BARE = re.compile(
    r"^(?:has|is|works|lives|likes|loves|prefers|wants|needs|feels|finds|plans|struggles|wishes)\s+", re.I
)
_FIRST = re.compile(r"(?:^(?:[Mm]y|I)\b)|(?:\bI(?:['\u2019](?:m|ve|d|ll))?\b)")
_VERB = re.compile(
    r"^((?:(?:always|also|now|still|usually|never|sometimes|really|just|already|often)\s+)*)([\w'\u2019]+)"
)
_IRREGULAR = {
    "is": "are", "was": "were", "has": "have", "does": "do", "goes": "go",
    "isn't": "aren't", "wasn't": "weren't", "hasn't": "haven't", "doesn't": "don't",
}  # fmt: skip
_OF_THEM = {"their": "your", "theirs": "yours", "themselves": "yourself", "themself": "yourself"}
_OF_ME = {
    "i am": "you are", "i was": "you were", "am i": "are you", "was i": "were you", "i": "you", "i'm": "you're",
    "i've": "you've", "i'd": "you'd", "i'll": "you'll", "me": "you", "my": "your", "mine": "yours",
    "myself": "yourself",
}  # fmt: skip


def for_client(text: str) -> str:
    """The sentence for the client it is about."""
    text = " ".join(text.split())
    start = _QUOTED.split(text)[0]
    if found := _SOMEONE.match(text):
        spoken = _about_them(text[found.end() :], "Your " if found["of"] else "You ", is_one=True)
    elif found := _THEY.match(text):
        spoken = _about_them(text[found.end() :], "Your " if found["of"] else "You ", is_one=False)
    elif _BARE.match(text):
        spoken = _about_them(text[0].lower() + text[1:], "You ", is_one=True)
    elif _FIRST.search(start):
        spoken = _swapped(text, _OF_ME)
    else:
        spoken = text
    return _whole(spoken)


def _about_them(rest: str, subject: str, *, is_one: bool) -> str:
    if subject == "You " and is_one and (found := _VERB.match(rest)):
        rest = found[1] + _plural(found[2]) + rest[found.end() :]
    return subject + _swapped(rest, _OF_THEM)


def _plural(verb: str) -> str:
    """As after "you": wants, want."""
    plain = verb.replace("\u2019", "'")
    if plain in _IRREGULAR:
        return _IRREGULAR[plain]
    if plain.endswith("ies") and len(plain) > 4:
        return plain[:-3] + "y"
    if plain.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return plain[:-2]
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else verb


def _swapped(text: str, words: dict[str, str]) -> str:
    """With other pronouns outside of quotes."""
    pattern = re.compile(rf"(?<![\w'\u2019])(?:{'|'.join(words)})(?![\w'\u2019])", re.IGNORECASE)
    parts = _QUOTED.split(text)
    swap = [pattern.sub(lambda found: words[found[0].lower().replace("\u2019", "'")], part) for part in parts[::2]]
    parts[::2] = swap
    return "".join(parts)


def _whole(text: str) -> str:
    """With a capital at its beginning and a full stop at its end."""
    if not text:
        return text
    said = text.rstrip(_CLOSING)
    ended = text[-1:] in _ENDS or said[-1:] in _ENDS
    return text[0].upper() + text[1:] + ("" if ended else ".")
