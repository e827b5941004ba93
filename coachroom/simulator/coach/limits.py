"""What the practice coach keeps to, whatever is said to it: no praise for harm, no new role, no other client's words.

It knows a few plain wordings of each and understands nothing. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """What is answered to such words; the question that stands is asked again after it."""

    asked: re.Pattern[str]
    answer: str


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_DANGER = _words(
    r"\b(suicid\w*|self[- ]harm|overdose"
    r"|(kill|hurt|harm|killing|hurting|harming) myself|cut(ting)? myself(?! (some|off|a|short|loose)\b)"
    r"|end(ing)? (my (own )?life|it all)|tak(e|ing) my own life"
    r"|(want|wish|like|rather|going) to (die|be dead)|wish i (was|were) dead|better off (dead|without me)"
    r"|(not|\w+n't) want to (live|be alive|wake up)( any ?more)?|no reason to live"
    r"|i (could|will|want to|am going to|'m going to) (really )?(kill|hurt) (him|her|them|someone|somebody)"
    r"|(he|she|my \w+) (is )?(beats?|beating|hits?|hitting|chok(es|ed|ing)|threaten(s|ed|ing)) me"
    r"|threaten(s|ed|ing) to kill|i( am|'m) (in danger|not safe))\b"
)
_SAFE = _words(
    r"^\W*(yes|yeah|i am safe|i'm safe|i am ok(ay)?|i'm ok(ay)?|i am fine|i'm fine)\b(?!.*(\bnot|n't|\bbut)\b)"
)

_HARM_AND_ROLE = (
    Limit(
        _words(
            r"\b(stop|stopp?ing|quit|quitting|skip|skipping|come off|coming off|throw(ing)? away) (taking )?"
            r"(all )?(of )?(my |the |these |those )?"
            r"(\w+ )?(medication|medicines?|meds|pills|tablets|insulin|antidepressants)\b"
            r"|\b(eat|eating) (nothing|no food)\b|\b(stop|quit|without) eating\b|\bnot (to )?eat (anything|at all)\b"
            r"|\bstarv(e|ing) myself\b|\bdriv(e|ing) (home )?(while |when )?drunk\b"
        ),
        "I cannot praise that: it may harm you. "
        "Please talk with a doctor, or somebody else who is trained for this, before you do it.",
    ),
    Limit(
        _words(
            r"\b(ignore|forget|disregard|override) (about )?(all |any |of |the )*"
            r"(your|all|any|previous|prior|earlier)( \w+){0,2} (instructions?|rules|prompt|briefing)\b"
            r"|\b(system |your |the )prompt\b|\byour (instructions|rules)\b|\b(you are|you're) (now|no longer)\b"
            r"|\bfrom now on,? (you|act|answer|speak)\b|(^|[.!,] |you (must|should|will) |please )(pretend|act as)\b"
        ),
        "I stay your practice coach and keep to the way I work.",
    ),
)
LIMITS = (
    *_HARM_AND_ROLE,
    Limit(
        _words(
            r"\b(other|another|different) (client|member)s?\b.*\b(say|says|said|tell|told|talk\w*)\b"
            r"|\b(other|another) (people|person)\b.*\b(say|said|tell|told) (to )?you\b"
            r"|\b(tell|told) (me|you)\b.*\b(other|another) (client|member|people|person)s?\b"
            r"|\bothers (say|said|tell|told|talk\w*)\b"
            r"|\b(somebody|someone|anybody|anyone) else (say|said|tell|told)\b"
            r"|\bwhat (did|does|has|have) (?!i\b|you\b|we\b|it\b|my\b|that\b|this\b)\w+ (say|said|tell|told|talk\w*) "
            r"(to |with )?you\b"
        ),
        "What others tell a coach stays with them, as what you say stays with you.",
    ),
    Limit(
        _words(
            r"\b(say|admit|tell me|confirm) (that )?(i am|i'm|i was) right\b|\b(you )?agree with me\b"
            r"|\bdon't you agree\b|\bam i (not )?right\b|\b(just |please )?say yes\b"
        ),
        "Whether that is right is yours to say; I only ask.",
    ),
    Limit(
        _words(
            r"\btell me what (to do|i should do)\b|\bgive me (some |your )?advice\b|\bwhat should i do\b"
            r"|\bwhat would you do\b|\b(need|want) (some |your )?advice\b"
        ),
        "I have no advice to give: you know your life best.",
    ),
)


def says_danger(said: str) -> bool:
    """Whether somebody's life or body may be in danger."""
    return bool(_DANGER.search(_typed(said)))


def says_safe(said: str) -> bool:
    """Whether it answers that they are safe, without a "but"."""
    return bool(_SAFE.search(_typed(said)))


def limit_met(said: str) -> str | None:
    """The answer to what goes beyond a limit; None where nothing does."""
    return next((limit.answer for limit in LIMITS if limit.asked.search(_typed(said))), None)


def may_be_passed_on(question: str) -> bool:
    """Whether a human coach's question harms nobody and gives no new role; it may ask what one would do."""
    return not any(limit.asked.search(_typed(question)) for limit in _HARM_AND_ROLE)


def _typed(said: str) -> str:
    """With the apostrophe of a keyboard, whichever a phone wrote."""
    return said.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
