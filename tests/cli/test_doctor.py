"""The doctor: a line a check, useful even where the settings or the database are not."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coachroom.cli import doctor
from coachroom.cli.doctor import Level, examine
from coachroom.clock import utc_now
from coachroom.recording.erased_calls import add_erased_calls
from coachroom.store.duck import DuckStore
from coachroom.store.migrate import migrate
from coachroom.store.postgres import PostgresStore
from coachroom.store.private_files import keep_private
from coachroom.store.store import Store
from tests.databases import new_postgres
from tests.live.turn_house import coturn, refusing
from tests.notifications.mail_house import mail_house
from tests.simulator.serving import API_KEY, RunningAgent, open_house

NOW = datetime(2026, 5, 1, 12)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("COACHROOM_") or name == "ELEVENLABS_API_KEY":
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("COACHROOM_PORT", str(free.getsockname()[1]))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    database = tmp_path / "data" / "coachroom.duckdb"
    # As every command does; whoever ran before in this process decides nothing.
    keep_private(database)
    database.parent.mkdir()
    store = DuckStore(database)
    migrate(store, NOW)
    yield store
    store.close()


def findings(level: Level) -> list[str]:
    return [finding.text for finding in examine(NOW)[0] if finding.level is level]


def one(level: Level, start: str) -> str:
    (text,) = (text for text in findings(level) if text.startswith(start))
    return text


def test_calls_that_the_provider_has_not_deleted_yet_are_counted(store: Store) -> None:
    with store.transaction() as transaction:
        add_erased_calls(transaction, ["call-1", "call-2"], NOW)
    store.close()
    assert one(Level.ATTENTION, "erasures: 2 calls of which nothing is kept here wait to be deleted at the provider")


def test_the_mail_server_is_asked_whether_it_lets_us_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(Level.OK, "mail: none is sent")
    with mail_house(user="coach", password="right") as house:
        given = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(house.port), "SMTP_SECURITY": "none"}
        given |= {"SMTP_USER": "coach", "SMTP_PASSWORD": "right", "MAIL_FROM": "coach@example.com"}
        for name, value in given.items():
            monkeypatch.setenv(f"COACHROOM_{name}", value)
        assert one(Level.OK, "mail: 127.0.0.1")
        monkeypatch.setenv("COACHROOM_SMTP_PASSWORD", "wrong")
        assert "refuses our sign-in (535)" in one(Level.BROKEN, "mail: ")
    assert house.taken == []
    assert "cannot be reached" in one(Level.BROKEN, "mail: ")


def test_a_fresh_development_is_well_and_stays_untouched(tmp_path: Path) -> None:
    assert one(Level.OK, "Python ") == f"Python {sys.version.split()[0]}"
    assert one(Level.OK, "duckdb ")
    assert "demo person" in one(Level.ATTENTION, "sign-in: ")
    assert "practice" in one(Level.OK, "coach: ")
    assert "is free" in one(Level.OK, "port ")
    assert "does not exist yet" in one(Level.OK, "database: ")
    assert list(tmp_path.iterdir()) == []


def test_a_practice_coach_without_a_voice_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [text for text in findings(Level.ATTENTION) if "tones" in text]
    monkeypatch.setattr(doctor, "VOICE_PACKAGE", "no_such_package")
    assert "pip install espeakng-loader" in one(Level.ATTENTION, "coach: ")


def test_settings_are_listed_and_secrets_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_COOKIE_SECRET", "s3cret-" * 6)
    monkeypatch.setenv("ELEVENLABS_API_KEY", "s3cret-key")
    monkeypatch.setenv("COACHROOM_ICE_SERVERS", '[{"urls": "turn:t.example.com", "credential": "s3cret"}]')
    lines = {line.variable: line for line in examine(NOW)[1]}
    assert "s3cret" not in str(lines)
    assert (lines["COACHROOM_COOKIE_SECRET"].value, lines["COACHROOM_COOKIE_SECRET"].differs) == ("set", True)
    assert (lines["ELEVENLABS_API_KEY"].value, lines["ELEVENLABS_API_KEY"].differs) == ("set", True)
    assert lines["COACHROOM_ICE_SERVERS"].value == "turn:t.example.com"
    assert (lines["COACHROOM_METRICS_TOKEN"].value, lines["COACHROOM_METRICS_TOKEN"].differs) == ("not set", False)
    assert lines["COACHROOM_PORT"].differs
    assert not lines["COACHROOM_DATABASE"].differs


def test_invalid_settings_still_get_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_PORT", "no port")
    assert "COACHROOM_PORT" in one(Level.BROKEN, "settings: ")
    assert one(Level.OK, "Python ")
    assert examine(NOW)[1] == [], "none is in force"


def test_the_agent_at_elevenlabs_needs_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_AGENT_PROVIDER", "elevenlabs")
    assert "agent_01jy88zv6zfe1a9v9zdxt69abd" in one(Level.ATTENTION, "coach: ")


@pytest.fixture
def elevenlabs(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningAgent]:
    """A service that the settings name as ElevenLabs."""
    with open_house() as running:
        monkeypatch.setenv("COACHROOM_AGENT_PROVIDER", "elevenlabs")
        monkeypatch.setenv("COACHROOM_ELEVENLABS_URL", running.url)
        monkeypatch.setenv("ELEVENLABS_API_KEY", API_KEY)
        yield running


def test_an_agent_at_elevenlabs_that_takes_calls_is_well(elevenlabs: RunningAgent) -> None:
    assert "agent_01jy88zv6zfe1a9v9zdxt69abd takes calls" in one(Level.OK, "coach: ")


@pytest.mark.parametrize(("status", "level"), [(401, Level.BROKEN), (404, Level.BROKEN), (503, Level.ATTENTION)])
def test_an_agent_that_takes_no_calls_is_named(elevenlabs: RunningAgent, status: int, level: Level) -> None:
    elevenlabs.agent.faults.status["signed_url"] = status
    assert "no call can begin" in one(level, "coach: ")


def test_signed_addresses_on_a_host_that_pages_may_not_reach_are_named(elevenlabs: RunningAgent) -> None:
    elevenlabs.agent.faults.signed_host = "api.eu.residency.elevenlabs.io"
    said = one(Level.BROKEN, "coach: ")
    assert "ws://api.eu.residency.elevenlabs.io" in said
    assert "COACHROOM_ELEVENLABS_URL" in said


def test_a_practice_agent_that_is_awkward_on_purpose_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_PRACTICE_MOOD", "awkward")
    assert "COACHROOM_PRACTICE_MOOD" in one(Level.ATTENTION, "coach: the practice agent is awkward")


def test_the_budget_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_CLIENT_CALLS_PER_DAY", "unlimited")
    assert one(Level.OK, "budget: ") == (
        "budget: a client's day 120 minutes, unlimited calls, 48 addresses; the community's day 6,000 minutes, "
        "3,000 calls, 6,000 addresses; its month 60,000 minutes, 30,000 calls, 60,000 addresses"
    )


def test_a_session_longer_than_a_clients_day_needs_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_SESSION_MINUTES", "240")
    assert "COACHROOM_CLIENT_MINUTES_PER_DAY" in one(Level.ATTENTION, "budget: ")


def test_nobody_can_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_DEVELOPMENT_SIGN_IN", "false")
    assert "COACHROOM_OIDC_CLIENT_ID" in one(Level.BROKEN, "sign-in: ")


def test_files_that_were_not_built_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "BUILT_ASSETS", ("never.js",))
    assert "never.js" in one(Level.BROKEN, "browser files")


def test_a_port_in_use_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stranger(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Stranger)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("COACHROOM_PORT", str(server.server_port))
    try:
        assert "is in use" in one(Level.BROKEN, "Port ")
        monkeypatch.setattr(
            Stranger,
            "do_GET",
            lambda self: (self.send_response(200), self.end_headers(), self.wfile.write(b'{"status": "ok"}')),
        )
        assert "coachroom is running there" in one(Level.OK, "port ")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_sound_database_is_well(store: Store) -> None:
    store.execute(
        "INSERT INTO members (email, display_name, role, status, source, created_at, updated_at) "
        "VALUES ('boss@example.com', 'Boss', 'admin', 'active', 'manual', $1, $1)",
        [NOW],
    )
    store.close()
    assert [text for text in findings(Level.ATTENTION) if not text.startswith("sign-in")] == []
    assert len([text for text in findings(Level.OK) if text.startswith("database: ")]) == 2


LOST = [
    ("INSERT INTO conversations VALUES ('s', 1, 't', '', 'client', $1, '{}')", "sessions that turns point to"),
    (
        "INSERT INTO agent_conversations (id, session_id, started_at, record, tries) "
        "VALUES ('a', 's', $1, 'live', 0)",
        "calls without a session",
    ),
    (
        "INSERT INTO feedback (session_id, rating, nps, created_at) VALUES ('s', 5, 9, $1)",
        "ratings without a session",
    ),
    (
        "INSERT INTO sessions (id, client_id, start_time, end_time, status, last_seen_at) "
        "VALUES ('s', 'c', $1, $1, 'completed', $1)",
        "sessions without a client",
    ),
    ("INSERT INTO rooms VALUES ('r', 'c', 'closed', $1, $1, $1)", "rooms without a client"),
    (
        "INSERT INTO goals (id, client_id, title, weight, created_at) VALUES ('g', 'c', 'Sleep', 1, $1)",
        "goals without a client",
    ),
    ("INSERT INTO goal_levels SELECT 'g', 1, 'more' WHERE $1::TIMESTAMP IS NOT NULL", "levels without a goal"),
    (
        "INSERT INTO memories SELECT 'm', 'c', 'fact', 'x', 'f', NULL, '[]', 1, 'client', 'active', $1, $1",
        "memories without a client",
    ),
    (
        "INSERT INTO proposals SELECT 'p', 'c', NULL, 'tool', 'goal', '{}', '[]', 'open', NULL, $1, NULL",
        "notes from sessions without a client",
    ),
    (
        "INSERT INTO goal_checkins (id, goal_id, score, created_at) VALUES ('k', 'g', 1, $1)",
        "check-ins without a goal",
    ),
]


@pytest.mark.parametrize(("sql", "part"), LOST)
def test_what_points_nowhere_is_broken(store: Store, sql: str, part: str) -> None:
    store.execute(sql, [NOW])
    store.close()
    assert f"{part}" in one(Level.BROKEN, "database: ")
    assert ": 1;" in one(Level.BROKEN, "database: ")


def test_sessions_that_contradict_themselves_are_broken(store: Store) -> None:
    store.execute("INSERT INTO client_profiles (id, created_at) VALUES ('c', $1)", [NOW])
    store.execute(
        "INSERT INTO sessions (id, room_id, client_id, start_time, status, last_seen_at) "
        "VALUES ('s', 'r', 'c', $1, 'completed', $1)",
        [NOW],
    )
    store.close()
    texts = " ".join(findings(Level.BROKEN))
    assert "sessions whose room is not there" in texts
    assert "ended sessions with no end" in texts


def test_what_the_next_start_repairs_needs_attention_only(store: Store) -> None:
    store.execute("INSERT INTO client_profiles (id, created_at) VALUES ('c', $1)", [NOW])
    store.execute("INSERT INTO rooms VALUES ('r', 'c', 'open', $1, $2, NULL)", [NOW, datetime(2026, 4, 30)])
    store.execute(
        "INSERT INTO sessions (id, room_id, client_id, start_time, status, last_seen_at) "
        "VALUES ('s', 'r', 'c', $1, 'active', $1)",
        [NOW],
    )
    store.close()
    texts = " ".join(findings(Level.ATTENTION))
    assert "sessions left open while no app runs: 1" in texts
    assert "rooms past their time: 1" in texts
    assert "there is no admin" in texts
    assert [text for text in findings(Level.BROKEN) if text.startswith("database")] == []


@pytest.mark.parametrize(
    ("sql", "level", "part"),
    [
        ("INSERT INTO schema_version VALUES (9999, 'x', 'x', now()::TIMESTAMP)", Level.BROKEN, "schema version 9999"),
        ("UPDATE schema_version SET sha256 = 'x'", Level.BROKEN, "a migration differs"),
        ("DROP TABLE schema_version", Level.ATTENTION, "the next start brings it to"),
    ],
)
def test_the_schema_is_compared(store: Store, sql: str, level: Level, part: str) -> None:
    store.execute(sql)
    store.close()
    assert part in one(level, "database: ")


def test_a_damaged_database_is_broken(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "coachroom.duckdb").write_bytes(b"garbage" * 5000)
    assert "is not a DuckDB database" in one(Level.BROKEN, "database: ")


def run() -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "coachroom", "doctor"], capture_output=True, text=True, check=False)


def test_the_command_says_that_the_app_is_running(store: Store) -> None:
    done = run()
    assert "attention  database: coachroom is running and keeps it to itself" in done.stdout
    assert done.stderr == ""


def test_the_command_fails_if_anything_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COACHROOM_AGENT_PROVIDER", "nobody")
    done = run()
    assert done.returncode == 1
    assert "broken     settings: COACHROOM_AGENT_PROVIDER" in done.stdout
    assert done.stderr == ""


def test_the_relays_between_client_and_human_coach_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one(Level.OK, "human coach: joins no session")
    monkeypatch.setenv("COACHROOM_LIVE_COACH", "true")
    assert "some coaches will not reach some clients" in one(Level.ATTENTION, "human coach: no TURN server")
    monkeypatch.setenv("COACHROOM_TURN_SECRET", "shared with the servers")
    with refusing(401, "Unauthorized") as port:
        monkeypatch.setenv("COACHROOM_TURN_URLS", f'["turn:127.0.0.1:{port}"]')
        assert "refuses our password (401 Unauthorized)" in one(Level.BROKEN, f"human coach: turn:127.0.0.1:{port}")


def test_a_relay_with_the_same_secret_is_well(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COACHROOM_LIVE_COACH", "true")
    monkeypatch.setenv("COACHROOM_TURN_SECRET", "shared with the servers")
    with coturn(tmp_path, "shared with the servers") as port:
        monkeypatch.setenv("COACHROOM_TURN_URLS", f'["turn:127.0.0.1:{port}"]')
        now = datetime.now(UTC).replace(tzinfo=None)
        texts = [finding.text for finding in examine(now)[0] if finding.level is Level.OK]
    assert f"human coach: turn:127.0.0.1:{port} relays for us" in texts


@pytest.mark.parametrize(("off_by", "said"), [(timedelta(), []), (timedelta(hours=1), [Level.BROKEN])])
def test_a_clock_that_differs_from_that_of_the_database_is_named(off_by: timedelta, said: list[Level]) -> None:
    """Such a machine would end everybody's sessions an hour too early."""
    with closing(PostgresStore(new_postgres())) as server:
        found = list(doctor._clocks(server, utc_now() + off_by))
    assert [each.level for each in found] == said
    assert all("NTP" in each.text for each in found)
