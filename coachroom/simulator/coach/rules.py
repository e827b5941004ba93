"""How the practice agent coaches: the GROW steps as plain rules. Pure: state and text in, state and reply out.

Goal, reality, options, will: what do you want, where do you stand, what could you do, what will you do. It answers
with the client's own words and one question at a time. Open actions of last time come first, unless the client wants
to begin otherwise; it is short, leaves time, follows or leads as they want. It has no speech
recognition, so a spoken turn moves the conversation on without quoting it.

It notes what is agreed by the same tools as the real agent, and never waits for what becomes of that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from coachroom.agent.briefing import OPENS
from coachroom.agent.tool_specs import Tool
from coachroom.coaching.approach import Opening
from coachroom.simulator.coach import levels, phrases
from coachroom.simulator.coach.briefing_reader import BriefingFacts, first_answer_in, read_update, texts_in
from coachroom.simulator.coach.dates import day_named
from coachroom.simulator.coach.limits import limit_met, may_be_passed_on, says_danger, says_safe

QUOTE_CHARS = 90
# As long as what is noted may be: words are not cut inside of a quote that is kept.
NOTE_CHARS = 200
MAX_CHECKED = 3
MAX_FACTS = 3
MAX_HINTS = 3
# The client comes with something of their own first.
TURNS_BEFORE_QUESTION = 2
# How the ids of contextual updates begin that hold what the human coach wrote.
COACH_ID = "coach-"


class Speaker(StrEnum):
    """Whose voice a spoken turn is: the first of the call, a second one, or both in one turn."""

    FIRST = "first"
    SECOND = "second"
    BOTH = "both"


class Phase(StrEnum):
    """What the last question asked for."""

    GOAL = "goal"
    LEVELS = "levels"
    REALITY = "reality"
    OPTIONS = "options"
    WILL = "will"
    SURE = "sure"
    EASIER = "easier"
    CLOSE = "close"
    CHECK = "check"
    OBSTACLE = "obstacle"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class CoachState:
    """All that the coach remembers of one conversation.

    `open_actions`: those of last time that are still to be asked about, the first one now; `obstacle`: what got in
    its way; `known`: the briefing; `measuring`: the next goal is to be made measurable; `in_danger`: they said so,
    and coaching has stopped; `human_coach`: the name of the one in the room, `welcomed` once they were greeted;
    `hints`: what that one said for the practice coach alone and it has not taken up yet; `passed_on`: the human
    coach's question in the briefing was asked, or is of the time before a break; `offered`: times for the next
    session that the client has not answered yet, as the tool names them.
    """

    name: str = ""
    step: Phase = Phase.GOAL
    turns: int = 0
    goal: str = ""
    action: str = ""
    resuming: bool = False
    little_time: bool = False
    deafness_told: bool = False
    today: date | None = None
    known: BriefingFacts = field(default_factory=BriefingFacts)
    facts_told: bool = False
    open_actions: tuple[str, ...] = ()
    obstacle: str = ""
    measuring: bool = False
    summed_up: bool = False
    in_danger: bool = False
    human_coach: str = ""
    welcomed: bool = False
    hints: tuple[str, ...] = ()
    passed_on: bool = False
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One use of a client tool."""

    tool: Tool
    parameters: Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say, and the tools to use meanwhile; `ends` when the call is over after it.

    `lookup` is used before: what it answers stands where `text` has LOOKED_UP.
    """

    text: str
    ends: bool = False
    uses: tuple[ToolUse, ...] = ()
    lookup: ToolUse | None = None


QUESTIONS = {
    Phase.GOAL: "What would you like to work on today?",
    Phase.LEVELS: levels.QUESTION,
    Phase.REALITY: "Where do you stand with it right now?",
    Phase.OPTIONS: "What could you do about it? Name two or three things, small ones count.",
    Phase.WILL: "Which one will you do first, and when?",
    Phase.SURE: "From one to ten, how sure are you that you will do it?",
    Phase.EASIER: "What would make it a little easier?",
    Phase.CLOSE: "Is there anything else you want to look at today?",
    Phase.CHECK: "Did you do it?",
    Phase.OBSTACLE: "What got in the way?",
    Phase.KEEP: "Do you want to keep it, or drop it?",
}
NEXT_VERSION = "We go one step at a time."
LOOKED_UP = "{looked up}"
NOT_BOOKED = "I cannot book that now. You can book on your page Appointments."
_OFFERED_TIME = re.compile(r"\(time (\S+)\)")
NOT_FOUND = "I find nothing of that."
TIME = "Take your time."
BRINGS = "What do you bring today?"
# What is said in place of a question to who wants to set the course.
FOLLOWS = {
    Phase.REALITY: "Tell me of it what you want to tell.",
    Phase.OPTIONS: "Go on where it takes you. I follow.",
}
# What is said before a question to who wants to be led.
LEADS = {
    Phase.REALITY: "First we look at where you are.",
    Phase.OPTIONS: "Now we look for what is possible.",
    Phase.WILL: "Now we come to what you will do.",
}
WENT_ON = "What comes to your mind about it now?"
STAGES = (Phase.GOAL, Phase.REALITY, Phase.OPTIONS, Phase.WILL)

HELP = (
    "I am glad you said that. I am only a practice program and cannot help with this. "
    "Please talk to a person now: someone you trust, a crisis line, or your local emergency number. "
    "Are you safe at this moment?"
)
SAFE_NOW = (
    "I am glad to hear it. Please talk to a person today all the same: someone you trust, or a crisis line. "
    "Coaching can wait. Say goodbye when you are ready."
)
DEAFNESS = (
    "I can hear that you speak, but as a practice coach I cannot make out your words. "
    "Speak on if it helps you think, or type, and I will answer what you write."
)
HEARD = {
    Speaker.FIRST: "",
    Speaker.SECOND: "That was a second voice. ",
    Speaker.BOTH: "I heard two voices. ",
}

_NEXT = {
    Phase.GOAL: Phase.REALITY,
    Phase.LEVELS: Phase.REALITY,
    Phase.REALITY: Phase.OPTIONS,
    Phase.OPTIONS: Phase.WILL,
    Phase.WILL: Phase.SURE,
    Phase.SURE: Phase.CLOSE,
    Phase.EASIER: Phase.CLOSE,
    Phase.CLOSE: Phase.REALITY,
    Phase.CHECK: Phase.GOAL,
    Phase.OBSTACLE: Phase.GOAL,
    Phase.KEEP: Phase.GOAL,
}

_THANKS = ("Thank you.", "I see.", "That helps.", "Good to know.")


def begin(variables: Mapping[str, object], today: date | None = None) -> tuple[CoachState, Reply]:
    """The greeting. Uses `client_name`, and `resume…`, `topic`, `session_number`, `opening`, `goals` and
    `open_actions` where given."""
    name = _short(str(variables.get("client_name") or ""), 40)
    state = CoachState(name, today=today)
    hello = f"Hello {name}." if name else "Hello."
    if any(key.startswith("resume") and value not in ("", "no") for key, value in variables.items()):
        return _resumed(state, f"{hello} Welcome back. Let us pick up where you were.", variables)
    again = _as_int(variables.get("session_number")) > 1
    nice = "Good to see you again." if again else "Good to have you here."
    state, words = _opened(state, variables)
    return state, Reply(f"{hello} {nice} {words}")


def _resumed(state: CoachState, back: str, variables: Mapping[str, object]) -> tuple[CoachState, Reply]:
    state = replace(state, passed_on=True)
    if topic := _short("".join(texts_in(str(variables.get("topic") or ""))[:1]), QUOTE_CHARS):
        return replace(state, step=Phase.REALITY, goal=topic), Reply(f'{back} You said: "{topic}". {WENT_ON}')
    return state, Reply(f"{back} {QUESTIONS[Phase.GOAL]}")


def _opened(state: CoachState, variables: Mapping[str, object]) -> tuple[CoachState, str]:
    """As the client wants it opened; without a wish with what was agreed last time."""
    opening = variables.get("opening")
    goals = texts_in(str(variables.get("goals") or ""))[:1]
    if opening == OPENS[Opening.GOAL] and goals:
        goal = _short(goals[0], QUOTE_CHARS)
        words = f'You want to reach this: "{goal}". {QUESTIONS[Phase.REALITY]}'
        return replace(state, step=Phase.REALITY, goal=goal), words
    if opening == OPENS[Opening.OPEN]:
        return state, BRINGS
    actions = texts_in(str(variables.get("open_actions") or ""))[:MAX_CHECKED]
    if not actions:
        return state, f"I am your practice coach. {QUESTIONS[Phase.GOAL]}"
    state = replace(state, step=Phase.CHECK, open_actions=actions)
    if answer := first_answer_in(str(variables["open_actions"])):
        wanted = _short(actions[0], QUOTE_CHARS)
        words = f'Last time you wanted to: "{wanted}". You said {answer}. {QUESTIONS[Phase.OBSTACLE]}'
        return replace(state, step=Phase.OBSTACLE), words
    return state, f"Last time you wanted to: {_asked(actions[0])}"


def greeted(state: CoachState) -> CoachState:
    """When somebody else's greeting was used in place of ours, nothing has been asked yet."""
    return replace(state, step=Phase.GOAL, open_actions=())


def reply(state: CoachState, text: str) -> tuple[CoachState, Reply]:
    """Answer a typed message, whatever it is."""
    said = " ".join(text.split())
    state = replace(state, turns=state.turns + 1)
    if guarded := _guarded(state, said):
        return guarded
    return _in_company(*_coached(state, said))


def hear(state: CoachState, speaker: Speaker = Speaker.FIRST) -> tuple[CoachState, Reply]:
    """Answer a spoken turn, of which no word is known; the first time, say so.

    What only a second voice says is no answer of the client's, so the question stays.
    """
    told, state = state.deafness_told, replace(state, turns=state.turns + 1, deafness_told=True)
    deafness = "" if told else f"{DEAFNESS} "
    if state.in_danger:
        return state, Reply(f"{deafness}{HELP}")
    heard = f"{deafness}{HEARD[speaker]}"
    if speaker is Speaker.SECOND:
        answer = Reply(QUESTIONS[state.step])
    elif state.little_time:
        state, answer = _wrap_up(state, "")
    elif told:
        state, answer = _move_on(state, "")
    else:
        answer = Reply(QUESTIONS[state.step])
    return _in_company(state, replace(answer, text=f"{heard}{answer.text}"))


def inform(state: CoachState, update: str, context_id: str = "") -> CoachState:
    """Take in a contextual update: the briefing's record as data; beside it resuming, little time left, a known goal
    or step, a human coach who comes or leaves. Others change nothing.

    What the human coach wrote is known by the update's id: only a hint changes anything, whatever its words.
    """
    if context_id.startswith(COACH_ID):
        hint = phrases.HINT.match(update)
        return _hinted(state, hint["hint"]) if hint else state
    known, update = read_update(update)
    if known:
        # What would be refused in the talk is not read out of the record either.
        known = replace(
            known,
            facts=tuple(fact for fact in known.facts if not limit_met(fact)),
            question=known.question if may_be_passed_on(known.question) else "",
        )
        name, today = _short(known.name, 40) or state.name, known.today or state.today
        state = replace(state, known=known, name=name, today=today)
    state = _with_human_coach(state, update)
    goal, step = phrases.KNOWN_GOAL.search(update), phrases.KNOWN_STEP.search(update)
    if goal:
        state = replace(state, goal=_short(goal["goal"], QUOTE_CHARS))
    if step:
        state = replace(state, step=Phase(step["step"].lower()))
    return replace(
        state,
        resuming=state.resuming or bool(phrases.RESUME.search(update)),
        little_time=(state.little_time or _says_little_time(update)) and not phrases.MORE_TIME.search(update),
    )


def offered(state: CoachState, reply: Reply, result: str) -> CoachState:
    """What it knows once the reply's tool has answered: the times that it offers."""
    if reply.lookup is None or reply.lookup.tool is not Tool.BOOK_NEXT or "time" in reply.lookup.parameters:
        return state
    return replace(state, offered=tuple(_OFFERED_TIME.findall(result)))


def told(reply: Reply, result: str) -> Reply:
    """The reply with what its lookup found: the first line alone, or that there is nothing."""
    if reply.lookup is not None and reply.lookup.tool is Tool.BOOK_NEXT:
        return replace(reply, text=reply.text.replace(LOOKED_UP, _about_times(reply.lookup, result)), lookup=None)
    found = "".join(next((texts for line in result.split("\n") if (texts := texts_in(line))), ())[:1])
    words = f'I looked it up. You said: "{_short(found, QUOTE_CHARS)}".' if found else NOT_FOUND
    return replace(reply, text=reply.text.replace(LOOKED_UP, words), lookup=None)


def caption(seconds: float, speaker: Speaker = Speaker.FIRST) -> str:
    """What stands in the transcript for a spoken turn: true, although no word was understood."""
    whole = max(1, round(seconds))
    who = {Speaker.FIRST: "", Speaker.SECOND: "a second voice ", Speaker.BOTH: "two voices "}[speaker]
    return f"({who}spoke for {whole} second{'' if whole == 1 else 's'})"


def _hinted(state: CoachState, hint: str) -> CoachState:
    # What would be refused in the talk is not asked for by a hint either.
    told = _short(hint, NOTE_CHARS)
    return replace(state, hints=(*state.hints, told)[-MAX_HINTS:]) if told and not limit_met(told) else state


def _with_human_coach(state: CoachState, update: str) -> CoachState:
    if came := phrases.COACH_CAME.match(update):
        name = _short(came["name"], 40)
        return replace(state, human_coach=name, welcomed=state.welcomed and name == state.human_coach)
    if phrases.COACH_LEFT.match(update):
        return replace(state, human_coach="", welcomed=False, hints=())
    return state


def summary(state: CoachState) -> str:
    """One or two sentences about the conversation, mostly in the client's own words."""
    if not state.turns:
        return "The client did not say anything."
    goal = f"The client {_wants(state.goal)}." if state.goal else "The client talked with the practice coach."
    return f"{goal} The client {_will(state.action)}." if state.action else goal


def _wants(goal: str) -> str:
    """Such as: wants to speak up in meetings. What is not said so is quoted."""
    wish = phrases.WISH.match(goal)
    return f"wants to {wish['what']}" if wish and not phrases.OWN.search(wish["what"]) else f'wants this: "{goal}"'


def _will(action: str) -> str:
    plan = phrases.PLAN.match(action)
    return f"will {plan['what']}" if plan and not phrases.OWN.search(plan["what"]) else f'will do this: "{action}"'


def _coached(state: CoachState, said: str) -> tuple[CoachState, Reply]:
    if agreed := _next_time(state, said):
        return agreed
    state = replace(state, offered=())
    if state.open_actions and not state.little_time and (checked := _check(state, said)):
        return checked
    if (
        state.step in (Phase.GOAL, Phase.CLOSE)
        and not state.little_time
        and (rest := levels.without_wish(said)) is not None
    ):
        state, said = replace(state, measuring=True), rest
        if not said:
            return replace(state, step=Phase.GOAL), Reply(
                f"Gladly, for a goal that you name now. {QUESTIONS[Phase.GOAL]}"
            )
    if aside := _noting(state, said) or _aside(state, said):
        return state, aside
    about = _about_client(state, said)
    state, answer = _wrap_up(state, said) if state.little_time else _move_on(state, said)
    return state, replace(answer, uses=(*about, *answer.uses))


def _in_company(state: CoachState, answer: Reply) -> tuple[CoachState, Reply]:
    """The answer, with a greeting for a human coach who came in, their hints and their question; each once."""
    if answer.ends:
        return state, answer
    parts = [f"Welcome, {state.human_coach}."] if state.human_coach and not state.welcomed else []
    parts += [f'Let us look at this as well: "{hint}".' for hint in state.hints]
    state = replace(state, welcomed=bool(state.human_coach), hints=())
    if state.known.question and not state.passed_on and state.turns >= TURNS_BEFORE_QUESTION:
        state, who = replace(state, passed_on=True), state.known.asked_by or "Your human coach"
        parts.append(f'{who} would like me to ask you: "{_short(state.known.question, NOTE_CHARS)}".')
    return state, replace(answer, text=" ".join((*parts, answer.text)))


def _guarded(state: CoachState, said: str) -> tuple[CoachState, Reply] | None:
    """What comes before all coaching: danger, the wish to stop, and what goes beyond a limit."""
    if says_danger(said):
        return replace(state, in_danger=True), Reply(HELP)
    if _wants_to_end(state, said):
        return _goodbye(state)
    if state.in_danger:
        return state, Reply(SAFE_NOW if says_safe(said) else HELP)
    if limit := limit_met(said):
        return state, Reply(f"{limit} {QUESTIONS[state.step]}")
    return None


def _wants_to_end(state: CoachState, said: str) -> bool:
    done = state.step is Phase.CLOSE and phrases.NOTHING_ELSE.match(said)
    return bool(phrases.GOODBYE.search(said) or phrases.STOP.match(said) or done)


def _aside(state: CoachState, said: str) -> Reply | None:
    """What to say to something that is no answer; the question stays the same."""
    question = QUESTIONS[state.step]
    if not any(character.isalnum() for character in said):
        return Reply(f"Take your time. {question}")
    if phrases.GREETING.match(said):
        return Reply(f"Hello. {question}")
    if state.little_time:
        return None
    if phrases.UNSURE.match(said):
        return Reply("That is all right. What is the first small thing that comes to mind?")
    if said.endswith("?"):
        return _asked_back(state, said)
    return None


def _asked_back(state: CoachState, said: str) -> Reply:
    question = QUESTIONS[state.step]
    if asked := phrases.SAID_BEFORE.match(said):
        return Reply(f"{LOOKED_UP} {question}", lookup=ToolUse(Tool.RECALL, {"about": asked["about"].strip()}))
    only_asking = "A good question to think about. I only know how to ask."
    return Reply(f"{_recalled(state) if phrases.RECALL.search(said) else only_asking} {question}")


def _next_time(state: CoachState, said: str) -> tuple[CoachState, Reply] | None:
    """The client wants a time for the next session, or answers which of the offered ones."""
    question = QUESTIONS[state.step]
    if state.offered:
        chosen = next((number for number, each in enumerate(phrases.ORDINALS) if each.search(said)), None)
        if chosen is None and phrases.YES.match(said):
            chosen = 0
        times, state = state.offered, replace(state, offered=())
        if chosen is not None and chosen < len(times):
            return state, Reply(f"{LOOKED_UP} {question}", lookup=ToolUse(Tool.BOOK_NEXT, {"time": times[chosen]}))
        if phrases.NO.match(said):
            return state, Reply(f"Then we leave that open. {question}")
    if phrases.BOOK.search(said) and (said.endswith("?") or phrases.ASKS.match(said)):
        return state, Reply(LOOKED_UP, lookup=ToolUse(Tool.BOOK_NEXT, {}))
    return None


def _about_times(use: ToolUse, result: str) -> str:
    times = texts_in(result)
    if not times:
        return NOT_BOOKED
    if "time" in use.parameters:
        return f"It is booked: {times[0]}."
    return f"These times are free: {'; '.join(times)}. Shall I book the first, the second or the third?"


def _noting(state: CoachState, said: str) -> Reply | None:
    """The client asks to have something noted; the question stays the same."""
    if fact := phrases.REMEMBER.match(said):
        use = ToolUse(Tool.REMEMBER, {"text": fact["fact"]})
        return Reply(f"I am noting that. {QUESTIONS[state.step]}", uses=(use,))
    if progress := phrases.PROGRESS.match(said):
        return _progress(state, progress["about"], progress["score"])
    return None


def _progress(state: CoachState, about: str | None, score: str) -> Reply:
    goal = about or state.goal or "".join(state.known.goals[:1])
    if not goal:
        return Reply(f"I do not know yet what that is about. {QUESTIONS[Phase.GOAL]}")
    use = ToolUse(Tool.LOG_PROGRESS, {"about": goal.strip(), "score": int(score.replace("\u2212", "-"))})
    return Reply(f"Thank you, I am noting that. {QUESTIONS[state.step]}", uses=(use,))


def _recalled(state: CoachState) -> str:
    facts, last = state.known.facts[:MAX_FACTS], state.known.last_session[:MAX_FACTS]
    told = [f"You told me: {_quotes(facts)}."] if facts else []
    told += [f"Last time: {_quotes(last)}."] if last else []
    return " ".join(told) or "I remember nothing of you that I could tell."


def _about_client(state: CoachState, said: str) -> tuple[ToolUse, ...]:
    """What the client states about themselves on the way."""
    stated = state.step in (Phase.REALITY, Phase.OPTIONS, Phase.EASIER)
    if not stated or not phrases.ABOUT_ME.match(said) or phrases.PASSING.match(said):
        return ()
    return (ToolUse(Tool.REMEMBER, {"text": said}),)


def _check(state: CoachState, said: str) -> tuple[CoachState, Reply] | None:
    """What became of an action of last time; None where the answer is about something else."""
    if not any(character.isalnum() for character in said):
        return None
    match state.step:
        case Phase.CHECK if phrases.NO.match(said):
            return replace(state, step=Phase.OBSTACLE), Reply(f"Thank you for saying so. {QUESTIONS[Phase.OBSTACLE]}")
        case Phase.CHECK if phrases.YES.match(said):
            done = ToolUse(Tool.LOG_PROGRESS, {"about": state.open_actions[0], "done": True})
            return _next_check(state, "Well done.", done)
        case Phase.OBSTACLE:
            return replace(state, step=Phase.KEEP, obstacle=said), Reply(f"I see. {QUESTIONS[Phase.KEEP]}")
        case Phase.KEEP:
            return _keep_or_drop(state, said)
    return None


def _keep_or_drop(state: CoachState, said: str) -> tuple[CoachState, Reply]:
    if not phrases.DROP.search(said):
        return _next_check(state, "Then it stays on your list.")
    note = _short(state.obstacle, QUOTE_CHARS)
    dropped = ToolUse(Tool.LOG_PROGRESS, {"about": state.open_actions[0], "done": False, "note": note})
    return _next_check(state, "Then let it go.", dropped)


def _next_check(state: CoachState, words: str, *uses: ToolUse) -> tuple[CoachState, Reply]:
    left = state.open_actions[1:]
    state = replace(state, step=Phase.CHECK if left else Phase.GOAL, open_actions=left, obstacle="")
    question = f"You also wanted to: {_asked(left[0])}" if left else QUESTIONS[Phase.GOAL]
    return state, Reply(f"{words} {question}", uses=uses)


def _move_on(state: CoachState, said: str) -> tuple[CoachState, Reply]:
    if state.step is Phase.CHECK and said:
        # An answer to no question of ours: they have come with something else.
        state = greeted(state)
    step = _NEXT[state.step]
    if (
        state.measuring
        and said
        and state.step in (Phase.GOAL, Phase.CLOSE)
        and not _knows_goal(state, _short(said, NOTE_CHARS))
    ):
        step = Phase.LEVELS
    if state.step is Phase.SURE and 0 <= _number(said) < 7:
        step = Phase.EASIER
    parts = ["Let us pick up where you were."] if state.resuming else []
    parts += [] if state.known.short else [_acknowledge(state, said)]
    if state.step is Phase.GOAL and state.known.facts and not state.facts_told and not state.known.short:
        parts += [f"You told me: {_quotes(state.known.facts[:MAX_FACTS])}."]
        state = replace(state, facts_told=True)
    parts += [_next_question(state, step)]
    state, uses = _remember(state, said)
    if step in STAGES and step is not Phase.GOAL:
        uses += (ToolUse(Tool.MARK_STAGE, {"stage": step.value}),)
    if step is Phase.CLOSE:
        state, summed_up = _sum_up(state)
        uses += summed_up
    state = replace(state, step=step, resuming=False, open_actions=())
    return state, Reply(" ".join(part for part in parts if part), uses=uses)


def _next_question(state: CoachState, step: Phase) -> str:
    """The step's question, as the client wants it."""
    known = state.known
    if known.client_leads and step in FOLLOWS:
        return FOLLOWS[step]
    before = f"{LEADS[step]} " if known.coach_leads and step in LEADS else ""
    return f"{before}{QUESTIONS[step]}"


def _remember(state: CoachState, said: str) -> tuple[CoachState, tuple[ToolUse, ...]]:
    """Takes down what was answered, and notes what is a goal or a next step."""
    words = _short(said, NOTE_CHARS)
    if state.step in (Phase.GOAL, Phase.CLOSE) and words:
        state = replace(state, goal=words, summed_up=False)
        if _knows_goal(state, words):
            return replace(state, measuring=False), (ToolUse(Tool.MARK_STAGE, {"stage": "goal"}),)
        return state, () if state.measuring else (ToolUse(Tool.SAVE_GOAL, {"title": words}),)
    if state.step is Phase.LEVELS:
        outcomes = {name: _short(text, NOTE_CHARS) for name, text in levels.outcomes(said).items()}
        return replace(state, measuring=False), (ToolUse(Tool.SAVE_GOAL, {"title": state.goal, **outcomes}),)
    if state.step is Phase.WILL and words:
        day = day_named(said, state.today) if state.today else None
        due = {"due_date": day.isoformat()} if day else {}
        goal = {"goal": state.goal} if state.goal else {}
        use = ToolUse(Tool.ADD_ACTION, {"title": words, **due, **goal})
        return replace(state, action=words, summed_up=False), (use,)
    return state, ()


def _sum_up(state: CoachState) -> tuple[CoachState, tuple[ToolUse, ...]]:
    """The summary, once it can say something new."""
    if state.summed_up or not (state.goal or state.action):
        return state, ()
    return replace(state, summed_up=True), (ToolUse(Tool.WRAP_UP, {"summary": summary(state)}),)


def _acknowledge(state: CoachState, said: str) -> str:
    thanks = "" if state.known.direct else _THANKS[state.turns % len(_THANKS)]
    if state.known.exploring:
        thanks = TIME
    quote = _short(said, QUOTE_CHARS)
    match state.step:
        case Phase.GOAL | Phase.CLOSE if quote:
            return f'{thanks} So it is about this: "{quote}".'.strip()
        case Phase.LEVELS:
            return "That can be seen when it happens." if levels.outcomes(said) else "Then we leave that open."
        case Phase.WILL if quote:
            return f'That is a clear step: "{quote}".'
        case Phase.SURE:
            return "That sounds strong." if _number(said) >= 7 else "Thank you for being honest."
        case Phase.EASIER:
            return "Then let that help you."
        case _:
            return thanks


def _wrap_up(state: CoachState, said: str) -> tuple[CoachState, Reply]:
    """First ask for the one thing to take along, then say goodbye without hanging up on the client."""
    if state.step not in (Phase.WILL, Phase.CLOSE):
        goal = f' You came with "{state.goal}".' if state.goal else ""
        uses: tuple[ToolUse, ...] = ()
        state = replace(state, measuring=False)
        if state.step is Phase.LEVELS or (state.step is Phase.GOAL and not goal):
            state, uses = _remember(state, said)
        state = replace(state, step=Phase.WILL, resuming=False, open_actions=())
        question = f"We have little time left, so let us close well.{goal} What is the one thing you will do next?"
        return state, Reply(question, uses=(*uses, ToolUse(Tool.MARK_STAGE, {"stage": "will"})))
    state, uses = _remember(state, said) if state.step is Phase.WILL else (state, ())
    state, summed_up = _sum_up(replace(state, step=Phase.CLOSE))
    action = f' You will do this: "{state.action}".' if state.action else ""
    text = f"We have little time left.{action} Thank you for today. Say goodbye when you are ready."
    return state, Reply(text, uses=(*uses, *summed_up))


def _goodbye(state: CoachState) -> tuple[CoachState, Reply]:
    name = f", {state.name}" if state.name else ""
    keep = f' Keep this in mind: "{state.action}".' if state.action else ""
    # Who leaves instead of an answer about the goal's outcomes has the goal all the same.
    state, uses = _remember(state, "") if state.step is Phase.LEVELS else (state, ())
    state, summed_up = _sum_up(state)
    text = f"Thank you{name}.{keep} Take good care of yourself. Goodbye."
    return state, Reply(text, ends=True, uses=(*uses, *summed_up))


def _says_little_time(update: str) -> bool:
    found = phrases.LITTLE_TIME.search(update)
    if not found:
        return False
    amount, unit = found["n"], found["unit"]
    return not (
        amount and amount.isdecimal() and unit.lower().startswith("minute") and int(amount) > phrases.MANY_MINUTES
    )


def _number(said: str) -> int:
    """The first number from 0 to 10, in digits or words; -1 without one."""
    if digits := phrases.NUMBER.search(said):
        return int(digits.group())
    return next(
        (phrases.NUMBERS.index(word) for word in re.findall(r"[a-z]+", said.lower()) if word in phrases.NUMBERS), -1
    )


def _as_int(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0


def _asked(action: str) -> str:
    return f'"{_short(action, QUOTE_CHARS)}". {QUESTIONS[Phase.CHECK]}'


def _quotes(texts: Sequence[str]) -> str:
    return ", ".join(f'"{_short(text, QUOTE_CHARS)}"' for text in texts)


def _knows_goal(state: CoachState, words: str) -> bool:
    return any(_essence(goal) == _essence(words) for goal in state.known.goals)


def _essence(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _short(text: str, limit: int) -> str:
    """One line without quotation marks, cut between words."""
    line = " ".join(text.replace('"', " ").split()).rstrip(" .!,;")
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0] + "…"
