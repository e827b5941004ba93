"""A coach asks, the client answers, somebody leaves: what is kept of it, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.app.live import ask_to_join
from coachroom.coaching.stages import Stage
from coachroom.errors import CoachroomError
from coachroom.live.joins import MAX_REFUSALS, JoinNotFoundError, TooManyActsError
from coachroom.live.states import ASK_LASTS, Act, JoinEnd, JoinStatus, LiveMode, mode_after
from coachroom.people.audit import AuditFilter
from coachroom.rooms.states import EndReason, PauseCause
from tests.live.visits import AMIRA, ANA, ANTON, CARLA, WHY, admitted, asked, person, talking
from tests.services import HandClock, enter, opened, store_of, writer_of


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with opened(tmp_path, clock, live_coach=True) as running:
        running.members.add("dora@example.com", name="Dora", role="coach", coach=None, by=person(running, AMIRA))
        yield running


def refusal(services: Services, session_id: str, email: str = CARLA, why: str = WHY) -> str:
    with pytest.raises(CoachroomError) as refused:
        ask_to_join(services, person(services, email), session_id, why)
    assert services.joins.of_session(session_id) == []
    return str(refused.value)


def actions(services: Services) -> list[tuple[str, str]]:
    entries, _ = services.audit.page(AuditFilter(actions=("live.",)), skip=0, most=20)
    return [(entry.action, entry.actor) for entry in reversed(entries)]


def test_a_coach_asks_is_let_in_and_leaves(services: Services, clock: HandClock) -> None:
    session = talking(services)
    join = asked(services, session)
    assert (join.status, join.reason, join.expires_at) == (JoinStatus.ASKED, WHY, clock() + ASK_LASTS)
    assert services.joins.open_in(session.id) == join
    clock.forward(5)
    let_in = services.joins.answer(join.id, session.client_id, admit=True)
    assert (let_in.status, let_in.answered_at, let_in.expires_at) == (JoinStatus.ADMITTED, clock(), None)
    clock.forward(60)
    services.live.end(join.id, JoinEnd.COACH)
    over = services.joins.find(join.id)
    assert over is not None
    assert (over.status, over.end_reason, over.ended_at) == (JoinStatus.ENDED, JoinEnd.COACH, clock())
    assert services.joins.open_in(session.id) is None
    assert actions(services) == [("live.asked", CARLA), ("live.admitted", ANA), ("live.ended", CARLA)]


def test_a_coach_who_asks_twice_has_asked_once(services: Services) -> None:
    session = talking(services)
    assert asked(services, session) == asked(services, session)
    assert actions(services) == [("live.asked", CARLA)]


def test_of_many_who_ask_at_once_one_question_is_open(services: Services) -> None:
    session = talking(services)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(asked(services, session).id)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert len(set(found)) == len(services.joins.of_session(session.id)) == 1


def test_only_the_clients_own_coach_may_ask(services: Services) -> None:
    session = talking(services)
    for email in ("dora@example.com", ANTON, AMIRA, ANA):
        refusal(services, session.id, email)
    services.members.assign([ANA], "dora@example.com", by=person(services, AMIRA))
    refusal(services, session.id)
    assert asked(services, session, "dora@example.com").coach_email == "dora@example.com"


def test_another_coach_is_told_that_somebody_is_there(services: Services) -> None:
    session = talking(services)
    admitted(services, session)
    services.members.assign([ANA], "dora@example.com", by=person(services, AMIRA))
    with pytest.raises(CoachroomError, match="Another coach is in this session"):
        asked(services, session, "dora@example.com")


@pytest.mark.parametrize("reason", ["", "  ", "\n", "x" * 201])
def test_a_question_says_why_in_one_line(services: Services, reason: str) -> None:
    assert "The reason" in refusal(services, talking(services).id, why=reason)


def test_a_session_that_is_no_place_for_a_visit_says_why(services: Services) -> None:
    session = enter(services)
    assert "has not begun" in refusal(services, session.id)
    session = talking(services)
    writer_of(services).submit(
        lambda transaction: services.rooms.pause(transaction, session.id, "p", PauseCause.PAUSED, services.clock())
    ).result()
    assert "paused" in refusal(services, session.id)
    services.sessions.end(session.id, EndReason.CLIENT)
    assert "over" in refusal(services, session.id)
    assert "never was" in refusal(services, "no such session")


def test_a_session_off_the_record_or_in_writing_is_no_place_for_a_visit(services: Services) -> None:
    session = talking(services)
    services.off_record.take(session)
    assert "off the record" in refusal(services, session.id)
    services.sessions.end(session.id, EndReason.CLIENT)
    written = enter(services)
    services.written_sessions.write(written, Stage.GOAL, "To run.", since=services.clock())
    assert "writes instead" in refusal(services, written.id)


def test_a_client_who_does_not_want_to_be_asked_is_not(services: Services) -> None:
    session = talking(services)
    assert services.joins.may_ask(session.client_id)
    services.joins.set_may_ask(session.client_id, False)
    assert not services.joins.may_ask(session.client_id)
    assert "does not want to be asked" in refusal(services, session.id)
    services.joins.set_may_ask(session.client_id, True)
    asked(services, session)


def test_where_visits_are_off_nobody_asks(tmp_path: Path) -> None:
    with opened(tmp_path) as services:
        assert "COACHROOM_LIVE_COACH is off" in refusal(services, talking(services).id)


def test_only_one_answer_counts(services: Services) -> None:
    session = talking(services)
    join = asked(services, session)
    services.joins.answer(join.id, session.client_id, admit=False)
    late = services.joins.answer(join.id, session.client_id, admit=True)
    assert late.status is JoinStatus.DECLINED
    assert actions(services) == [("live.asked", CARLA), ("live.declined", ANA)]


def test_another_client_cannot_answer(services: Services) -> None:
    join = asked(services, talking(services))
    with pytest.raises(JoinNotFoundError):
        services.joins.answer(join.id, "demo-ben", admit=True)
    assert services.joins.find(join.id) == join


def test_a_late_answer_lets_nobody_in(services: Services, clock: HandClock) -> None:
    session = talking(services)
    join = asked(services, session)
    clock.forward(ASK_LASTS.total_seconds())
    assert services.joins.answer(join.id, session.client_id, admit=True).status is JoinStatus.ASKED
    assert [(each.id, why) for each, why in services.joins.due(services.joins.all_open())] == [(join.id, None)]
    expired = services.joins.expire(join.id)
    assert expired is not None
    assert expired.status is JoinStatus.EXPIRED
    assert services.joins.due(services.joins.all_open()) == []
    assert actions(services)[-1] == ("live.expired", "coachroom")


def test_a_coach_is_not_to_ask_without_end(services: Services, clock: HandClock) -> None:
    session = talking(services)
    for _ in range(MAX_REFUSALS):
        services.joins.answer(asked(services, session).id, session.client_id, admit=False)
        clock.forward(1)
    with pytest.raises(CoachroomError, match="ask again in the client's next one"):
        asked(services, session)


@pytest.mark.parametrize("let_in", [False, True])
def test_a_coach_is_not_to_come_and_go_without_end(services: Services, let_in: bool) -> None:
    session = talking(services)
    for _ in range(MAX_REFUSALS):
        join = asked(services, session)
        if let_in:
            services.joins.answer(join.id, session.client_id, admit=True)
        services.joins.end(join.id, JoinEnd.CLIENT if let_in else JoinEnd.COACH)
    with pytest.raises(CoachroomError, match="ask again in the client's next one"):
        asked(services, session)


def test_a_coach_who_was_let_in_and_left_may_ask_again(services: Services) -> None:
    session = talking(services)
    for _ in range(MAX_REFUSALS + 1):
        services.joins.end(admitted(services, session).id, JoinEnd.COACH)
    assert asked(services, session).status is JoinStatus.ASKED


def test_a_visit_ends_once_and_for_the_first_reason(services: Services) -> None:
    join = admitted(services, talking(services))
    assert services.joins.end(join.id, JoinEnd.CLIENT) is not None
    assert services.joins.end(join.id, JoinEnd.LOST) is None
    kept = services.joins.find(join.id)
    assert kept is not None
    assert kept.end_reason is JoinEnd.CLIENT


def test_a_visit_ends_with_its_session_in_one_transaction(services: Services, clock: HandClock) -> None:
    session = talking(services)
    join = admitted(services, session)
    clock.forward(30)
    services.sessions.end(session.id, EndReason.CLIENT)
    kept = services.joins.find(join.id)
    assert kept is not None
    assert (kept.status, kept.end_reason, kept.ended_at) == (JoinStatus.ENDED, JoinEnd.SESSION, clock())


def test_acts_are_counted_and_kept_once(services: Services, clock: HandClock) -> None:
    join = admitted(services, talking(services))
    first = services.joins.act(join.id, "a", Act.HINT, "Ask about\nthe move.")
    assert (first.n, first.text, first.at) == (1, "Ask about\nthe move.", clock())
    clock.forward(1)
    assert services.joins.act(join.id, "a", Act.SAY, "Something else.") == first
    assert services.joins.act(join.id, "b", Act.BOTH, "no words go with this").text is None
    assert [each.n for each in services.joins.acts(join.id)] == [1, 2]


@pytest.mark.parametrize(
    ("act", "text"),
    [(Act.HINT, None), (Act.SAY, " "), (Act.HINT, "x" * 501), (Act.HAND_BACK, None), (Act.HAND_BACK, "x" * 301)],
)
def test_acts_with_words_need_some_and_not_too_many(services: Services, act: Act, text: str | None) -> None:
    join = admitted(services, talking(services))
    with pytest.raises(CoachroomError, match="What you write"):
        services.joins.act(join.id, "a", act, text)
    assert services.joins.acts(join.id) == []


def test_nothing_is_done_before_the_client_said_yes_or_after_the_end(services: Services) -> None:
    join = asked(services, talking(services))
    with pytest.raises(JoinNotFoundError):
        services.joins.act(join.id, "a", Act.HUSH)
    services.joins.answer(join.id, join.client_id, admit=True)
    services.joins.act(join.id, "a", Act.HUSH)
    services.joins.end(join.id, JoinEnd.COACH)
    with pytest.raises(JoinNotFoundError):
        services.joins.act(join.id, "b", Act.HUSH)


def test_one_visit_keeps_so_many_acts(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coachroom.live.joins.MAX_ACTS", 2)
    join = admitted(services, talking(services))
    for id in ("a", "b"):
        services.joins.act(join.id, id, Act.HUSH)
    with pytest.raises(TooManyActsError):
        services.joins.act(join.id, "c", Act.HUSH)
    assert services.joins.act(join.id, "a", Act.HUSH).n == 1


def test_the_mode_follows_the_acts_that_decide_it(services: Services) -> None:
    join = admitted(services, talking(services))
    modes = []
    steps = [
        (Act.HINT, "x"),
        (Act.BOTH, None),
        (Act.HUSH, None),
        (Act.HOLD, None),
        (Act.TAKE_OVER, None),
        (Act.SAY, "x"),
        (Act.HAND_BACK, "We spoke of the move."),
    ]
    for act, text in steps:
        services.joins.act(join.id, act, act, text)
        modes.append(mode_after(services.joins.acts(join.id)))
    listening, both, private = LiveMode.LISTENING, LiveMode.BOTH, LiveMode.PRIVATE
    assert modes == [listening, both, both, private, private, private, listening]


@pytest.mark.parametrize("change", ["coach removed", "client removed", "unassigned", "another role"])
def test_whoever_lost_the_right_is_due(services: Services, change: str) -> None:
    join = admitted(services, talking(services))
    assert services.joins.due(services.joins.all_open()) == []
    amira = person(services, AMIRA)
    match change:
        case "coach removed":
            services.members.change(CARLA, status="removed", by=amira)
        case "client removed":
            services.members.change(ANA, status="removed", by=amira)
        case "unassigned":
            services.members.assign([ANA], None, by=amira)
        case _:
            services.members.change(CARLA, role="analyst", by=amira)
    assert [(each.id, why) for each, why in services.joins.due(services.joins.all_open())] == [
        (join.id, JoinEnd.NOT_ALLOWED)
    ]
    assert not services.joins.still_allowed(join.id)


def test_a_client_who_does_not_want_to_be_asked_any_more_is_not_asked_on(services: Services) -> None:
    join = asked(services, talking(services))
    services.joins.set_may_ask(join.client_id, False)
    assert [why for _, why in services.joins.due(services.joins.all_open())] == [JoinEnd.NOT_ALLOWED]
    services.joins.answer(join.id, join.client_id, admit=True)
    # Whoever is in already was let in; the client may ask them to leave.
    assert services.joins.due(services.joins.all_open()) == []


def test_a_visit_whose_session_is_gone_is_due(services: Services) -> None:
    join = admitted(services, talking(services))
    store_of(services).execute("UPDATE sessions SET status = 'completed' WHERE id = $1", [join.session_id])
    assert [why for _, why in services.joins.due(services.joins.all_open())] == [JoinEnd.SESSION]


def test_off_the_record_and_erased_sessions_keep_no_visit(services: Services) -> None:
    for erase in (False, True):
        session = talking(services)
        join = admitted(services, session)
        services.joins.act(join.id, "a", Act.HINT, "Ask about the move.")
        if erase:
            services.sessions.end(session.id, EndReason.CLIENT)
            ended = services.rooms.session(session.id)
            assert ended is not None
            services.session_deletion.delete(ended, ANA)
        else:
            services.off_record.take(session)
            services.sessions.end(session.id, EndReason.CLIENT)
        for table in ("live_joins", "live_acts"):
            assert store_of(services).execute(f"SELECT * FROM {table}") == []


def test_only_an_ai_coach_that_is_held_so_long_is_let_go(services: Services, clock: HandClock) -> None:
    join = admitted(services, talking(services))
    minute = timedelta(minutes=1)
    assert services.joins.let_go(join.id) is None
    services.joins.act(join.id, "a", Act.HOLD)
    clock.forward(59)
    assert services.joins.let_go(join.id, held=minute) is None
    clock.forward(1)
    taken = services.joins.let_go(join.id, held=minute)
    assert taken is not None
    assert (taken.act, taken.n, taken.at) == (Act.TAKE_OVER, 2, clock())
    assert services.joins.let_go(join.id) is None
    services.joins.end(join.id, JoinEnd.COACH)
    assert services.joins.let_go(join.id) is None
    assert services.joins.let_go("erased meanwhile") is None


def test_the_first_link_is_kept_and_later_ones_change_nothing(services: Services, clock: HandClock) -> None:
    join = admitted(services, talking(services))
    first = clock.forward(1)
    services.joins.note_linked(join.id)
    clock.forward(60)
    services.joins.note_linked(join.id)
    kept = services.joins.find(join.id)
    assert kept is not None
    assert kept.first_linked_at == first


def test_all_joins_of_a_session_come_with_what_each_coach_did(services: Services, clock: HandClock) -> None:
    session = talking(services)
    first = admitted(services, session)
    services.joins.act(first.id, "a1", Act.BOTH)
    services.joins.act(first.id, "a2", Act.SAY, "I am here.")
    services.joins.end(first.id, JoinEnd.COACH)
    clock.forward(1)
    silent = asked(services, session)
    services.joins.end(silent.id, JoinEnd.COACH)
    clock.forward(1)
    last = admitted(services, session)
    services.joins.act(last.id, "b1", Act.HOLD)
    joins = services.joins.of_session(session.id)
    assert [join.id for join in joins] == [first.id, silent.id, last.id]
    assert services.joins.with_acts(session.id) == [(join, services.joins.acts(join.id)) for join in joins]
    assert [len(acts) for _, acts in services.joins.with_acts(session.id)] == [2, 0, 1]
