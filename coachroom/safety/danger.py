"""Finds words in which somebody may be in danger: of ending their life, of hurting themselves, or from others.

The list is a file, a list of patterns a language. Every text is held against all languages: people mix them. A
pattern is compared word by word, without case, accents and apostrophes:

    word      the word itself             word*     a word that begins so
    (a|b c)   one of these                (a|b)?    one of these, or nothing
    ..3       up to three words           $         the end of a sentence
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from coachroom.settings import Settings
from coachroom.text import without_accents
from coachroom.toml_file import TomlFileError, read_toml

STRICT = ConfigDict(extra="forbid")
MAX_TEXT_CHARS = 20_000
END = "."
_APOSTROPHES = re.compile("['`\u00b4\u2018\u2019\u02bc]")
_ENDS = re.compile(r"[.!?;:…¡¿\n\r]+")
_NO_WORD = re.compile(r"[^\w.]+|_")
_TOKEN = re.compile(r"\.\.(?P<gap>\d)|(?P<sign>\(|\)\??|\||\$)|(?P<word>[\w']+\*?)|(?P<space>\s+)|(?P<wrong>.)")
_SIGNS = {"(": "(?:", ")": ")", ")?": ")?", "|": "|", "$": re.escape(f"{END} ")}


@dataclass(frozen=True, config=STRICT)
class PhraseList:
    """One language's patterns of danger, and what is taken out first because it only sounds like it."""

    danger: tuple[str, ...]
    ordinary: tuple[str, ...] = ()


@dataclass(frozen=True, config=STRICT)
class PhraseFile:
    """The file of phrases, by language."""

    languages: Mapping[str, PhraseList]


class DangerPhrases:
    """The compiled lists."""

    def __init__(self, lists: Sequence[PhraseList]) -> None:
        """Raises ValueError that names a pattern which cannot be used."""
        self._ordinary = _either([pattern for each in lists for pattern in each.ordinary])
        self._danger = _either([pattern for each in lists for pattern in each.danger])

    def found_in(self, text: str) -> bool:
        """Whether the text holds a phrase of danger."""
        words = normal(text[:MAX_TEXT_CHARS])
        if self._ordinary is not None:
            words = self._ordinary.sub(f"{END} ", words)
        return self._danger is not None and self._danger.search(words) is not None


def normal(text: str) -> str:
    """The words in small letters without accents and apostrophes, each with a space behind; sentences end in "."."""
    plain = without_accents(_APOSTROPHES.sub("", text).casefold())
    words = _NO_WORD.sub(" ", _ENDS.sub(f" {END} ", plain)).split()
    return "".join(f"{word} " for word in (*words, END))


def read_danger_phrases(settings: Settings) -> DangerPhrases:
    """The list of the settings; in a folder without one, the one that coachroom brings. Raises TomlFileError."""
    return read(settings.project_file("danger_phrases"))


def read(path: Path) -> DangerPhrases:
    """The list in this file. Raises TomlFileError: one sentence."""
    file = read_toml(
        path,
        PhraseFile,
        _known_keys,
        what="list of danger phrases",
        way_out="start in coachroom's folder or set COACHROOM_DANGER_PHRASES",
    )
    try:
        return DangerPhrases(list(file.languages.values()))
    except ValueError as error:
        raise TomlFileError(f"{path}: {error}") from None


def _known_keys(place: Sequence[str]) -> list[str]:
    return ["danger", "ordinary"] if place else ["languages"]


def _either(patterns: Sequence[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("(?<![^ ])(?:" + "|".join(_compiled(pattern) for pattern in patterns) + ")")


def _compiled(pattern: str) -> str:
    tokens = list(_TOKEN.finditer(pattern))
    try:
        compiled = "".join(_token(token) for token in tokens)
        # What matches nothing at all would match everywhere.
        if any(token["wrong"] for token in tokens) or re.fullmatch(compiled, ""):
            raise ValueError
    except (re.error, ValueError):
        raise ValueError(
            f"the pattern {pattern!r} cannot be used: write words, (a|b), ..3 and $ with spaces between."
        ) from None
    return f"(?:{compiled})"


def _token(token: re.Match[str]) -> str:
    if token["gap"]:
        return rf"(?:\w+ ){{0,{token['gap']}}}"
    if token["word"]:
        stem = normal(token["word"].removesuffix("*")).split()[0]
        return rf"{re.escape(stem)}\w* " if token["word"].endswith("*") else f"{re.escape(stem)} "
    return _SIGNS.get(token["sign"] or "", "")
