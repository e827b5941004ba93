"""A comparison from its draft to the decision: who may begin it, whom it draws, what stops it, what it tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from coachroom.app.container import Services
from coachroom.coaching.validation import InvalidInputError
from coachroom.comparisons.agent_tries import COUNTS_FOR, VersionsThere
from coachroom.comparisons.comparisons import COACHROOM, NO_KEY, UNDECIDED, ComparisonChangedError
from coachroom.comparisons.guard import FAILS, REPORTED, WORSE
from coachroom.comparisons.states import FOLLOWS, Arm, Comparison, ComparisonState
from coachroom.errors import CoachroomError
from coachroom.people.people import NO_ADMINISTRATOR
from coachroom.rooms.states import EndReason, Session
from tests.caseload.coaches import CARLA as HER_COACH
from tests.comparisons.houses import (
    AMIRA,
    NOW,
    PLAN,
    begin,
    comparing,
    draw_clients,
    draws,
    fits,
    put_sessions,
    try_versions,
)
from tests.services import ANA, BEN, HandClock, enter, store_of

WEEK = timedelta(weeks=1)
CARLA = "carla.mendes@example.com"


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def services(tmp_path: Path, clock: HandClock) -> Iterator[Services]:
    with comparing(tmp_path, clock) as services:
        yield services


def state(services: Services, comparison: Comparison) -> ComparisonState:
    return services.comparisons.get(comparison.id).state


def audited(services: Services) -> list[tuple[str, str]]:
    sql = "SELECT actor, action FROM audit_log WHERE action LIKE 'comparison.%' ORDER BY logged_at, id"
    return [(actor, action) for actor, action in store_of(services).execute(sql)]


def test_a_comparison_runs_ends_at_its_planned_size_and_is_decided(services: Services, clock: HandClock) -> None:
    running = begin(services)
    assert (running.state, running.planned_sessions) == (ComparisonState.RUNNING, 384)
    draw_clients(services, running, "drawn", 200)
    services.comparisons.look()
    assert state(services, running) is ComparisonState.RUNNING
    put_sessions(
        services, "drawn", clients=200, each=2, at=NOW, rating="3 + (c.number >> 1) % 2 + (c.number + 1) % 2"
    )
    clock.forward(60)
    services.comparisons.look()
    finished = services.comparisons.get(running.id)
    assert finished.state is ComparisonState.FINISHED
    result = services.comparisons.result(finished)
    assert result.found is not None
    assert result.found.difference == pytest.approx(1)
    assert result.suggested is Arm.CANDIDATE
    services.comparisons.decide(running.id, AMIRA, Arm.CANDIDATE, "It is liked better.")
    decided = services.comparisons.get(running.id)
    assert (decided.state, decided.decision, decided.words) == (
        ComparisonState.DECIDED,
        Arm.CANDIDATE,
        "It is liked better.",
    )
    assert services.comparisons.undecided() is None
    assert audited(services) == [
        (AMIRA, "comparison.started"),
        (COACHROOM, "comparison.finished"),
        (AMIRA, "comparison.decided"),
    ]


def test_nothing_of_the_difference_is_told_while_it_runs_or_after_it_was_stopped(services: Services) -> None:
    running = begin(services)
    draw_clients(services, running, "drawn", 100)
    put_sessions(services, "drawn", clients=100, each=2, at=NOW, rating="3 + c.number % 3")
    told = services.comparisons.result(running)
    assert told.records[Arm.CANDIDATE].sessions == 100
    assert (told.found, told.suggested, told.beside) == (None, None, ())
    assert not any(happened for record in told.records.values() for happened in record.beside.values())
    services.comparisons.stop(running.id, AMIRA, "A client complained.")
    stopped = services.comparisons.get(running.id)
    assert stopped.stopped_because == "A client complained."
    assert services.comparisons.result(stopped).found is None
    assert services.comparisons.result(stopped).beside == ()
    services.comparisons.decide(running.id, AMIRA, Arm.STANDING, "It stays as it was.")
    assert services.comparisons.result(services.comparisons.get(running.id)).found is None


def test_at_the_end_returns_and_completions_are_told_beside_it(services: Services, clock: HandClock) -> None:
    running = begin(services)
    draw_clients(services, running, "drawn", 200)
    later = NOW + timedelta(days=20)
    put_sessions(services, "drawn", clients=200, each=1, at=NOW)
    put_sessions(services, "drawn", clients=200, each=1, at=later, rating="3 + c.number % 3")
    back = "CAST(split_part(session_id, '-', 2) AS integer)"
    with store_of(services).transaction() as transaction:
        # Of the candidate's clients every other one comes back in time, of the standing version's every fourth.
        for number, version in ((4, 0), (8, 1)):
            transaction.execute(
                f"""UPDATE session_facts SET start_time = CAST($1 AS timestamp), end_time = CAST($2 AS timestamp)
                    WHERE starts_with(session_id, 'drawn-') AND start_time = CAST($3 AS timestamp)
                      AND {back} % {number} = {version}""",
                [NOW + timedelta(days=14), NOW + timedelta(days=14, minutes=10), later],
            )
        transaction.execute(
            f"""UPDATE session_facts SET status = 'abandoned'
                WHERE starts_with(session_id, 'drawn-') AND {back} % 2 = 0 AND start_time = CAST($1 AS timestamp)""",
            [NOW],
        )
    clock.forward(timedelta(days=21).total_seconds())
    services.comparisons.look()
    result = services.comparisons.result(services.comparisons.get(running.id))
    returned, completed = result.beside
    # The later sessions, within 14 days of the end, are not asked who came back after them.
    assert returned.shares == {Arm.STANDING: 0.25, Arm.CANDIDATE: 0.5}
    assert returned.found is not None
    low, high = returned.found.interval
    assert 0 < low < 0.25 < high
    assert completed.shares == {Arm.STANDING: 1.0, Arm.CANDIDATE: 0.5}


def test_a_new_client_is_drawn_at_the_first_call_and_keeps_what_was_drawn(
    services: Services, clock: HandClock
) -> None:
    running = begin(services, past_the_fence=True)
    session = enter(services, ANA)
    branch = services.comparisons.branch_for_call(session)
    ((arm, probability, fence, drawn_at, left_at),) = draws(services, ANA)
    assert (branch, probability, fence, drawn_at, left_at) == (running.branch(Arm(arm)), 0.5, False, NOW, None)
    services.sessions.end(session.id, EndReason.CLIENT)
    clock.forward(60)
    assert services.comparisons.branch_for_call(enter(services, ANA)) == branch
    assert len(draws(services, ANA)) == 1


def test_a_client_who_has_been_here_before_is_not_drawn(services: Services) -> None:
    services.sessions.end(enter(services, ANA).id, EndReason.CLIENT)
    begin(services)
    assert services.comparisons.branch_for_call(enter(services, ANA)) is None
    assert draws(services, ANA) == []


def test_nobody_is_drawn_off_the_record_or_where_comparisons_are_off(tmp_path: Path, clock: HandClock) -> None:
    with comparing(tmp_path, clock) as services:
        begin(services)
        off = replace(enter(services, ANA), off_record_at=NOW)
        assert services.comparisons.branch_for_call(off) is None
    with comparing(tmp_path / "off", clock, comparisons=False) as services:
        begin(services)
        assert services.comparisons.branch_for_call(enter(services, BEN)) is None
        assert draws(services, BEN) == []


def test_who_says_no_is_not_drawn_and_who_says_it_later_has_the_standing_version(
    services: Services, clock: HandClock
) -> None:
    begin(services)
    services.comparisons.set_part(ANA, takes_part=False)
    assert services.comparisons.refuses(ANA)
    assert services.comparisons.branch_for_call(enter(services, ANA)) is None
    session = enter(services, BEN)
    services.comparisons.branch_for_call(session)
    with store_of(services).transaction() as transaction:
        transaction.execute("UPDATE comparison_draws SET arm = 'candidate' WHERE client_id = $1", [BEN])
    assert services.comparisons.branch_for_call(session) == PLAN.candidate
    left_at = clock.forward(60)
    services.comparisons.set_part(BEN, takes_part=False)
    assert services.comparisons.branch_for_call(session) == PLAN.standing
    assert [(arm, left) for arm, *_, left in draws(services, BEN)] == [("candidate", left_at)]
    services.comparisons.set_part(BEN, takes_part=True)
    assert not services.comparisons.refuses(BEN)
    assert services.comparisons.branch_for_call(session) == PLAN.standing


def test_after_a_stop_all_have_the_standing_version_and_after_the_decision_the_agents_own(services: Services) -> None:
    running = begin(services)
    session = enter(services, ANA)
    services.comparisons.branch_for_call(session)
    with store_of(services).transaction() as transaction:
        transaction.execute("UPDATE comparison_draws SET arm = 'candidate'")
    services.comparisons.stop(running.id, AMIRA, "It is too short.")
    assert services.comparisons.branch_for_call(session) == PLAN.standing
    assert services.comparisons.branch_for_call(enter(services, BEN)) is None
    services.comparisons.decide(running.id, AMIRA, Arm.STANDING, "It stays.")
    assert services.comparisons.branch_for_call(session) is None


def test_a_version_rated_much_worse_is_stopped_at_the_weekly_look(services: Services, clock: HandClock) -> None:
    running = begin(services)
    draw_clients(services, running, "drawn", 120)
    worse = "CASE WHEN c.number % 2 = 1 THEN 5 - (c.number >> 1) % 2 ELSE 2 + (c.number >> 1) % 2 END"
    put_sessions(services, "drawn", clients=120, each=2, at=NOW, rating=worse)
    clock.forward((WEEK - timedelta(hours=1)).total_seconds())
    services.comparisons.look()
    assert state(services, running) is ComparisonState.RUNNING
    clock.forward(3600)
    services.comparisons.look()
    stopped = services.comparisons.get(running.id)
    assert (stopped.state, stopped.stopped_by, stopped.stopped_because) == (ComparisonState.STOPPED, COACHROOM, WORSE)
    assert audited(services)[-1] == (COACHROOM, "comparison.stopped")


def test_a_version_that_fails_is_stopped_also_among_the_first_clients(services: Services, clock: HandClock) -> None:
    running = begin(services)
    draw_clients(services, running, "drawn", 40, fence=True)
    put_sessions(services, "drawn", clients=40, each=1, at=NOW)
    with store_of(services).transaction() as transaction:
        transaction.execute(
            """UPDATE session_facts SET status = 'failed' WHERE client_id IN
               (SELECT client_id FROM comparison_draws WHERE arm = 'candidate')"""
        )
    clock.forward(WEEK.total_seconds())
    services.comparisons.look()
    assert services.comparisons.get(running.id).stopped_because == FAILS


def drawn(services: Services, client: str, arm: Arm) -> Session:
    """The client's first session, drawn into this version."""
    session = enter(services, client)
    services.comparisons.branch_for_call(session)
    with store_of(services).transaction() as transaction:
        transaction.execute("UPDATE comparison_draws SET arm = $2 WHERE client_id = $1", [client, arm])
    return session


def called(services: Services, session: Session, branch: str) -> None:
    """The provider's record says that the session's call was on this branch."""
    with store_of(services).transaction() as transaction:
        transaction.execute(
            """INSERT INTO agent_conversations (id, session_id, started_at, record, tries, branch_id)
               VALUES ($1 || $2, $1, $3, 'complete', 1, $2)""",
            [session.id, branch, NOW],
        )


def test_a_report_of_safety_about_a_session_with_the_candidate_stops_it_at_once(
    services: Services, clock: HandClock
) -> None:
    running = begin(services)
    session = drawn(services, ANA, Arm.CANDIDATE)
    called(services, session, PLAN.candidate)
    services.comparisons.look()
    assert state(services, running) is ComparisonState.RUNNING
    clock.forward(60)
    services.safety_reports.report(session, "It told me to stop my medicine.")
    services.comparisons.look()
    stopped = services.comparisons.get(running.id)
    assert (stopped.state, stopped.stopped_by, stopped.stopped_because) == (
        ComparisonState.STOPPED,
        COACHROOM,
        REPORTED,
    )
    assert services.comparisons.branch_for_call(session) == PLAN.standing


def test_a_report_counts_before_the_record_says_which_version_was_met(services: Services) -> None:
    running = begin(services)
    services.safety_reports.report(drawn(services, ANA, Arm.CANDIDATE), "")
    services.comparisons.look()
    assert services.comparisons.get(running.id).stopped_because == REPORTED


def test_a_report_of_the_human_coach_counts_as_the_clients_does(services: Services, clock: HandClock) -> None:
    running = begin(services)
    session = drawn(services, ANA, Arm.CANDIDATE)
    called(services, session, PLAN.candidate)
    clock.forward(600)
    services.sessions.end(session.id, EndReason.CLIENT)
    services.safety_reports.report_as_coach(session.id, ANA, HER_COACH, "It told her to stop her medicine.")
    services.comparisons.look()
    assert services.comparisons.get(running.id).stopped_because == REPORTED


@pytest.mark.parametrize("arm", list(Arm))
def test_a_report_about_the_standing_version_stops_nothing(services: Services, arm: Arm) -> None:
    running = begin(services)
    session = drawn(services, ANA, arm)
    # Who left the comparison meets the standing version, whatever they had drawn.
    called(services, session, PLAN.standing)
    services.safety_reports.report(session, "")
    services.safety_reports.report(enter(services, BEN), "")
    services.comparisons.look()
    assert state(services, running) is ComparisonState.RUNNING


def test_where_nothing_speaks_against_it_the_look_is_noted_and_it_goes_on(
    services: Services, clock: HandClock
) -> None:
    running = begin(services)
    clock.forward(WEEK.total_seconds())
    services.comparisons.look()
    after = services.comparisons.get(running.id)
    assert (after.state, after.looked_at) == (ComparisonState.RUNNING, NOW + WEEK)


def test_only_one_is_under_way(services: Services) -> None:
    running = begin(services)
    second = services.comparisons.add(replace(PLAN, title="Another"), AMIRA)
    try_versions(services)
    with pytest.raises(CoachroomError, match=UNDECIDED):
        services.comparisons.start(second, AMIRA, fits)
    services.comparisons.stop(running.id, AMIRA, "Enough.")
    with pytest.raises(CoachroomError, match=UNDECIDED):
        services.comparisons.start(second, AMIRA, fits)
    services.comparisons.decide(running.id, AMIRA, Arm.STANDING, "It stays.")
    services.comparisons.start(second, AMIRA, fits)
    assert services.comparisons.get(second).state is ComparisonState.RUNNING


def test_only_an_administrator_changes_anything(services: Services) -> None:
    running = begin(services)
    draft = services.comparisons.add(replace(PLAN, title="Another"), AMIRA)
    for change in (
        lambda: services.comparisons.add(replace(PLAN, title="A third"), CARLA),
        lambda: services.comparisons.delete_draft(draft, CARLA),
        lambda: services.comparisons.stop(running.id, CARLA, "No."),
    ):
        with pytest.raises(CoachroomError, match=NO_ADMINISTRATOR):
            change()


def test_what_does_not_follow_is_refused(services: Services) -> None:
    running = begin(services)
    with pytest.raises(ComparisonChangedError):
        services.comparisons.decide(running.id, AMIRA, Arm.CANDIDATE, "Now.")
    with pytest.raises(ComparisonChangedError):
        services.comparisons.delete_draft(running.id, AMIRA)
    services.comparisons.stop(running.id, AMIRA, "Enough.")
    with pytest.raises(ComparisonChangedError):
        services.comparisons.stop(running.id, AMIRA, "Again.")


def test_every_state_is_reached_and_the_last_is_decided() -> None:
    reached = {ComparisonState.DRAFT}.union(*FOLLOWS.values())
    assert reached == set(ComparisonState)
    assert [state for state in ComparisonState if not FOLLOWS[state]] == [ComparisonState.DECIDED]


def test_a_version_that_is_not_fit_cannot_be_compared(services: Services) -> None:
    def unfit(_: Comparison) -> VersionsThere:
        raise CoachroomError("The words about safety differ.")

    draft = services.comparisons.add(PLAN, AMIRA)
    try_versions(services)
    with pytest.raises(CoachroomError, match="safety differ"):
        services.comparisons.start(draft, AMIRA, unfit)
    assert services.comparisons.undecided() is None


def test_none_begins_before_both_versions_passed_agent_test(services: Services) -> None:
    draft = services.comparisons.get(services.comparisons.add(PLAN, AMIRA))
    assert set(services.comparisons.not_passed(draft)) == set(Arm)
    with pytest.raises(CoachroomError, match="branch-main was not tried with the scripted clients"):
        services.comparisons.start(draft.id, AMIRA, fits)
    try_versions(services, replace(PLAN, candidate=PLAN.standing))
    with pytest.raises(CoachroomError, match="branch-short was not tried"):
        services.comparisons.start(draft.id, AMIRA, fits)
    assert services.comparisons.undecided() is None


def test_a_version_that_broke_a_must_begins_only_after_it_passed(services: Services, clock: HandClock) -> None:
    draft = services.comparisons.add(PLAN, AMIRA)
    try_versions(services)
    clock.forward(60)
    try_versions(services, replace(PLAN, standing=PLAN.candidate), failed=("in-danger",))
    with pytest.raises(CoachroomError, match="branch-short broke a must with in-danger"):
        services.comparisons.start(draft, AMIRA, fits)
    clock.forward(60)
    try_versions(services)
    services.comparisons.start(draft, AMIRA, fits)


def test_a_pass_counts_for_thirty_days(services: Services, clock: HandClock) -> None:
    draft = services.comparisons.get(services.comparisons.add(PLAN, AMIRA))
    try_versions(services)
    clock.forward(COUNTS_FOR.total_seconds())
    assert services.comparisons.not_passed(draft) == {}
    clock.forward(1)
    with pytest.raises(CoachroomError, match="tried more than 30 days ago"):
        services.comparisons.start(draft.id, AMIRA, fits)


def test_a_pass_counts_for_the_version_and_the_clients_that_it_was_made_with(services: Services) -> None:
    draft = services.comparisons.add(PLAN, AMIRA)
    try_versions(services)

    def changed(comparison: Comparison) -> VersionsThere:
        return replace(fits(comparison), versions=fits(comparison).versions | {Arm.CANDIDATE: "a later one"})

    with pytest.raises(CoachroomError, match="branch-short has changed since it was tried"):
        services.comparisons.start(draft, AMIRA, changed)
    with pytest.raises(CoachroomError, match="scripted clients have changed"):
        services.comparisons.start(draft, AMIRA, lambda it: replace(fits(it), tests="a longer file"))
    assert services.comparisons.undecided() is None


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (replace(PLAN, candidate=PLAN.standing), "same branch"),
        (replace(PLAN, smallest=0.01), "differences offered"),
        (replace(PLAN, title=" "), "The title"),
        (replace(PLAN, why=""), "The reason"),
        (PLAN, "of this title"),
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(services: Services, plan: object, why: str) -> None:
    services.comparisons.add(PLAN, AMIRA)
    with pytest.raises(InvalidInputError, match=why):
        services.comparisons.add(plan, AMIRA)  # type: ignore[arg-type]


def test_a_small_community_is_refused_with_the_number_of_weeks(services: Services) -> None:
    with store_of(services).transaction() as transaction:
        transaction.execute("DELETE FROM session_facts WHERE client_no > 8")
    draft = services.comparisons.add(PLAN, AMIRA)
    with pytest.raises(CoachroomError, match=r"At your pace this would take \d+ weeks"):
        services.comparisons.start(draft, AMIRA, fits)


def test_without_a_key_none_can_begin(tmp_path: Path, clock: HandClock) -> None:
    with comparing(tmp_path, clock, ELEVENLABS_API_KEY=None) as services:
        assert services.comparisons.refusal() == NO_KEY
        draft = services.comparisons.add(PLAN, AMIRA)
        with pytest.raises(CoachroomError, match="set ELEVENLABS_API_KEY"):
            services.comparisons.start(draft, AMIRA, fits)


def test_a_sessions_page_names_the_version_that_its_calls_had(services: Services) -> None:
    begin(services)
    session = enter(services, ANA)
    services.comparisons.branch_for_call(session)
    assert services.comparisons.met_in(session.id) == []
    with store_of(services).transaction() as transaction:
        transaction.execute(
            """INSERT INTO agent_conversations (id, session_id, started_at, record, tries, branch_id)
               VALUES ('conv_1', $1, $2, 'complete', 1, $3)""",
            [session.id, NOW, PLAN.candidate],
        )
    assert services.comparisons.met_in(session.id) == [(PLAN.title, Arm.CANDIDATE)]
