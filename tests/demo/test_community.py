"""The demo community: the same each time, believable, marked, and never beside real data."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from coachroom.cli.main import main
from coachroom.demo.community import (
    Community,
    DemoError,
    ask,
    counts,
    existing,
    generate,
    is_demo,
    seed_small_community,
)
from coachroom.metrics import consistency
from coachroom.metrics.facts import disagreements
from coachroom.metrics.run import run
from coachroom.people.demo import seed_demo_people
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.store import Store
from coachroom.store.writer import Writer

UNTIL = datetime(2026, 10, 8)
NOW = datetime(2026, 10, 8, 15, 30)
TINY = Community(clients=12, sessions=80, seed=7, until=UNTIL)
LARGE = Community(clients=700, sessions=7000, seed=3, until=UNTIL)
KEPT_ACROSS_DATABASES = {"schema_version"}


@contextmanager
def opened(path: Path | None = None) -> Iterator[tuple[Store, Writer]]:
    store = DuckStore(path)
    migrate(store, NOW)
    writer = Writer(store)
    try:
        yield store, writer
    finally:
        writer.close()
        store.close()


@pytest.fixture
def empty() -> Iterator[tuple[Store, Writer]]:
    with opened() as parts:
        yield parts


@pytest.fixture(scope="module")
def large() -> Iterator[Store]:
    with opened() as (store, writer):
        assert generate(store, writer, LARGE, now=NOW)
        yield store


def tables(store: Store) -> list[str]:
    found = store.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY table_name")
    return [name for (name,) in found if name not in KEPT_ACROSS_DATABASES]


def everything(store: Store) -> dict[str, list[tuple]]:
    return {name: store.execute(f"SELECT * FROM {name} ORDER BY ALL") for name in tables(store)}


def one(store: Store, sql: str, *parameters: object) -> float:
    return float(store.execute(sql, parameters)[0][0])


def rows_of(community: Community) -> dict[str, list[tuple]]:
    with opened() as (store, writer):
        generate(store, writer, community, now=NOW)
        return everything(store)


def test_the_same_four_numbers_give_the_same_rows() -> None:
    assert rows_of(TINY) == rows_of(TINY)


@pytest.mark.parametrize("other", [replace(TINY, seed=8), replace(TINY, until=UNTIL - timedelta(days=1))])
def test_another_seed_or_end_gives_other_rows(other: Community) -> None:
    first, second = rows_of(TINY), rows_of(other)
    for name in ("sessions", "conversations", "session_facts"):
        assert first[name] != second[name]


def test_it_has_exactly_what_was_asked_for(large: Store) -> None:
    assert one(large, "SELECT count(*) FROM sessions") == LARGE.sessions
    assert one(large, "SELECT count(*) FROM client_profiles") == LARGE.clients
    clients = "SELECT count(*) FROM members WHERE role = 'client' AND client_id IS "
    assert one(large, clients + "NOT NULL") == LARGE.clients
    assert one(large, clients + "NULL") == LARGE.clients // 3
    assert counts(large).turns == one(large, "SELECT count(*) FROM conversations")


def test_everything_is_marked_as_demo(large: Store) -> None:
    assert is_demo(large)
    assert existing(large) == LARGE
    assert large.execute("SELECT DISTINCT source FROM members") == [("demo",)]
    for table, column in [("sessions", "id"), ("rooms", "id"), ("client_profiles", "id"), ("goals", "id")]:
        assert one(large, f"SELECT count(*) FROM {table} WHERE NOT starts_with({column}, 'demo-')") == 0
    assert one(large, "SELECT count(*) FROM agent_conversations WHERE NOT starts_with(agent_id, 'demo-')") == 0


@pytest.mark.parametrize(
    "check", [name for name in consistency.SQL if "without" in name or "lost" in name or "badly" in name]
)
def test_no_row_points_nowhere(large: Store, check: str) -> None:
    assert one(large, consistency.SQL[check]) == 0


@pytest.mark.parametrize(
    "table",
    [
        "feedback",
        "check_ins",
        "evaluations",
        "confidence",
        "session_facts",
        "actions",
        "pauses",
        "silences",
        "written_steps",
        "live_joins",
        "safety_reports",
        "coach_safety_reports",
    ],
)
def test_what_came_of_a_session_belongs_to_one(large: Store, table: str) -> None:
    assert one(large, f"SELECT count(*) FROM {table}") > 0
    assert one(large, f"SELECT count(*) FROM {table} ANTI JOIN sessions ON sessions.id = {table}.session_id") == 0


def test_facts_agree_with_the_turns(large: Store) -> None:
    assert len(disagreements(large)) == 0
    assert one(large, "SELECT count(*) FROM session_facts") == LARGE.sessions


def test_everything_is_over_in_time(large: Store) -> None:
    moments = [
        (table, column)
        for table, column in large.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'TIMESTAMP' AND NOT internal"
        )
        if table in tables(large) and column not in {"due_at", "expires_at", "next_try_at"}
    ]
    assert len(moments) > 20
    for table, column in moments:
        until = NOW if table in {"members", "client_profiles"} else UNTIL
        assert one(large, f"SELECT count(*) FROM {table} WHERE {column} > $1", until) == 0, (table, column)


def test_times_are_in_order(large: Store) -> None:
    outside = (
        "SELECT count(*) FROM conversations c JOIN sessions s ON s.id = c.session_id "
        "WHERE c.timestamp NOT BETWEEN s.start_time AND s.end_time"
    )
    backwards = (
        "SELECT count(*) FROM (SELECT timestamp < lag(timestamp) OVER (PARTITION BY session_id ORDER BY seq) AS bad "
        "FROM conversations) WHERE bad"
    )
    overlapping = (
        "SELECT count(*) FROM (SELECT start_time < lag(end_time) OVER (PARTITION BY client_id ORDER BY start_time) "
        "AS bad FROM sessions) WHERE bad"
    )
    too_early = "SELECT count(*) FROM sessions s JOIN members m USING (client_id) WHERE s.start_time < m.joined_at"
    for sql in (outside, backwards, overlapping, too_early):
        assert one(large, sql) == 0, sql


def test_paying_clients_stay_longer(large: Store) -> None:
    active = (
        "SELECT avg(CASE WHEN EXISTS (SELECT 1 FROM sessions s WHERE s.client_id = m.client_id "
        "AND s.start_time - m.joined_at BETWEEN INTERVAL '56 days' AND INTERVAL '84 days') THEN 1 ELSE 0 END) "
        "FROM members m WHERE m.tier = $1 AND m.joined_at < $2"
    )
    free, standard, premium = (
        one(large, active, tier, UNTIL - timedelta(84)) for tier in ("free", "standard", "premium")
    )
    assert free + 0.1 < standard < premium - 0.1


def test_some_have_left_and_nobody_talks_after_that(large: Store) -> None:
    assert one(large, "SELECT count(*) FROM members WHERE (left_at IS NULL) <> (status = 'active')") == 0
    assert one(large, "SELECT count(*) FROM members WHERE left_at < joined_at") == 0
    after = "SELECT count(*) FROM sessions s JOIN members m ON m.client_id = s.client_id WHERE s.end_time > m.left_at"
    assert one(large, after) == 0
    stay = run(large, "membership_survival", as_of=UNTIL).set_index(["sessions", "months"])["survival"]
    assert 0.3 < stay["without", 6] < stay["with", 6] < 0.9


def test_weeks_have_a_rhythm_and_grow(large: Store) -> None:
    share = dict(large.execute("SELECT isodow(start_time), count(*) / 7000 FROM sessions GROUP BY 1"))
    assert min(share[2], share[3]) > 1.5 * share[6]
    weekly = "SELECT count(*) FROM sessions WHERE start_time BETWEEN $1 AND $2"
    months = [one(large, weekly, UNTIL - timedelta(28 * k + 28), UNTIL - timedelta(28 * k)) for k in range(9)]
    assert months[0] > months[4] > months[8] > 0
    cumulative = large.execute(
        "SELECT sum(count(*)) OVER (ORDER BY date_trunc('week', start_time)) FROM sessions GROUP BY "
        "date_trunc('week', start_time) ORDER BY 1"
    )
    assert len(cumulative) >= 38
    assert cumulative[-1][0] == LARGE.sessions


def test_some_are_night_owls(large: Store) -> None:
    night = "SELECT count(*) FROM sessions WHERE hour(start_time) BETWEEN 0 AND 4"
    assert 0.05 < one(large, night) / LARGE.sessions < 0.35


def test_talks_end_and_last_as_talks_do(large: Store) -> None:
    share = dict(large.execute("SELECT status, count(*) / 7000 FROM sessions GROUP BY status"))
    assert 0.05 < share["abandoned"] < 0.11
    assert 0.01 < share["failed"] < 0.03
    median = "SELECT median(duration_seconds) FROM session_facts WHERE status = $1"
    completed = one(large, median, "completed")
    assert 600 < completed < 840
    assert one(large, median, "abandoned") < completed / 2
    assert one(large, "SELECT avg(duration_seconds) FROM session_facts WHERE status = 'completed'") > completed
    assert 16 < one(large, "SELECT avg(client_turns + agent_turns) FROM session_facts") < 24


def test_some_pause_lose_the_line_think_for_long_or_write(large: Store) -> None:
    def share(condition: str) -> float:
        return one(large, f"SELECT count(*) FILTER (WHERE {condition}) / count(*) FROM session_facts")

    assert 0.03 < share("pauses > 0") < 0.06
    assert 0.002 < share("interruptions > 0") < 0.02
    assert 0.01 < share("reconnect_seconds IS NOT NULL") < 0.03
    assert 0.001 < share("given_up > 0") < 0.02
    assert 0.07 < share("silences_by_client > 0 OR silences_by_agent > 0 OR silences_by_nobody > 0") < 0.2
    assert 0.01 < share("written_steps = 4 AND client_turns = 0 AND agent_id IS NULL") < 0.03
    assert one(large, "SELECT count(*) FROM session_facts WHERE len(typed_ms) > 0 AND len(felt_ms) > 0") == 0
    in_a_pause = (
        "SELECT count(*) FROM conversations c JOIN pauses p ON p.session_id = c.session_id "
        "AND c.timestamp > p.started_at AND c.timestamp < p.ended_at"
    )
    assert one(large, in_a_pause) == 0
    next_steps = (
        "SELECT count(*) FROM written_steps w LEFT JOIN actions a ON a.id = w.target_id "
        "AND a.session_id = w.session_id WHERE w.stage = 'will' AND a.id IS NULL"
    )
    assert one(large, next_steps) == 0


def test_human_coaches_join_their_own_clients_and_some_are_not_let_in(large: Store) -> None:
    fates = dict(large.execute("SELECT status, count(*) FROM live_joins GROUP BY status"))
    assert set(fates) == {"ended", "declined", "expired"}
    assert fates["ended"] > fates["declined"] > fates["expired"] > 0
    not_theirs = (
        "SELECT count(*) FROM live_joins j JOIN members m ON m.client_id = j.client_id "
        "WHERE m.coach_email IS DISTINCT FROM j.coach_email"
    )
    out_of_order = (
        "SELECT count(*) FROM live_joins j JOIN sessions s ON s.id = j.session_id WHERE j.asked_at < s.start_time "
        "OR j.answered_at < j.asked_at OR j.first_linked_at < j.answered_at OR j.ended_at > s.end_time "
        "OR j.ended_at < coalesce(j.first_linked_at, j.asked_at)"
    )
    outside = (
        "SELECT count(*) FROM live_acts a LEFT JOIN live_joins j ON j.id = a.join_id AND j.status = 'ended' "
        "AND a.acted_at BETWEEN j.answered_at AND j.ended_at WHERE j.id IS NULL"
    )
    for sql in (not_theirs, out_of_order, outside):
        assert one(large, sql) == 0, sql


def test_what_a_human_coach_wrote_is_a_turn_and_who_takes_over_hands_back(large: Store) -> None:
    without_turn = (
        "SELECT count(*) FROM live_acts a JOIN live_joins j ON j.id = a.join_id LEFT JOIN conversations t "
        "ON t.session_id = j.session_id AND t.sender = 'coach' AND t.message = a.text AND t.timestamp = a.acted_at "
        "WHERE a.text IS NOT NULL AND t.id IS NULL"
    )
    assert one(large, without_turn) == 0
    spoken = "SELECT count(*) FROM conversations WHERE sender = 'coach' AND context ->> 'written' IS NULL"
    assert one(large, spoken) > 0
    acts = dict(large.execute("SELECT act, count(*) FROM live_acts GROUP BY act"))
    assert acts["hint"] > acts["both"] > acts["take_over"] > 0
    assert (acts["both"], acts["take_over"]) == (acts["listening"], acts["hand_back"])
    assert one(large, "SELECT count(*) FROM agent_conversations WHERE end_reason = 'coach'") == acts["take_over"]
    in_private = (
        "SELECT count(*) FROM conversations t JOIN live_joins j ON j.session_id = t.session_id "
        "JOIN live_acts a ON a.join_id = j.id AND a.act = 'take_over' JOIN live_acts b ON b.join_id = j.id "
        "AND b.act = 'hand_back' WHERE t.timestamp > a.acted_at AND t.timestamp < b.acted_at"
    )
    assert one(large, in_private) == 0
    gaps = (
        "SELECT count(*) FROM (SELECT max(seq) <> count(*) AS bad FROM conversations GROUP BY session_id) WHERE bad"
    )
    assert one(large, gaps) == 0


def test_the_coach_answers_as_fast_as_voice_coaches_do(large: Store) -> None:
    sql = "SELECT quantile_cont(ms, $1) FROM (SELECT unnest(felt_ms) AS ms FROM session_facts)"
    assert 1250 < one(large, sql, 0.5) < 1550
    assert 3800 < one(large, sql, 0.95) < 5200
    interrupted = one(large, "SELECT sum(interrupted_turns) / sum(agent_turns) FROM session_facts")
    assert 0.03 < interrupted < 0.05
    typed = (
        "SELECT count(*) FILTER (context ->> 'typed' = 'true') / count(*) FROM conversations WHERE sender = 'client'"
    )
    assert 0.07 < one(large, typed) < 0.18


def test_ratings_are_biased_and_better_after_longer_talks(large: Store) -> None:
    talks = (
        "SELECT count(*) FROM session_facts WHERE status <> 'failed' AND client_turns > 0 AND duration_seconds >= 60"
    )
    assert 0.38 < one(large, "SELECT count(*) FROM feedback") / one(large, talks) < 0.52
    quarters = large.execute(
        "SELECT avg(rating) FROM (SELECT ntile(4) OVER (ORDER BY duration_seconds) AS quarter, rating FROM feedback "
        "JOIN session_facts USING (session_id)) GROUP BY quarter ORDER BY quarter"
    )
    assert quarters[0][0] < quarters[1][0] < quarters[3][0]
    assert one(large, "SELECT count(DISTINCT rating) FROM feedback") == 5


def test_goals_move_upward(large: Store) -> None:
    sql = (
        "SELECT avg(c.score) FROM goal_checkins c JOIN goals g ON g.id = c.goal_id "
        "WHERE c.created_at - g.created_at BETWEEN to_days($1) AND to_days($2)"
    )
    assert one(large, sql, 0, 14) + 0.5 < one(large, sql, 60, 300)
    fates = large.execute(
        "SELECT count(*) FILTER (WHERE done_at > due_at), count(*) FILTER (WHERE done_at <= due_at), "
        "count(*) FILTER (WHERE status = 'dropped'), count(*) FILTER (WHERE status = 'open') FROM actions"
    )
    assert min(fates[0]) > 0


def test_the_coach_has_forty_clients_and_the_demo_people_a_history(large: Store) -> None:
    assert one(large, "SELECT count(*) FROM members WHERE coach_email = 'carla.mendes@example.com'") == 40
    for client in ("demo-ana", "demo-ben", "demo-chiara"):
        recent = "SELECT count(*) FROM sessions WHERE client_id = $1 AND start_time > $2"
        assert one(large, recent, client, UNTIL - timedelta(28)) >= 1


def test_asking_again_changes_nothing(empty: tuple[Store, Writer]) -> None:
    store, writer = empty
    assert generate(store, writer, TINY, now=NOW)
    before = everything(store)
    again = ask(store, clients=12, sessions=80, seed=7, until=None, now=NOW + timedelta(days=3))
    assert again == TINY
    assert not generate(store, writer, again, now=NOW)
    assert everything(store) == before


def test_another_community_comes_only_in_place_of_the_first(empty: tuple[Store, Writer]) -> None:
    store, writer = empty
    generate(store, writer, TINY, now=NOW)
    other = replace(TINY, clients=5, sessions=30, seed=9)
    with pytest.raises(DemoError, match="--replace"):
        generate(store, writer, other, now=NOW)
    assert existing(store) == TINY
    assert generate(store, writer, other, now=NOW, replace=True)
    replaced, fresh = everything(store), rows_of(other)
    # Numbers of clients are never given twice.
    for table in set(fresh) - {"client_numbers", "session_facts", "client_profiles"}:
        assert replaced[table] == fresh[table], table
    assert len(disagreements(store)) == 0


@pytest.mark.parametrize(
    "real",
    [
        "INSERT INTO members (email, display_name, role, status, source, created_at, updated_at) "
        "VALUES ('a@example.com', 'A', 'client', 'active', 'skool', '2026-01-01', '2026-01-01')",
        "INSERT INTO client_profiles (id, created_at) VALUES ('c1', '2026-01-01')",
        "INSERT INTO sessions (id, client_id, start_time, status, last_seen_at) "
        "VALUES ('s1', 'c1', '2026-01-01', 'active', '2026-01-01')",
    ],
)
def test_it_never_mixes_with_real_data(empty: tuple[Store, Writer], real: str) -> None:
    store, writer = empty
    store.execute(real)
    before = everything(store)
    with pytest.raises(DemoError, match="real"):
        generate(store, writer, TINY, now=NOW, replace=True)
    assert not seed_small_community(store, writer, NOW)
    assert everything(store) == before


def test_a_run_that_fails_leaves_no_part_of_it(empty: tuple[Store, Writer], monkeypatch: pytest.MonkeyPatch) -> None:
    store, writer = empty
    seed_demo_people(writer, NOW)
    before = everything(store)

    def fail(_: object) -> None:
        raise RuntimeError("no power")

    monkeypatch.setattr("coachroom.demo.fill.number_clients", fail)
    with pytest.raises(RuntimeError, match="no power"):
        generate(store, writer, TINY, now=NOW)
    assert everything(store) == before
    assert not is_demo(store)


def test_the_small_one_reaches_up_to_today_and_comes_once(empty: tuple[Store, Writer]) -> None:
    store, writer = empty
    assert seed_small_community(store, writer, NOW)
    last = store.execute("SELECT max(end_time) FROM sessions")[0][0]
    assert NOW - timedelta(days=3) < last < NOW
    assert not seed_small_community(store, writer, NOW + timedelta(days=1))
    assert one(store, "SELECT count(*) FROM sessions") == 900


def test_a_developers_own_talk_stays_when_the_community_is_replaced(empty: tuple[Store, Writer]) -> None:
    store, writer = empty
    generate(store, writer, TINY, now=NOW)
    store.execute(
        "INSERT INTO sessions (id, client_id, start_time, status, last_seen_at) "
        "VALUES ('0199', 'demo-ana', '2026-10-08', 'active', '2026-10-08')"
    )
    generate(store, writer, TINY, now=NOW, replace=True)
    assert one(store, "SELECT count(*) FROM sessions WHERE id = '0199'") == 1


@pytest.mark.parametrize(("clients", "sessions"), [(1, 1), (1, 400), (3, 0), (2, 5), (4, 1000)])
def test_odd_sizes_work(empty: tuple[Store, Writer], clients: int, sessions: int) -> None:
    store, writer = empty
    generate(store, writer, Community(clients, sessions, 1, UNTIL), now=NOW)
    assert one(store, "SELECT count(*) FROM sessions") == sessions
    assert one(store, "SELECT count(*) FROM sessions WHERE end_time >= $1", UNTIL) == 0
    assert len(disagreements(store)) == 0


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--clients", "-1"], "--clients"),
        (["--clients", "0", "--sessions", "5"], "--clients"),
        (["--clients", "many"], "--clients"),
        (["--sessions", "-5"], "--sessions"),
        (["--sessions", "1.5"], "--sessions"),
        (["--clients", "2", "--sessions", "5000"], "--clients 10"),
        (["--seed", "x"], "--seed"),
        (["--seed", str(2**70)], "--seed"),
        (["--until", "soon"], "--until"),
        (["--until", "2999-01-01"], "future"),
        (["--until", "1066-10-14"], "long ago"),
    ],
)
def test_bad_numbers_are_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: list[str],
    part: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status: object = main(["demo", *arguments])
    except SystemExit as stop:
        status = stop.code
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert part in err


def test_from_the_command_line(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("COACHROOM_", "ELEVENLABS_"))}
    command = [sys.executable, "-m", "coachroom", "demo", "--clients", "5", "--sessions", "20"]
    done = [
        subprocess.run(
            [*command, *more], cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=60, check=False
        )
        for more in ([], [], ["--seed", "2"])
    ]
    assert [(run.returncode, run.stderr.count("\n")) for run in done] == [(0, 0), (0, 0), (2, 1)]
    assert done[0].stdout.startswith("Made the demo community.")
    assert "already there" in done[1].stdout
    assert "--replace" in done[2].stderr


def test_what_stood_in_the_last_session_is_what_the_client_chose_or_tried_then(large: Store) -> None:
    """A coach who reads both on one page finds no contradiction."""
    differ = """SELECT count(*) FROM session_approach a JOIN coaching_preferences p ON p.client_id = a.client_id
                WHERE a.set_at > p.updated_at AND (a.pace IS DISTINCT FROM p.pace OR a.lead IS DISTINCT FROM p.lead
                  OR a.opening IS DISTINCT FROM p.opening
                  OR (a.trial_field IS NULL AND a.tone IS DISTINCT FROM p.tone))"""
    assert one(large, differ) == 0
    assert one(large, "SELECT count(*) FROM session_approach WHERE trial_field = 'tone' AND tone = 'direct'") > 20
    without = """SELECT count(*) FROM session_approach a
                 WHERE coalesce(a.pace, a.lead, a.opening) IS NOT NULL
                   AND a.client_id NOT IN (SELECT client_id FROM coaching_preferences)"""
    assert one(large, without) == 0


def test_two_versions_were_compared_and_the_result_can_be_told(large: Store) -> None:
    found = run(large, "version_comparison", as_of=NOW)
    assert list(found["version"]) == ["candidate", "standing"]
    assert set(found["state"]) == {"decided"}
    assert found["difference"].notna().sum() == 1
    (planned,) = {int(each) for each in found["planned_sessions"]}
    assert planned == found["sessions"].sum()


def test_clients_and_their_coach_reported_that_a_talk_was_not_safe(large: Store) -> None:
    of_clients = large.execute("SELECT words FROM safety_reports ORDER BY words")
    assert len(of_clients) == 3
    assert [words is None for (words,) in of_clients] == [False, False, True], "one left the words out"
    reported = """SELECT m.coach_email, s.end_time < r.reported_at FROM coach_safety_reports r
                  JOIN sessions s ON s.id = r.session_id JOIN members m ON m.client_id = r.client_id"""
    assert large.execute(reported) == [("carla.mendes@example.com", True)]
    both = "SELECT count(*) FROM safety_reports JOIN coach_safety_reports USING (session_id)"
    assert one(large, both) == 0


def test_a_check_in_holds_the_answer_that_stands_beside_the_stars(large: Store) -> None:
    differ = """SELECT count(*) FROM check_ins c LEFT JOIN session_questions q
                  ON q.session_id = c.session_id AND q.question = 'approach_fits'
                WHERE q.score IS DISTINCT FROM c.approach_fits"""
    assert one(large, differ) == 0
