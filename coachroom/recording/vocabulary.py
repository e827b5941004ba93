"""The words of a text as they are compared: without the endings of its language, and without stop words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

import snowballstemmer
import stop_words

from coachroom.languages import ENGLISH, LANGUAGES

# One sign of a script that puts no spaces between words, or a word with the marks that belong to its letters.
_WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|(?:[^\W_]|[\u0300-\u036f\u064b-\u0652\u0900-\u0903\u093a-\u094d\u0b80-\u0bcd])+"
)
MAX_STEMS = 100_000
# Of all our languages; none of them has a meaning of its own in a class of a regular expression.
QUESTION_MARKS = "?\N{FULLWIDTH QUESTION MARK}\N{ARABIC QUESTION MARK}"

# Scripts in which one of our languages is written.
_SCRIPTS = {
    "ar": re.compile("[\u0600-\u06ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "zh": re.compile("[\u3400-\u9fff\uf900-\ufaff]"),
}
# The package's list of English takes content words such as "work" as well.
_ENGLISH = """
a about after again all also am an and any are as at be because been before being but by can could did do does
doing done down for from further get gets got had has have having he her here hers him his how i if in into is it
its just let ll m may me might mine more most much must my no nor not now of off on once only or other our out
over own re s same shall she should so some such t than that the their theirs them then there these they thing things
this those through to today too under up us ve very was we were what when where which while who why will with
would yes yet you your
"""
# Words with which a summary reports speech, and those for who speaks.
_REPORTED = {
    "en": """
    agent client coach conversation session user asked discussed expressed explained feel feels felt mentioned noted
    said say says shared speaker spoke stated talked told want wanted wants wish wished
    """,
    "de": """
    agent klient klientin coach gespräch sitzung nutzer nutzerin fragte gefragt besprach besprochen erklärte erklärt
    fühlt fühlte erwähnte erwähnt sagte sagt gesagt erzählte erzählt sprach möchte wollte wünscht heute
    """,
    "es": """
    agente cliente coach conversación sesión usuario usuaria preguntó expresó explicó siente sintió mencionó dijo
    dice contó habló quiere quería desea hoy
    """,
    "fr": """
    agent client cliente coach conversation séance session utilisateur utilisatrice demandé exprimé expliqué
    ressent mentionné dit parlé raconté veut voulait souhaite aujourd hui
    """,
    "it": """
    agente cliente coach conversazione sessione utente chiesto espresso spiegato sente menzionato detto dice
    parlato raccontato vuole voleva desidera oggi
    """,
    "nl": """
    agent cliënt cliënte coach gesprek sessie gebruiker vroeg besprak legde uit voelt noemde zei zegt vertelde
    sprak wil wilde wenst vandaag
    """,
    "pt": """
    agente cliente coach conversa sessão usuário utilizador perguntou expressou explicou sente mencionou disse diz
    contou falou quer queria deseja hoje
    """,
}


def content_words(text: str, language: str = ENGLISH) -> frozenset[str]:
    """The words of a text that say something, without their endings."""
    unsaid = _unsaid(_family(language))
    return frozenset(stem(word, language) for word in _split(text) if word not in unsaid)


def stems(text: str, language: str = ENGLISH) -> list[str]:
    """All words of a text, without their endings."""
    return [stem(word, language) for word in _split(text)]


def language_of(texts: Iterable[str]) -> str:
    """The language whose everyday words and script are the most frequent; English where nothing tells."""
    counted = Counter(language for text in texts for word in _split(text) for language in _languages_of(word))

    def likely(language: str) -> tuple[int, bool, int]:
        # Of two alike the one with the shorter list: its words tell more.
        return counted[language], language == ENGLISH, -len(_everyday(language))

    return max(counted, key=likely, default=ENGLISH)


def _languages_of(word: str) -> Iterator[str]:
    """Those in which the word is an everyday one, or whose script it is in."""
    yield from _everyday_in().get(word, ())
    yield from (language for language, script in _SCRIPTS.items() if script.match(word))


@lru_cache(maxsize=MAX_STEMS)
def stem(word: str, language: str) -> str:
    """The word without its ending, as far as there are rules for the language."""
    algorithm = _algorithms().get(_family(language))
    # A stemmer keeps its last word, so that threads cannot share one.
    return word if algorithm is None else str(snowballstemmer.stemmer(algorithm).stemWord(word))


def _split(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _family(language: str) -> str:
    """pt for pt-br."""
    return language.partition("-")[0]


@cache
def _algorithms() -> dict[str, str]:
    there = set(snowballstemmer.algorithms())
    return {each.code: name for each in LANGUAGES if (name := each.english.casefold()) in there}


@cache
def _everyday(language: str) -> frozenset[str]:
    """The stop words of a language, none where nobody lists them."""
    if language == ENGLISH:
        return frozenset(_ENGLISH.split())
    code = "nb" if language == "no" else language
    listed = stop_words.get_stop_words(code) if code in stop_words.LANGUAGE_MAPPING else ()
    # An apostrophe parts a word here.
    return frozenset(part for word in listed for part in _split(word))


@cache
def _unsaid(language: str) -> frozenset[str]:
    return _everyday(language) | frozenset(_REPORTED.get(language, "").split())


@cache
def _everyday_in() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for each in LANGUAGES:
        if each.code == _family(each.code):
            for word in _everyday(each.code):
                found.setdefault(word, []).append(each.code)
    return {word: tuple(codes) for word, codes in found.items()}
