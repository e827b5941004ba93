"""Whatever the practice agent's mood: what is on disk after the record came is what was said.

Drawn talks are played with the practice agent in drawn moods; the page's events and the provider's documents then go
their usual ways.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.clock import from_iso
from coachroom.coaching.validation import essence
from coachroom.elevenlabs.call_record import read_record
from coachroom.recording.shared_voice import SharedVoice
from coachroom.recording.turn import MISMATCHED_LATENCY, REPORTED_AT, Turn
from coachroom.recording.words import spoken_words
from coachroom.rooms.states import EndReason, Sender
from coachroom.simulator import AWKWARD, NORMAL, Mood
from coachroom.simulator.call.protocol import Message
from coachroom.simulator.mood import Delays, Wait
from tests.databases import columns_but
from tests.services import ANA, HandClock, delivery, enter, opened, store_of
from tests.simulator.serving import AGENT
from tests.simulator.talks import Act, PlayedTalk, play

# A talk takes too long to look for the shortest one that fails.
QUICKLY = (Phase.explicit, Phase.reuse, Phase.generate)
SENDERS = {"user": Sender.CLIENT, "agent": Sender.AGENT}
CORRECTIONS = frozenset({"interruption", "correction"})
SWITCHES = ["shared_event_ids", "late_answers", "silences", "empty_turns", "null_messages", "audio_tags"]


class TalksOnFile:
    """Services on one file; every talk is a session of its own."""

    def __init__(self, services: Services, clock: HandClock) -> None:
        self.services = services
        self.clock = clock

    def hold(
        self,
        acts: Sequence[Act],
        mood: Mood,
        *,
        seed: int = 0,
        text_only: bool = False,
        lost: frozenset[str] = frozenset(),
        by_coach: frozenset[int] = frozenset(),
    ) -> tuple[str, PlayedTalk]:
        """A session with this talk, until its record is settled: the session's id and what became of the talk.

        `lost`: the kinds of the page's events that never arrive. `by_coach`: which of the client's turns a human
        coach said, who is heard all the time.
        """
        self.clock.forward(60)
        session = enter(self.services)
        played = play(
            acts, mood, seed=seed, began=self.clock.now, client=ANA, session_id=session.id, text_only=text_only
        )
        self.clock.forward(played.seconds)
        arrived = [event for event in played.events if event["kind"] not in lost]
        clients = [event for event in arrived if event["kind"] == "turn" and event["sender"] == "client"]
        for place, event in enumerate(clients):
            if place in by_coach:
                event |= {"sender": "coach", "typed": False}
        heard = (SharedVoice(session.start_time, None),) if by_coach else ()
        self.services.intake._rebuilder.states._shared_voices = lambda _session_id: heard
        self.services.intake.receive(session.id, delivery(*arrived, epoch=session.id, sent_at=self.clock.now))
        self.services.sessions.end(session.id, EndReason.CLIENT)
        for document in played.documents:
            self.services.records.receive(read_record(document))
            self.services.records.rebuild_waiting()
        return session.id, played


@pytest.fixture(scope="module")
def talks() -> Iterator[TalksOnFile]:
    folder, clock = Path(tempfile.mkdtemp()), HandClock()
    with opened(folder, clock, agent_id=AGENT, session_minutes=240) as services:
        yield TalksOnFile(services, clock)
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Line:
    """One thing said, by the record: how it may read, and whether any of it was heard before it was interrupted."""

    sender: Sender
    readings: frozenset[str]
    heard: bool


def spoken(document: Message) -> list[Line]:
    """What was said, in the record's order; a turn without words was not said."""
    lines = []
    for line in document["transcript"]:
        sender = SENDERS[line["role"]]
        words, original = (
            essence(spoken_words(sender, line[each] or "")) for each in ("message", "original_message")
        )
        lines += [Line(sender, frozenset({words, original} - {""}), bool(words))] if words or original else []
    return lines


def kept(turns: Sequence[Turn]) -> list[tuple[Sender, str]]:
    """What is on disk, with all that was to be said where it was interrupted."""
    wholes = [(turn.sender, str(turn.context.get("original") or turn.message)) for turn in turns]
    return [(sender, essence(spoken_words(sender, whole))) for sender, whole in wholes]


def without_unheard(found: Sequence[tuple[Sender, str]], said: Sequence[Line]) -> list[tuple[Sender, str]]:
    """What is on disk without the client's last lines that the record does not have."""
    heard = Counter(max(line.readings) for line in said if line.sender is Sender.CLIENT)
    heard_lines = []
    for sender, words in found:
        if sender is Sender.CLIENT:
            heard[words] -= 1
            if heard[words] < 0:
                continue
        heard_lines.append((sender, words))
    return heard_lines


def reported_at(turn: Turn) -> datetime:
    return from_iso(turn.context[REPORTED_AT]) if REPORTED_AT in turn.context else turn.timestamp


def check_each_thing_said_once_in_its_order(turns: Sequence[Turn], document: Message) -> None:
    said, found = spoken(document), kept(turns)
    if document["status"] == "failed":
        # What the client typed while the line broke, nobody heard; it is kept all the same.
        found = without_unheard(found, said)
    for line in said:
        if found and found[0][0] is line.sender and found[0][1] in line.readings:
            found = found[1:]
        else:
            # An answer of which nothing was heard is kept where the page had shown it, and never learnt of its end.
            assert not line.heard, f"{line} is missing where {found} is left, in {kept(turns)}"
    assert found == []
    assert [turn.seq for turn in turns] == sorted({turn.seq for turn in turns})
    times = [turn.timestamp for turn in turns]
    assert times == sorted(times)


def check_questions_stand_before_answers(turns: Sequence[Turn]) -> None:
    answered: set[int] = set()
    for turn in turns:
        event = turn.context.get("event_id")
        if turn.sender is Sender.AGENT:
            answered.add(event)
        else:
            assert event is None or event not in answered


def check_response_times_are_from_the_words_answered(turns: Sequence[Turn]) -> None:
    asked: Turn | None = None
    for turn in turns:
        if turn.sender is Sender.CLIENT:
            asked = turn if turn.context["source"] == "live" else None
        elif "latency_ms" in turn.context:
            assert asked is not None
            waited = reported_at(turn) - reported_at(asked)
            assert abs(waited - timedelta(milliseconds=turn.context["latency_ms"])) < timedelta(milliseconds=3)


WAITS = st.builds(lambda least, more: Wait(least, least + more), st.floats(0, 0.9), st.floats(0, 0.9))
MOODS = st.builds(
    Mood,
    delays=st.builds(Delays, *[WAITS] * len(fields(Delays))),
    queue=st.just(Wait()) | WAITS,
    break_after_turns=st.none() | st.integers(1, 9),
    break_code=st.sampled_from([1002, 1011]),
    record_late=WAITS,
    record_partial=WAITS,
    **{switch: st.booleans() for switch in SWITCHES},
)
# At once, before the greeting has come, while an answer is on its way, and when everything was heard.
PAUSES = st.sampled_from([0.0, 0.05, 0.4, 1.0, 3.0, 15.0])
TYPED = st.sampled_from(["I want to sleep better.", "I work at night.", "Yes.", "No", "I do not know", "yes"])
ACTS = st.one_of(st.builds(Act, PAUSES, TYPED), st.builds(Act, PAUSES, speaks=st.sampled_from([0.3, 2.0])))
TALKS = st.lists(ACTS, min_size=1, max_size=8)


# Two answers, of each of which the client heard "That", in another order than the record has them.
HEARD_ALIKE = [
    Act(1.0, "Yes."),
    Act(15.0, "Yes."),
    Act(1.0, "I want to sleep better."),
    Act(0.4, "I work at night."),
    Act(0.4, "I do not know"),
    Act(0.4, "I do not know"),
    Act(0.4, "I want to sleep better."),
    Act(1.0, "Yes."),
]
OUT_OF_ORDER = Mood(
    delays=Delays(
        Wait(0.7705231741531262, 0.7705231796917262),
        Wait(0.6066239801205193, 1.2145576538461762),
        Wait(0.8540695387685331, 1.554069538768533),
        Wait(0.27669039139402496, 0.7538921971540021),
        Wait(0.0, 0.2786960592931049),
    ),
    record_late=Wait(0.32440597913400765, 0.6244059791340076),
    record_partial=Wait(0.45013735634681445, 0.6388711123473377),
    late_answers=True,
    silences=True,
    empty_turns=True,
    audio_tags=True,
)


# An answer of which nothing was heard, and the same words again as the line breaks, which the page never got.
SILENCED_AND_SAID_AGAIN = [
    Act(0.4, "I do not know"),
    Act(0.05, "Yes."),
    Act(3.0, speaks=2.0),
    Act(0.05, "I do not know"),
    Act(0.0, "Yes."),
    Act(1.0, speaks=0.3),
]
BREAKS_AFTER_EIGHT = Mood(
    delays=Delays(
        Wait(0.0656, 0.0656), Wait(0.6148, 0.6148), Wait(0.2033, 0.2033), Wait(0.8849, 1.6025), Wait(0.2530, 0.9488)
    ),
    queue=Wait(0.0, 0.7712),
    break_after_turns=8,
    break_code=1002,
    record_late=Wait(0.0, 0.4310),
    record_partial=Wait(0.4044, 0.4044),
    empty_turns=True,
    audio_tags=True,
)


@settings(max_examples=20, deadline=None, phases=QUICKLY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=8), MOODS, st.integers(0, 99), st.booleans())
@example(HEARD_ALIKE, OUT_OF_ORDER, 10, False)
@example(SILENCED_AND_SAID_AGAIN, BREAKS_AFTER_EIGHT, 18, False)
def test_each_thing_said_is_on_disk_once_in_the_records_order(
    talks: TalksOnFile, acts: list[Act], mood: Mood, seed: int, text_only: bool
) -> None:
    session, played = talks.hold(acts, mood, seed=seed, text_only=text_only)
    turns = talks.services.intake.turns(session)
    check_each_thing_said_once_in_its_order(turns, played.documents[-1])
    check_questions_stand_before_answers(turns)
    check_response_times_are_from_the_words_answered(turns)


@settings(max_examples=12, deadline=None, phases=QUICKLY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, min_size=2, max_size=8), MOODS, st.integers(0, 99))
def test_an_answer_of_which_nothing_was_heard_has_no_words_where_its_correction_never_came(
    talks: TalksOnFile, acts: list[Act], mood: Mood, seed: int
) -> None:
    session, played = talks.hold(acts, mood, seed=seed, lost=CORRECTIONS)
    words = [turn.words for turn in talks.services.intake.turns(session) if turn.sender is Sender.AGENT]
    heard = [line for line in spoken(played.documents[-1]) if line.sender is Sender.AGENT and line.heard]
    assert len(list(filter(None, words))) == len(heard)


@settings(max_examples=12, deadline=None, phases=QUICKLY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ACTS, min_size=1, max_size=8), MOODS, st.integers(0, 99), st.frozensets(st.integers(0, 6), min_size=1)
)
def test_what_a_human_coach_said_to_the_agent_is_on_disk_once_and_stays_theirs(
    talks: TalksOnFile, acts: list[Act], mood: Mood, seed: int, by_coach: frozenset[int]
) -> None:
    session, played = talks.hold(acts, mood, seed=seed, by_coach=by_coach)
    turns = talks.services.intake.turns(session)
    as_one = [replace(turn, sender=turn.heard_by_agent_from or turn.sender) for turn in turns]
    check_each_thing_said_once_in_its_order(as_one, played.documents[-1])
    reported = [event["sender"] for event in played.events if event["kind"] == "turn" and event["sender"] != "agent"]
    live = [turn for turn in turns if turn.context["source"] == "live" and turn.sender is not Sender.AGENT]
    assert Counter(turn.sender.value for turn in live) == Counter(reported)
    filled_in = [turn for turn in turns if turn.context["source"] == "reconcile" and turn.sender is Sender.CLIENT]
    assert not any(turn.is_clients_own for turn in filled_in)


@pytest.mark.parametrize("text_only", [True, False])
def test_in_the_normal_mood_every_response_time_counts(talks: TalksOnFile, text_only: bool) -> None:
    acts = [Act(15, "I want to sleep better."), Act(15, "I work at night.")]
    # Nobody hears who speaks in a talk of text alone; the agent asks after the silence, which answers nothing.
    spoken = [] if text_only else [Act(15, speaks=2.0)]
    session, _ = talks.hold([*acts, *spoken], NORMAL, text_only=text_only)
    turns = talks.services.intake.turns(session)
    answers = [turn for turn in turns if turn.sender is Sender.AGENT][1:]
    assert all("latency_ms" in turn.context and MISMATCHED_LATENCY not in turn.context for turn in answers)


@settings(max_examples=8, deadline=None, phases=QUICKLY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS, max_size=8), st.integers(0, 99), st.booleans())
def test_facts_are_the_same_in_both_moods_times_apart(
    talks: TalksOnFile, acts: list[Act], seed: int, text_only: bool
) -> None:
    def facts(mood: Mood) -> tuple[Any, ...]:
        session, _ = talks.hold(acts, mood, seed=seed, text_only=text_only)
        talks.services.facts.make_all()
        times = ("session_id", "start_time", "end_time", "duration_seconds", "latencies_ms")
        columns = columns_but(store_of(talks.services), "session_facts", *times)
        [row] = store_of(talks.services).execute(
            f"SELECT {columns} FROM session_facts WHERE session_id = $1", [session]
        )
        return row

    assert facts(AWKWARD) == facts(NORMAL)
