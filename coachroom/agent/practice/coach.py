"""How the practice agent coaches: the GROW steps as plain rules. Pure: state and text in, state and reply out.

Goal, reality, options, will: what do you want, where do you stand, what could you do, what will you do. It answers
with the client's own words and one question at a time. It has no speech recognition, so a spoken turn moves the
conversation on without quoting it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

QUOTE_CHARS = 90


class Step(StrEnum):
    """What the last question asked for."""

    GOAL = "goal"
    REALITY = "reality"
    OPTIONS = "options"
    WILL = "will"
    SURE = "sure"
    EASIER = "easier"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class State:
    """All that the coach remembers of one conversation."""

    name: str = ""
    step: Step = Step.GOAL
    turns: int = 0
    goal: str = ""
    action: str = ""
    resuming: bool = False
    little_time: bool = False
    deafness_told: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say; `ends` when the call is over after it."""

    text: str
    ends: bool = False


QUESTIONS = {
    Step.GOAL: "What would you like to work on today?",
    Step.REALITY: "Where do you stand with it right now?",
    Step.OPTIONS: "What could you do about it? Name two or three things, small ones count.",
    Step.WILL: "Which one will you do first, and when?",
    Step.SURE: "From one to ten, how sure are you that you will do it?",
    Step.EASIER: "What would make it a little easier?",
    Step.CLOSE: "Is there anything else you want to look at today?",
}

HELP = (
    "I am glad you said that. I am only a practice program and cannot help with this. "
    "Please talk to a person now: someone you trust, a crisis line, or your local emergency number."
)
DEAFNESS = (
    "I can hear that you speak, but as a practice coach I cannot make out your words. "
    "Speak on if it helps you think, or type, and I will answer what you write."
)

_NEXT = {
    Step.GOAL: Step.REALITY,
    Step.REALITY: Step.OPTIONS,
    Step.OPTIONS: Step.WILL,
    Step.WILL: Step.SURE,
    Step.SURE: Step.CLOSE,
    Step.EASIER: Step.CLOSE,
    Step.CLOSE: Step.REALITY,
}

_THANKS = ("Thank you.", "I see.", "That helps.", "Good to know.")

_GOODBYE = re.compile(
    r"^((ok|okay|well|great|alright|all right|no|thanks|thank you|many thanks)[\s,.!]*)*"
    r"((good ?)?bye([\s-]?bye)?|see you|talk (to you )?(soon|later)|(that is|that's) (all|it)|"
    r"(let us |let's )?(end|stop) (the |this )?(call|session|conversation)|hang up)"
    r"([\s,.!]+(for (today|now)|then|soon|later|next (time|week)|now|thanks|thank you|coach|everyone))*[\s.!]*$"
    r"|[.,!;]\s*(good ?)?bye[\s.!]*$",
    re.IGNORECASE,
)
_NEED = re.compile(
    r"\b(suicid\w*|kill(ing)? myself|end(ing)? my life|hurt(ing)? myself|harm(ing)? myself|self[- ]harm)\b",
    re.IGNORECASE,
)
_NOTHING_ELSE = re.compile(
    r"^\W*(no|nope|nothing|not today|that is all|that's all)\b.{0,30}$", re.IGNORECASE | re.DOTALL
)
_UNSURE = re.compile(r"^\W*(i do(n't| not) know|not sure|no idea|idk|hm+|dunno)\b.{0,20}$", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"\b(10|[0-9])\b")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_RESUME = re.compile(r"\b(resum\w*|continu\w*|reconnect\w*|pick(ing|s)? up|came back|is back)\b", re.IGNORECASE)
_LITTLE_TIME = re.compile(
    r"\b(time is (almost|nearly) (up|over)|little time|wrap(ping)? up|running out of time|"
    r"(?P<n>\d+|one|two|three|four|five|a|few|a few)\s+(?P<unit>minutes?|seconds?)\s+(left|remain\w*|to go))\b",
    re.IGNORECASE,
)
_MANY_MINUTES = 5
_KNOWN_GOAL = re.compile(r"\bgoal\b[^:\n]{0,30}:\s*(?P<goal>[^\n]+)", re.IGNORECASE)
_KNOWN_STEP = re.compile(r"\bstep\b[^:\n]{0,20}:\s*(?P<step>goal|reality|options|will)\b", re.IGNORECASE)


def begin(variables: Mapping[str, object]) -> tuple[State, Reply]:
    """The greeting. Uses `client_name`, and a `resume…` or `session_number` variable when there is one."""
    name = _short(str(variables.get("client_name") or ""), 40)
    hello = f"Hello {name}." if name else "Hello."
    if any(key.startswith("resume") and value for key, value in variables.items()):
        return State(name), Reply(f"{hello} Welcome back. Let us pick up where you were. {QUESTIONS[Step.GOAL]}")
    again = _as_int(variables.get("session_number")) > 1
    nice = "Good to see you again." if again else "Good to have you here."
    return State(name), Reply(f"{hello} {nice} I am your practice coach. {QUESTIONS[Step.GOAL]}")


def reply(state: State, text: str) -> tuple[State, Reply]:
    """Answer a typed message, whatever it is."""
    said = " ".join(text.split())
    state = replace(state, turns=state.turns + 1)
    if _NEED.search(said):
        return state, Reply(HELP)
    if _GOODBYE.search(said) or (state.step is Step.CLOSE and _NOTHING_ELSE.match(said)):
        return state, _goodbye(state)
    if aside := _aside(state, said):
        return state, Reply(aside)
    return _wrap_up(state, said) if state.little_time else _move_on(state, said)


def hear(state: State) -> tuple[State, Reply]:
    """Answer a spoken turn, of which no word is known; the first time, say so."""
    told, state = state.deafness_told, replace(state, turns=state.turns + 1, deafness_told=True)
    if state.little_time:
        state, answer = _wrap_up(state, "")
        return state, answer if told else Reply(f"{DEAFNESS} {answer.text}")
    if told:
        return _move_on(state, "")
    return state, Reply(f"{DEAFNESS} {QUESTIONS[state.step]}")


def inform(state: State, update: str) -> State:
    """Take in a contextual update: resuming, little time left, a known goal or step. Others change nothing."""
    goal, step = _KNOWN_GOAL.search(update), _KNOWN_STEP.search(update)
    if goal:
        state = replace(state, goal=_short(goal["goal"], QUOTE_CHARS))
    if step:
        state = replace(state, step=Step(step["step"].lower()))
    return replace(
        state,
        resuming=state.resuming or bool(_RESUME.search(update)),
        little_time=state.little_time or _says_little_time(update),
    )


def caption(seconds: float) -> str:
    """What stands in the transcript for a spoken turn: true, although no word was understood."""
    whole = max(1, round(seconds))
    return f"(spoke for {whole} second{'' if whole == 1 else 's'})"


def summary(state: State) -> str:
    """One or two sentences about the conversation, for its analysis."""
    if not state.turns:
        return "The client did not say anything."
    goal = (
        f'The client wanted to work on "{state.goal}".'
        if state.goal
        else "The client talked with the practice coach."
    )
    return f'{goal} Next step: "{state.action}".' if state.action else goal


def _aside(state: State, said: str) -> str | None:
    """What to say to something that is no answer; the question stays the same."""
    if not any(character.isalnum() for character in said):
        return f"Take your time. {QUESTIONS[state.step]}"
    if state.little_time:
        return None
    if _UNSURE.match(said):
        return "That is all right. What is the first small thing that comes to mind?"
    if said.endswith("?"):
        return f"A good question to think about. I only know how to ask. {QUESTIONS[state.step]}"
    return None


def _move_on(state: State, said: str) -> tuple[State, Reply]:
    step = _NEXT[state.step]
    if state.step is Step.SURE and 0 <= _number(said) < 7:
        step = Step.EASIER
    parts = ["Let us pick up where you were."] if state.resuming else []
    parts += [_acknowledge(state, said), QUESTIONS[step]]
    state = replace(_remember(state, said), step=step, resuming=False)
    return state, Reply(" ".join(parts))


def _remember(state: State, said: str) -> State:
    if state.step in (Step.GOAL, Step.CLOSE) and said:
        return replace(state, goal=_short(said, QUOTE_CHARS))
    if state.step is Step.WILL and said:
        return replace(state, action=_short(said, QUOTE_CHARS))
    return state


def _acknowledge(state: State, said: str) -> str:
    thanks = _THANKS[state.turns % len(_THANKS)]
    quote = _short(said, QUOTE_CHARS)
    match state.step:
        case Step.GOAL | Step.CLOSE if quote:
            return f'{thanks} So it is about this: "{quote}".'
        case Step.WILL if quote:
            return f'That is a clear step: "{quote}".'
        case Step.SURE if _number(said) >= 7:
            return "That sounds strong."
        case Step.SURE:
            return "Thank you for being honest."
        case Step.EASIER:
            return "Then let that help you."
        case _:
            return thanks


def _wrap_up(state: State, said: str) -> tuple[State, Reply]:
    """First ask for the one thing to take along, then say goodbye without hanging up on the client."""
    if state.step not in (Step.WILL, Step.CLOSE):
        goal = f' You came with "{state.goal}".' if state.goal else ""
        state = replace(state, step=Step.WILL, resuming=False)
        return state, Reply(
            f"We have little time left, so let us close well.{goal} What is the one thing you will do next?"
        )
    state = replace(_remember(state, said), step=Step.CLOSE)
    action = f' You will do this: "{state.action}".' if state.action else ""
    return state, Reply(f"We have little time left.{action} Thank you for today. Say goodbye when you are ready.")


def _goodbye(state: State) -> Reply:
    name = f", {state.name}" if state.name else ""
    keep = f' Keep this in mind: "{state.action}".' if state.action else ""
    return Reply(f"Thank you{name}.{keep} Take good care of yourself. Goodbye.", ends=True)


def _says_little_time(update: str) -> bool:
    found = _LITTLE_TIME.search(update)
    if not found:
        return False
    amount, unit = found["n"], found["unit"]
    return not (amount and amount.isdecimal() and unit.lower().startswith("minute") and int(amount) > _MANY_MINUTES)


def _number(said: str) -> int:
    """The first number from 0 to 10, in digits or words; -1 without one."""
    if digits := _NUMBER.search(said):
        return int(digits.group())
    return next((_NUMBERS.index(word) for word in re.findall(r"[a-z]+", said.lower()) if word in _NUMBERS), -1)


def _as_int(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _short(text: str, limit: int) -> str:
    """One line without quotation marks, cut between words."""
    line = " ".join(text.replace('"', " ").split()).rstrip(" .!,;")
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0] + "…"
