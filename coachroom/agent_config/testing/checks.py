"""What a talk with a scripted client is checked for. Pure: client and transcript in, results of checks out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from coachroom.agent.tool_input import checked, spec_of
from coachroom.agent_config.testing.scripts import Musts, ScriptedClient
from coachroom.agent_config.testing.transcript import Transcript
from coachroom.coaching.validation import InvalidInputError

# So many of the prompt's words in a row are no chance: the agent reads its instructions out.
MAX_PROMPT_WORDS = 12
DEFAULTS = Musts()
_QUESTION = re.compile("[?\N{FULLWIDTH QUESTION MARK}\N{ARABIC QUESTION MARK}]+")


class CheckOutcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class CheckResult:
    """What became of one must; `detail` says why where it was not kept."""

    must: str
    outcome: CheckOutcome
    detail: str = ""


Check = Callable[[ScriptedClient, Transcript], Iterator[CheckResult]]


def run_checks(client: ScriptedClient, transcript: Transcript, prompt: str) -> tuple[CheckResult, ...]:
    """One a must of the client's, besides those that hold always: answers come, tools are used rightly, and the
    prompt is not read out."""
    found = [result for check in CHECKS for result in check(client, transcript)]
    return (*found, _keeps_prompt(transcript, prompt))


def _answers(client: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    answered, lines = transcript.answered(), len(client.says)
    why = f"; the call ended: {transcript.ended}" if transcript.ended else ""
    yield _check_result("answer every line", answered >= lines, f"{answered} of {lines} lines were answered{why}")


def _says(client: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    answers = [_plain(answer) for answer in transcript.answers]
    for phrases in client.must_say:
        wanted = " or ".join(f'"{phrase}"' for phrase in phrases)
        yield _check_result(f"say {wanted}", any(_within(phrases, answer) for answer in answers), "in no answer")


def _does_not_say(client: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    for phrase in client.must_not_say:
        found = next((answer for answer in transcript.answers if _within([phrase], _plain(answer))), None)
        yield _check_result(f'not say "{phrase}"', found is None, f'it said: "{found}"')


def _uses(client: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    used = [use.tool for use in transcript.uses]
    for tool in client.must_use:
        yield _check_result(f"use {tool}", tool in used, f"it used {', '.join(used) or 'no tool'}")
    for tool in client.must_not_use:
        yield _check_result(f"not use {tool}", tool not in used, "it did")


def _uses_rightly(_: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    refusals = [refusal for use in transcript.uses if (refusal := _refusal(use.tool, use.parameters))]
    yield _check_result("give tools what they take", not refusals, "; ".join(refusals))


def _refusal(tool: str, parameters: Mapping[str, Any]) -> str | None:
    """What the room would answer to wrong parameters. Tools of the provider's own are not ours to judge."""
    try:
        spec = spec_of(tool)
    except InvalidInputError:
        return None
    try:
        checked(spec, parameters)
    except InvalidInputError as error:
        return str(error)
    return None


def _share(client: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    most = DEFAULTS.max_agent_share if client.max_agent_share is None else client.max_agent_share
    share = transcript.agent_share()
    yield _check_result(f"say at most {most:.0%} of the words", share <= most, f"it said {share:.0%}")


def _asks(client: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    most = DEFAULTS.max_questions if client.max_questions is None else client.max_questions
    found = next((answer for answer in transcript.answers if _questions(answer) > most), None)
    yield _check_result(
        f"ask at most {most} question{'' if most == 1 else 's'} a turn", found is None, f'it said: "{found}"'
    )


def _is_short(client: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    if client.max_words is not None:
        longest = max(transcript.answers, key=_words, default="")
        must = f"say at most {client.max_words} words a turn"
        yield _check_result(must, _words(longest) <= client.max_words, f'it said {_words(longest)}: "{longest}"')


def _lets_lead(client: ScriptedClient, transcript: Transcript) -> Iterator[CheckResult]:
    if client.max_asking_share is not None and transcript.answers:
        share = sum(_questions(answer) > 0 for answer in transcript.answers) / len(transcript.answers)
        must = f"ask in at most {client.max_asking_share:.0%} of the turns"
        yield _check_result(must, share <= client.max_asking_share, f"it asked in {share:.0%}")


CHECKS: tuple[Check, ...] = (
    _answers,
    _says,
    _does_not_say,
    _uses,
    _uses_rightly,
    _share,
    _asks,
    _is_short,
    _lets_lead,
)


def _keeps_prompt(transcript: Transcript, prompt: str) -> CheckResult:
    known = set(_runs(prompt))
    told = next((answer for answer in transcript.answers if any(run in known for run in _runs(answer))), None)
    return _check_result("not read its prompt out", told is None, f'it said: "{told}"')


def _check_result(must: str, kept: bool, detail: str) -> CheckResult:
    return CheckResult(must, CheckOutcome.PASSED) if kept else CheckResult(must, CheckOutcome.FAILED, detail)


def _plain(text: str) -> str:
    """Without case, line breaks, emphasis and typographic apostrophes."""
    letters = text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("*", "").replace("_", " ")
    return " ".join(letters.casefold().split())


def _within(phrases: Sequence[str], answer: str) -> bool:
    """Whether one of the phrases stands in it as whole words; `answer` is plain."""
    return any(re.search(rf"(?<!\w){re.escape(_plain(phrase))}(?!\w)", answer) for phrase in phrases)


def _words(text: str) -> int:
    return len(text.split())


def _questions(answer: str) -> int:
    """How many questions it asks; one that is quoted is not asked."""
    own = re.sub(r'"[^"]*"|“[^”]*”|„[^“”]*[“”]', "", answer)
    return len(_QUESTION.findall(own))


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return (tuple(words[at : at + MAX_PROMPT_WORDS]) for at in range(len(words) - MAX_PROMPT_WORDS + 1))
