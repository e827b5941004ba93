"""However what a page reports, webhooks and asking come together: the same rows in the end.

Live deliveries come in parts, twice and late; webhooks come early, half, twice, out of order or never; asking answers
or fails. What is certain is only that all that was reported arrives once, and that each call's whole record comes by
one of the two ways.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.coaching.goals import NewGoal
from coachroom.coaching.proposals import Proposal, ProposalKind, ProposalSource, ProposalStatus, propose
from coachroom.elevenlabs.call_record import CallRecord, read_record
from coachroom.elevenlabs.client import NO_ANSWER, ElevenLabs
from coachroom.elevenlabs.webhook import read_webhook
from coachroom.errors import AgentUnavailableError
from coachroom.rooms.session_cache import SessionCache
from coachroom.rooms.states import EndReason
from tests.databases import columns_but
from tests.recording.documents import AGENT_ID, TALK, after, analysis_document, record_document, webhook_body
from tests.services import (
    ANA,
    NOON,
    HandClock,
    delivery,
    enter,
    fresh_intake,
    fresh_rebuilder,
    fresh_records,
    opened,
    said,
    status,
    store_of,
    writer_of,
)

FIRST, SECOND = "conv_first", "conv_second"
TABLES = ("conversations", "memories", "proposals", "evaluations", "confidence", "session_facts", "provider_records")
CLEARED = (*TABLES, "agent_conversations", "sessions", "rooms", "goals")

LATER = (
    ("agent", "Welcome back.", 0),
    ("user", "I wake up at four, that is hard for me.", 5),
    ("agent", "I see.", 9),
)

PAGES: dict[str, list[dict[str, Any]]] = {
    "page-1": [
        status(1, "connected", after(1), FIRST),
        said(2, TALK[0][1], "agent", after(2), conversation_id=FIRST, event_id=1),
        said(3, TALK[1][1], "client", after(7.3), conversation_id=FIRST),
        said(4, TALK[2][1], "agent", after(12.8), conversation_id=FIRST, event_id=2),
        {"n": 5, "kind": "delay", "turn": 4, "felt_ms": 420, "cut_in": False},
        {"n": 6, "kind": "interruption", "event_id": 2, "conversation_id": FIRST},
        {"n": 7, "kind": "correction", "event_id": 2, "text": "What could you", "conversation_id": FIRST},
        said(8, "I'll call that sleep clinic tomorrow!", "client", after(18.1), conversation_id=FIRST),
        status(9, "disconnected", after(20), FIRST, reason="user"),
    ],
    "page-2": [
        status(1, "connected", after(60), SECOND),
        said(2, LATER[0][1], "agent", after(61), conversation_id=SECOND, event_id=1),
        said(3, LATER[1][1], "client", after(66.5), conversation_id=SECOND),
        status(4, "disconnected", after(70), SECOND, reason="user"),
    ],
}
ANALYSES = {
    FIRST: analysis_document(
        "Ana works nights at the hospital and wants to sleep better. She has three cats.",
        "success",
        "failure",
        client_facts="I work nights at the hospital\nI have three cats",
        actions="call the sleep clinic | 2026-05-02\nbuy a bicycle",
        goal_progress="Sleep better | -1\nFly to the moon | 2",
        confidence_before=4,
    ),
    SECOND: analysis_document(
        "Waking up at four is hard for her.",
        "unknown",
        "success",
        client_facts="i work nights, at the hospital!",
        client_challenges="I wake up at four",
        goal_progress="sleep better | 1",
        confidence_after="8",
    ),
}
WHOLE = {
    call: record_document(lines, call=call, began=after(began), analysis=ANALYSES[call])
    for call, lines, began in ((FIRST, TALK, 1), (SECOND, LATER, 60))
}


def version(call: str, which: str, session_id: str | None) -> dict[str, Any]:
    """The provider's document of a call at some moment, or with some fault."""
    initiation = {"dynamic_variables": {"visit": session_id} if session_id else {}}
    whole = WHOLE[call] | {"conversation_initiation_client_data": initiation}
    lines = whole["transcript"]
    counted = {
        "user_message_count": sum(line["role"] == "user" for line in lines),
        "agent_message_count": sum(line["role"] == "agent" for line in lines),
    }
    match which:
        case "early":
            return whole | {"status": "in-progress", "transcript": lines[:1], "analysis": None}
        case "unanalysed":
            return whole | {"status": "processing", "analysis": None}
        case "half":
            return whole | {"transcript": lines[: len(lines) // 2]} | counted
        case _:
            return whole | counted


class Asked(ElevenLabs):
    """A provider whose answers the test sets; it refuses as the real one does."""

    def __init__(self) -> None:
        self.now: dict[str, dict[str, Any]] = {}

    def record(self, conversation_id: str) -> CallRecord:
        if conversation_id not in self.now:
            sentence, cause, retry_after = NO_ANSWER
            raise AgentUnavailableError(sentence, cause=cause, retry_after=retry_after)
        return read_record(self.now[conversation_id])


@dataclass
class Story:
    """One session and its ways in."""

    services: Services
    clock: HandClock
    session_id: str
    names_session: bool
    provider: Asked

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        services = self.services
        rebuilder = fresh_rebuilder(services)
        self.intake = fresh_intake(services, AGENT_ID, rebuilder)
        self.records = fresh_records(services, self.provider, AGENT_ID, rebuilder)

    def live(self, page: str, begin: int, end: int) -> None:
        events = PAGES[page][begin:end]
        self.intake.receive(self.session_id, delivery(*events, epoch=page, sent_at=self.clock.now))

    def webhook(self, call: str, which: str) -> None:
        body = webhook_body(version(call, which, self.session_id if self.names_session else None))
        record = read_webhook(body).record
        assert record is not None
        self.records.receive(record)

    def poll(self, call: str, which: str | None) -> None:
        self.provider.now = (
            {call: version(call, which, self.session_id if self.names_session else None)} if which else {}
        )
        due = "UPDATE agent_conversations SET next_try_at = CASE WHEN id = $1 THEN $2::timestamp END"
        store_of(self.services).execute(due, [call, self.clock.now])
        self.records.fetch_due()

    def end(self) -> None:
        self.services.rooms.end(self.session_id, EndReason.CLIENT)
        self.records.ask_for(self.session_id)


Step = Callable[[Story], object]


def begun(services: Services, clock: HandClock, *, names_session: bool) -> Story:
    """A session in which the client has a goal and the agent noted one action."""
    for table in CLEARED:
        store_of(services).execute(f"DELETE FROM {table}")
    clock.now = NOON
    services.coaching.goals.add(ANA, NewGoal("Sleep better"))
    enter(services)
    store_of(services).execute("UPDATE goals SET id = 'goal'")
    store_of(services).execute("UPDATE sessions SET id = 'session'")
    # Written past the rooms, so that they must read it anew.
    services.rooms._sessions = SessionCache()
    noted = Proposal(
        "noted", ANA, "session", ProposalSource.TOOL, ProposalKind.ACTION, {"title": "Buy a bicycle."}, (),
        ProposalStatus.UNDONE, None, NOON,
    )  # fmt: skip
    writer_of(services).submit(lambda transaction: propose(transaction, noted)).result()
    clock.forward(600)
    return Story(services, clock, "session", names_session, Asked())


def rows(services: Services) -> dict[str, list[tuple[Any, ...]]]:
    left_out = {"memories": ("changed_at",), "proposals": ("decided_at",), "provider_records": ("received_at",)}
    found = {}
    services.facts.make_all()
    for table in TABLES:
        columns = columns_but(store_of(services), table, *left_out.get(table, ()))
        found[table] = sorted(store_of(services).execute(f"SELECT {columns} FROM {table}"), key=str)
    return found


def after_steps(
    services: Services, clock: HandClock, steps: Sequence[Step], *, names_session: bool
) -> dict[str, Any]:
    story = begun(services, clock, names_session=names_session)
    for step in steps:
        step(story)
    story.records.rebuild_waiting()
    return rows(services)


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Step], list[Step], bool]:
    """A story in plain order, the same with repetitions and faults, and whether the records name the session."""
    names_session = draw(st.booleans())
    arriving = {page: draw(st.integers(1, len(events))) for page, events in PAGES.items()}
    plain: list[Step] = [Live(page, 0, end) for page, end in arriving.items()]
    plain += [End(), *(Webhook(call, "whole") for call in WHOLE)]

    streams: list[list[Step]] = []
    for page, last in arriving.items():
        parts: list[Step] = []
        arrived = 0
        while arrived < last:
            begin = draw(st.integers(0, arrived))
            end = draw(st.integers(begin + 1, last))
            parts.append(Live(page, begin, end))
            arrived = max(arrived, end)
        again = draw(st.integers(0, last))
        parts += [Live(page, 0, again)] if again else []
        streams.append(parts)
    whole_by = {call: draw(st.sampled_from(["webhook", "poll", "both"])) for call in WHOLE}
    versions = st.lists(st.sampled_from(["early", "unanalysed", "half"]), max_size=2)
    for call, way in whole_by.items():
        brought = [*draw(versions), *(["whole"] * draw(st.integers(1, 2)) if way != "poll" else [])]
        streams.append([Webhook(call, which) for which in draw(st.permutations(brought))])
        asked = [*draw(st.lists(st.sampled_from([None, "early", "unanalysed", "half"]), max_size=2))]
        streams.append([Poll(call, which) for which in asked])
    streams.append([End()])
    streams.append(draw(st.lists(st.sampled_from([File(), Restart()]), max_size=4)))

    mixed: list[Step] = [streams[0].pop(0)]
    while any(streams):
        stream = draw(st.sampled_from([each for each in streams if each]))
        mixed.append(stream.pop(0))
    # Whoever asks goes on asking until it has everything.
    mixed += [Poll(call, "whole") for call, way in whole_by.items() if way != "webhook"]
    return plain, mixed, names_session


@dataclass(frozen=True)
class Live:
    page: str
    begin: int
    end: int

    def __call__(self, story: Story) -> None:
        story.live(self.page, self.begin, self.end)


@dataclass(frozen=True)
class Webhook:
    call: str
    which: str

    def __call__(self, story: Story) -> None:
        story.webhook(self.call, self.which)


@dataclass(frozen=True)
class Poll:
    call: str
    which: str | None

    def __call__(self, story: Story) -> None:
        story.poll(self.call, self.which)


@dataclass(frozen=True)
class File:
    def __call__(self, story: Story) -> None:
        story.records.rebuild_waiting()


@dataclass(frozen=True)
class Restart:
    def __call__(self, story: Story) -> None:
        story.restart()
        story.records.recover()


@dataclass(frozen=True)
class End:
    def __call__(self, story: Story) -> None:
        story.end()


@pytest.fixture(scope="module")
def open_house() -> Iterator[tuple[Services, HandClock]]:
    folder, clock = Path(tempfile.mkdtemp()), HandClock()
    with opened(folder, clock, agent_id=AGENT_ID) as services:
        yield services, clock
    shutil.rmtree(folder)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories())
def test_any_interleaving_ends_in_the_same_rows(
    open_house: tuple[Services, HandClock], story: tuple[list[Step], list[Step], bool]
) -> None:
    plain, mixed, names_session = story
    expected = after_steps(*open_house, plain, names_session=names_session)
    assert after_steps(*open_house, mixed, names_session=names_session) == expected


def test_the_plain_story_keeps_what_was_said_and_nothing_else(open_house: tuple[Services, HandClock]) -> None:
    plain: list[Step] = [Live("page-1", 0, 7), Live("page-2", 0, 4), End(), Webhook(FIRST, "whole")]
    found = after_steps(*open_house, [*plain, Webhook(SECOND, "whole")], names_session=False)
    memories = sorted((row[2], row[3]) for row in found["memories"])
    assert memories == [
        ("challenge", "I wake up at four"),
        ("fact", "I work nights at the hospital"),
        ("summary", "Ana works nights at the hospital and wants to sleep better."),
        ("summary", "Waking up at four is hard for her."),
    ]
    waiting = sorted((row[4], row[5], row[7]) for row in found["proposals"] if row[3] == "provider")
    assert waiting == [
        ("action", '{"title": "call the sleep clinic", "due_on": "2026-05-02"}', "open"),
        ("progress", '{"goal_id": "goal", "score": 1}', "open"),
    ]
    assert [row[:3] for row in found["evaluations"]] == [("session", "success", None)]
    assert [row[:3] for row in found["confidence"]] == [("session", 4, 8)]
    assert [row[3] for row in found["conversations"]].count("I will call the sleep clinic tomorrow.") == 1
