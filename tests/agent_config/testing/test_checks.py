"""Each check against one talk that keeps the must and one that breaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coachroom.agent_config.testing.checks import MAX_PROMPT_WORDS, CheckOutcome, run_checks
from coachroom.agent_config.testing.scripts import ScriptedClient
from coachroom.agent_config.testing.transcript import Said, ToolCall, Transcript
from coachroom.rooms.states import Sender

CLIENT = ScriptedClient("Somebody", ("I want to rest.",))
PROMPT = "You are a coach. Ask the client one question at a time, then wait for as long as it takes them to think."


def talk(*events: str | ToolCall) -> Transcript:
    """Lines that begin with > are the client's."""
    return Transcript(
        tuple(
            event
            if isinstance(event, ToolCall)
            else Said(Sender.CLIENT, event[1:])
            if event.startswith(">")
            else Said(Sender.AGENT, event)
            for event in events
        )
    )


def goal(**parameters: object) -> ToolCall:
    return ToolCall("save_goal", parameters or {"title": "Rest"})


REST = talk("Hello.", ">I want to rest.", goal(), "Rest. What would rest look like?")
TOOL_AT_THE_END = ToolCall("end_call", {})

# The client's must, its name in the result, a talk that keeps it, and one that breaks it.
TABLE = [
    ({}, "answer every line", REST, talk("Hello.", ">I want to rest.")),
    ({}, "answer every line", REST, talk()),
    ({"says": ("a", "b")}, "answer every line", talk(">a", "1", ">b", goal(), "2"), talk(">a", "1", ">b")),
    ({"says": ("a", "b")}, "answer every line", talk(">a", "1", ">b", "2"), talk("1", "2", "3", ">a", ">b", "4")),
    ({}, "answer every line", talk(">...", "Take your time."), talk(">a", "...", "[sighs]")),
    ({"must_say": (("rest",),)}, 'say "rest"', REST, talk("Hello.", ">rest", "What is the interest?")),
    ({"must_say": (("AI coach", "practice coach"),)}, 'say "AI coach" or "practice coach"',
     talk(">a", "I am your **practice\ncoach**."), talk(">a", "I am your coach.")),
    ({"must_say": (("can't tell",),)}, 'say "can\'t tell"',
     talk(">a", "I can\N{RIGHT SINGLE QUOTATION MARK}t tell."), talk(">can't tell", "Oh.")),
    ({"must_not_say": ("good idea",)}, 'not say "good idea"',
     talk(">Is it a good idea?", "Your idea is good. A good ideal."), talk(">a", "A Good\n idea!")),
    ({"must_not_say": ("arr",)}, 'not say "arr"', talk(">arr", "You arrive."), talk("Arr!", ">a", "b")),
    ({"must_use": ("save_goal",)}, "use save_goal", REST, talk(">a", "b")),
    ({"must_use": ("end_call",)}, "use end_call", talk(">a", "b", TOOL_AT_THE_END), REST),
    ({"must_not_use": ("save_goal",)}, "not use save_goal", talk(">a", "b"), REST),
    ({}, "give tools what they take", REST, talk(">a", goal(name="Rest"), "b")),
    ({}, "give tools what they take", talk(">a", ToolCall("look_up", {"x": 1}), "b"), talk(">a", goal(title=3), "b")),
    ({"max_agent_share": 0.5}, "say at most 50% of the words", talk(">a b", "c d"), talk(">a b", "c d e")),
    ({"max_agent_share": 0.5}, "say at most 50% of the words", talk(">a", "[warmly] b"), talk("a", ">..."),),
    ({"max_questions": 1}, "ask at most 1 question a turn", talk(">a", "What?! Now."), talk(">a", "What? When?")),
    ({"max_questions": 1}, "ask at most 1 question a turn",
     talk(">a", 'You asked "Why? How?". What do you think?'), talk("Hm? What?", ">a", "b")),
    ({"max_questions": 0}, "ask at most 0 questions a turn", talk(">a", "b."), talk(">a", "b?")),
    ({"max_words": 3}, "say at most 3 words a turn", talk(">a b c d", "a b\nc", "d e"), talk("a b c d", ">a", "b")),
    ({"max_asking_share": 0.5}, "ask in at most 50% of the turns", talk(">a", "b?", "c."), talk(">a", "b?")),
    ({}, "not read its prompt out", talk(">a", "I ask one question at a time, then wait."),
     talk(">a", f"They told me: {' '.join(PROMPT.split()[4 : 4 + MAX_PROMPT_WORDS]).upper()}!")),
]  # fmt: skip


@pytest.mark.parametrize(("musts", "must", "kept", "broken"), TABLE)
def test_a_check_tells_a_talk_that_keeps_it_from_one_that_breaks_it(
    musts: dict[str, object], must: str, kept: Transcript, broken: Transcript
) -> None:
    client = replace(CLIENT, **musts)  # type: ignore[arg-type]
    outcomes = [{check.must: check.outcome for check in run_checks(client, talk, PROMPT)} for talk in (kept, broken)]
    assert [outcome[must] for outcome in outcomes] == [CheckOutcome.PASSED, CheckOutcome.FAILED]


def test_every_check_has_its_lines_in_the_table() -> None:
    client = replace(
        CLIENT, must_say=(("a",),), must_not_say=("a",), must_use=("save_goal",), must_not_use=("save_goal",)
    )
    kinds = {check.must.partition(" ")[0] for check in run_checks(client, REST, PROMPT)}
    assert kinds <= {must.partition(" ")[0] for _, must, _, _ in TABLE}


def test_what_broke_a_must_is_told() -> None:
    client = replace(CLIENT, must_not_say=("rest",), must_use=("wrap_up",))
    details = {check.must: check.detail for check in run_checks(client, REST, PROMPT)}
    assert details['not say "rest"'] == 'it said: "Rest. What would rest look like?"'
    assert details["use wrap_up"] == "it used save_goal"
    assert details["answer every line"] == ""


def test_why_a_call_ended_is_told_where_lines_were_not_answered() -> None:
    cut = replace(talk("Hello.", ">I want to rest."), ended="1008 override_error")
    assert (
        run_checks(CLIENT, cut, PROMPT)[0].detail == "0 of 1 lines were answered; the call ended: 1008 override_error"
    )
