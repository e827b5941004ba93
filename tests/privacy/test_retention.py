"""Words that are older than they are kept go by themselves; counts stay, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from coachroom.app.container import Services
from coachroom.app.live import ask_to_join
from coachroom.elevenlabs.call_record import CallRecord, read_record
from coachroom.live.states import Act
from coachroom.metrics.facts import disagreements, rebuild_facts
from coachroom.privacy.circumstances import circumstances
from coachroom.rooms.states import EndReason, Session
from tests.live.visits import CARLA, person, talking
from tests.privacy.test_off_record import SECRET_WORDS, holding
from tests.recording.documents import record_document
from tests.services import (
    ANA,
    CALL,
    HandClock,
    delivery,
    enter,
    fresh_rebuilder,
    opened,
    round_of,
    said,
    settings_for,
    status,
    store_of,
    writer_of,
)

DAYS = 30
WORDS = {"conversations", "provider_records", "briefings", "written_steps"}
FACTS = "SELECT duration_seconds, client_turns, client_words, agent_turns FROM session_facts"


@contextmanager
def app(folder: Path, clock: HandClock, **more: object) -> Iterator[Services]:
    with opened(folder, clock, demo_sign_in=True, **{"keep_transcripts_days": DAYS, **more}) as services:
        yield services


def talk(services: Services, clock: HandClock) -> Session:
    session = enter(services)
    services.briefings.prepare(session.id, ANA)
    clock.forward(90)
    events = [status(1, "connected"), said(2, f"I quarrel with {SECRET_WORDS}")]
    services.intake.receive(session.id, delivery(*events, sent_at=clock()))
    services.sessions.end(session.id, EndReason.CLIENT)
    services.records.receive(record(session))
    services.records.rebuild_waiting()
    services.facts.make_all()
    return session


def test_a_human_coachs_words_go_with_the_sessions_and_what_they_did_stays(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock, live_coach=True) as services:
        session = talking(services)
        join = ask_to_join(services, person(services, CARLA), session.id, f"About {SECRET_WORDS}")
        services.joins.answer(join.id, session.client_id, admit=True)
        services.joins.act(join.id, "a", Act.HINT, f"Ask about {SECRET_WORDS}")
        services.joins.act(join.id, "b", Act.HUSH)
        services.sessions.end(session.id, EndReason.CLIENT)
        services.facts.make_all()
        assert {"live_joins", "live_acts"} <= holding(services, SECRET_WORDS)
        clock.forward((DAYS + 1) * 86_400)
        assert services.retention.expire_due(quiet=True) == 1
        assert holding(services, SECRET_WORDS) == set()
        assert [(each.act, each.text) for each in services.joins.acts(join.id)] == [("hint", None), ("hush", None)]
        assert [each.coach_email for each in services.joins.of_session(session.id)] == [CARLA]


def record(session: Session) -> CallRecord:
    lines = [("user", f"I quarrel with {SECRET_WORDS}", 1), ("agent", f"Tell me of {SECRET_WORDS}", 5)]
    return read_record(record_document(lines, session_id=session.id))


def test_words_stay_until_they_are_old_enough_and_then_go_everywhere(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock) as services:
        session = talk(services, clock)
        facts = store_of(services).execute(FACTS)
        clock.forward((DAYS - 0.6) * 86_400)
        assert services.retention.expire_due(quiet=True) == 0
        assert WORDS & holding(services, SECRET_WORDS) == {"conversations", "provider_records"}
        clock.forward(0.2 * 86_400)
        assert services.retention.expire_due(quiet=True) == 1
        assert WORDS & holding(services, SECRET_WORDS) == set()
        assert services.briefings.of_session(session.id) is None
        assert store_of(services).execute(FACTS) == facts
        assert facts[0][1:] == (1, 6, 1)
        over = services.rooms.session(session.id)
        assert over is not None
        assert over.turns_expired_at == clock()
        assert store_of(services).execute("SELECT conversation_id FROM erased_calls") == [(CALL,)]
        assert services.retention.expire_due(quiet=True) == 0
        assert services.maintenance.compact_where_due(quiet=True) is not None


def test_where_nothing_is_set_nothing_goes(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock, keep_transcripts_days=None) as services:
        talk(services, clock)
        clock.forward(4_000 * 86_400)
        assert services.retention.expire_due(quiet=True) == 0
        assert "conversations" in holding(services, SECRET_WORDS)


def test_the_sessions_of_a_day_go_together(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock) as services:
        talk(services, clock)
        clock.forward(6 * 3600)
        later = enter(services)
        services.sessions.end(later.id, EndReason.CLIENT)
        services.facts.make_all()
        clock.forward((DAYS - 0.5) * 86_400)
        assert services.retention.expire_due(quiet=True) == 2


def test_who_leads_no_more_leaves_the_others_to_the_next_one(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock) as services:
        talk(services, clock)
        later = enter(services)
        services.sessions.end(later.id, EndReason.CLIENT)
        services.facts.make_all()
        clock.forward((DAYS + 1) * 86_400)
        with round_of(1):
            assert services.retention.expire_due(quiet=True) == 1
        assert services.retention.expire_due(quiet=True) == 1


def test_while_people_are_in_rooms_it_waits_for_a_day(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock) as services:
        talk(services, clock)
        clock.forward((DAYS + 0.3) * 86_400)
        assert services.retention.expire_due(quiet=False) == 0
        clock.forward(86_400)
        assert services.retention.expire_due(quiet=False) == 1


def test_facts_that_are_due_are_made_first(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock) as services:
        session = talk(services, clock)
        clock.forward((DAYS + 1) * 86_400)
        services.intake.receive(session.id, delivery(said(7, "one more thing"), epoch="page-2", sent_at=clock()))
        assert services.retention.expire_due(quiet=True) == 0
        services.facts.make_all()
        assert services.retention.expire_due(quiet=True) == 1
        assert store_of(services).execute("SELECT client_turns FROM session_facts") == [(2,)]


def test_briefings_have_a_time_of_their_own(tmp_path: Path, clock: HandClock) -> None:
    with app(tmp_path, clock, keep_transcripts_days=None, keep_briefings_days=2) as services:
        session = talk(services, clock)
        assert services.briefings.of_session(session.id) is not None
        clock.forward(3 * 86_400)
        assert services.retention.expire_due(quiet=True) == 1
        assert services.briefings.of_session(session.id) is None
        assert "conversations" in holding(services, SECRET_WORDS)


def test_the_privacy_page_says_the_times(tmp_path: Path) -> None:
    kept = circumstances(settings_for(tmp_path, keep_transcripts_days=DAYS, keep_briefings_days=7), -1).retention
    assert "The words of a session are deleted 30 days after it" in kept
    assert "What the coach was told before a session is deleted 7 days after it" in kept


STEPS = ["age", "expire", "webhook", "events", "rebuild", "rebuild facts", "make facts", "restart", "erase"]


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=2, max_size=9))
def test_in_whatever_order_words_that_went_stay_away_and_counts_stay(steps: list[str]) -> None:
    clock = HandClock()
    with TemporaryDirectory() as folder:
        with app(Path(folder), clock) as services:
            session = talk(services, clock)
            counts = store_of(services).execute(FACTS)
        while True:
            with app(Path(folder), clock) as services:
                restart = _until_restart(services, clock, session, steps, counts)
            if not restart:
                break


def _until_restart(
    services: Services, clock: HandClock, session: Session, steps: list[str], counts: list[tuple]
) -> bool:
    """Takes the steps up to the next restart; whether there was one."""
    while steps:
        step = steps.pop(0)
        if step == "restart":
            return True
        _take(services, clock, session, step)
        services.facts.make_all()
        known = services.rooms.session(session.id)
        if known is None:
            assert holding(services, SECRET_WORDS) == set()
            assert store_of(services).execute(FACTS) == []
        else:
            assert store_of(services).execute(FACTS) == counts
            if known.turns_expired_at is not None:
                assert WORDS & holding(services, SECRET_WORDS) == set()
                assert services.intake.turns(session.id) == ()
                assert store_of(services).execute("SELECT conversation_id FROM erased_calls") == [(CALL,)]
        assert not disagreements(store_of(services))
    return False


def _take(services: Services, clock: HandClock, session: Session, step: str) -> None:
    match step:
        case "age":
            clock.forward((DAYS + 2) * 86_400)
        case "expire":
            services.retention.expire_due(quiet=True)
        case "webhook":
            services.records.receive(record(session))
            services.records.rebuild_waiting()
        case "events":
            # What its page reported, once more.
            again = delivery(said(2, f"I quarrel with {SECRET_WORDS}"), sent_at=clock())
            if services.rooms.session(session.id) is not None:
                services.intake.receive(session.id, again)
        case "rebuild":
            if services.rooms.session(session.id) is not None:
                fresh_rebuilder(services).rebuild(session.id)
        case "rebuild facts":
            writer_of(services).submit(rebuild_facts).result()
        case "make facts":
            writer_of(services).submit(lambda transaction: services.facts.mark(transaction, [session.id])).result()
        case "erase":
            if services.rooms.session(session.id) is not None:
                services.own_data.erase(ANA, "operator")
